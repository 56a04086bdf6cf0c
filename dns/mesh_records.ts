/** Record sets of the name table -> records of a response. */
import type { AnswerView } from "./answer_view.ts";
import { NODE } from "./layout.ts";
import { KNOWN, lookUp } from "./lookup.ts";
import { findSet, isTiered, setCount, setData } from "./record_sets.ts";
import {
  closeData,
  knowQuestion,
  nameStart,
  POINTER_LIMIT,
  RECORD_HEAD,
  takeBack,
  writeBytes,
  writeName,
  writeRecordHead,
} from "./response.ts";
import { writeSoa } from "./soa_record.ts";
import { readU16, TYPE } from "./wire.ts";

/** Writes the set at `at` of the directory of `node` into the answer section, as many records as fit. */
export function writeAnswers(view: AnswerView, node: number, at: number): void {
  const type = view.table.words[at]! & 0xffff;
  if (type === TYPE.A || type === TYPE.AAAA) {
    view.response.answers += writeAddresses(view, node, at, view.response.owner);
  } else if (type === TYPE.SRV) writeServices(view, node, at);
  else writeOthers(view, node, at, type);
}

/** Writes addresses, shuffled; returns how many fitted. */
function writeAddresses(view: AnswerView, node: number, at: number, owner: number): number {
  const { response } = view;
  const { words, bytes } = view.table;
  const type = words[at]! & 0xffff;
  const size = type === TYPE.A ? 4 : 16;
  const count = setCount(words, at);
  const data = setData(words, node, at);
  const ttl = words[node + NODE.TTL]!;
  const order = view.order;
  if (count > 1) {
    if (isTiered(words, at)) order.beginTiered(count, view.random[0]!, bytes, data + count * size);
    else order.begin(count, view.random[0]!);
  }
  for (let place = 0; place < count; place++) {
    if (response.at + RECORD_HEAD + size > response.limit) {
      response.truncated = true;
      return place;
    }
    const from = data + (count > 1 ? order.at(place) : 0) * size;
    writeRecordHead(response, owner, type, ttl);
    const out = response.bytes;
    const to = response.at;
    for (let i = 0; i < size; i++) out[to + i] = bytes[from + i]!;
    out[to - 2] = 0;
    out[to - 1] = size;
    response.at = to + size;
  }
  return count;
}

/** SRV records, and the addresses of their targets as far as they fit (RFC 2782). */
function writeServices(view: AnswerView, node: number, at: number): void {
  const { response } = view;
  const { words, bytes } = view.table;
  let data = setData(words, node, at);
  let record = response.at;
  const count = setCount(words, at);
  for (let i = 0; i < count; i++) {
    if (!writeRecord(view, node, data + 2, readU16(bytes, data), TYPE.SRV)) {
      response.truncated = true;
      return;
    }
    response.answers++;
    data += 2 + readU16(bytes, data);
  }
  view.targetCount = 0;
  for (let i = 0; i < count; i++) {
    const target = record + RECORD_HEAD + 6;
    record += RECORD_HEAD + readU16(response.bytes, record + RECORD_HEAD - 2);
    if (isNewTarget(view, target, record - target) && !writeTargetAddresses(view, target)) return;
  }
}

/** Whether the target at `target` of the response was not met before; leaves it in `view.chain`. */
function isNewTarget(view: AnswerView, target: number, size: number): boolean {
  const { targets, response } = view;
  if (target >= POINTER_LIMIT || view.targetCount === targets.length) return false;
  for (let i = 0; i < view.targetCount; i++) {
    let same = 0;
    while (same < size && response.bytes[targets[i]! + same] === response.bytes[target + same]) same++;
    if (same === size) return false;
  }
  targets[view.targetCount++] = target;
  view.chain.copy(response.bytes, target, size);
  return true;
}

/** Adds the addresses of the SRV target in `view.chain`, each set whole or not at all; false when one did not fit. */
function writeTargetAddresses(view: AnswerView, target: number): boolean {
  const { response, chainFound } = view;
  if (lookUp(view.table, view.chain, chainFound) !== KNOWN.ENTRY) return true;
  for (let type: number = TYPE.A; type <= TYPE.AAAA; type += TYPE.AAAA - TYPE.A) {
    const at = findSet(view.table.words, chainFound.node, type);
    if (at === 0) continue;
    const before = response.at;
    const written = writeAddresses(view, chainFound.node, at, target);
    if (response.truncated) {
      response.at = before;
      response.truncated = false;
      return false;
    }
    response.additionals += written;
  }
  return true;
}

/** Records of every type that has nothing to add, in the order in which they were given. */
function writeOthers(view: AnswerView, node: number, at: number, type: number): void {
  const { words, bytes } = view.table;
  let data = setData(words, node, at);
  for (let i = setCount(words, at); i > 0; i--) {
    const size = readU16(bytes, data);
    if (!writeRecord(view, node, data + 2, size, type)) {
      view.response.truncated = true;
      return;
    }
    view.response.answers++;
    data += 2 + size;
  }
}

/** One record whose data is at byte `data` of the copy; false, and nothing written, when it does not fit. */
function writeRecord(view: AnswerView, node: number, data: number, size: number, type: number): boolean {
  const { response } = view;
  const { words, bytes } = view.table;
  const ttl = words[node + NODE.TTL]!;
  if (type === TYPE.SOA) return writeSoa(view, response.owner, data, ttl);
  if (response.at + RECORD_HEAD > response.limit) return false;
  const before = response.at;
  const known = response.knownCount;
  writeRecordHead(response, response.owner, type, ttl);
  const start = response.at;
  const isName = type === TYPE.CNAME || type === TYPE.PTR || type === TYPE.NS;
  if (isName) knowQuestion(response, view.asked);
  const fits = isName ? writeName(response, bytes, data) : writeBytes(response, bytes, data, size);
  if (!fits) return takeBack(response, before, known);
  closeData(response, start);
  return true;
}

/** Writes the CNAME of `node`; its target becomes the owner of what follows, and is left in `view.chain`. */
export function writeAlias(view: AnswerView, node: number): boolean {
  const { response } = view;
  const { words, bytes } = view.table;
  const data = setData(words, node, findSet(words, node, TYPE.CNAME));
  const start = response.at + RECORD_HEAD;
  const size = readU16(bytes, data);
  view.chain.copy(bytes, data + 2, size);
  if (!writeRecord(view, node, data + 2, size, TYPE.CNAME)) return false;
  response.answers++;
  response.owner = nameStart(response, start);
  return true;
}

/** Writes an alias of our own making, to the name in `view.chain`, which becomes the owner of what follows. */
export function writeMadeAlias(view: AnswerView, ttl: number): boolean {
  const { response } = view;
  if (response.at + RECORD_HEAD > response.limit) return false;
  const before = response.at;
  knowQuestion(response, view.asked);
  const known = response.knownCount;
  writeRecordHead(response, response.owner, TYPE.CNAME, ttl);
  const start = response.at;
  if (!writeName(response, view.chain.bytes, 0)) return takeBack(response, before, known);
  closeData(response, start);
  response.answers++;
  response.owner = nameStart(response, start);
  return true;
}
