/** SOA records: of an apex that is asked for, and in every negative answer (RFC 2308, 3). */
import type { AnswerView } from "./answer_view.ts";
import { COPY, HEAD, RULE } from "./layout.ts";
import type { Found } from "./lookup.ts";
import { findSet, setData } from "./record_sets.ts";
import { closeData, knowQuestion, nameStart, RECORD_HEAD, takeBack, writeName, writeRecordHead } from "./response.ts";
import type { ScannedName } from "./scanned_name.ts";
import { HEADER, readU32, TYPE, writeU32 } from "./wire.ts";

/** Seconds, of zones that nobody transfers (RFC 1035, 3.3.13). */
const REFRESH = 7200;
const RETRY = 1800;
const EXPIRE = 86_400;
const TIMERS = 20;
/** Who is responsible for names outside every zone; `invalid` is nobody's (RFC 6761, 6.4). */
const NOBODY = new TextEncoder().encode("\x06nobody\x07invalid\x00");

/** The SOA record packed at byte `data` of the table, for `response.owner`. False when it does not fit. */
export function writeOwnSoa(view: AnswerView, data: number, ttl: number): boolean {
  const { bytes } = view.table;
  const rname = nameEnd(bytes, data);
  return writeSoa(view, view.response.owner, ttl, data, bytes, rname, readU32(bytes, nameEnd(bytes, rname)));
}

/**
 * Puts the SOA of the zone that `name` lies in into the authority section, or, where that zone's apex is not above the
 * name that the client sees (`response.owner`), one that is owned by that name itself.
 */
export function writeNegativeSoa(view: AnswerView, name: ScannedName, found: Found, visible: boolean): void {
  const { response } = view;
  const { words, bytes } = view.table;
  let written = false;
  if (found.apex !== 0 && visible) {
    const data = setData(words, found.apex, findSet(words, found.apex, TYPE.SOA)) + 2;
    const rname = nameEnd(bytes, data);
    const minimum = readU32(bytes, nameEnd(bytes, rname));
    const owner = apexOffset(view, name, found.apexLabel);
    written = writeSoa(view, owner, minimum, data, bytes, rname, minimum);
  } else {
    const ttl = words[COPY.RULES + RULE.NEGATIVE_TTL]!;
    written = writeSoa(view, response.owner, ttl, -1, NOBODY, 0, ttl);
  }
  if (written) response.authorities++;
}

/** Where the apex stands in the response, as a suffix of the current owner. */
function apexOffset(view: AnswerView, name: ScannedName, label: number): number {
  const { response } = view;
  if (response.owner === HEADER) return HEADER + name.labels[label]!;
  let offset = response.owner;
  for (; label > 0; label--) offset = nameStart(response, offset + response.bytes[offset]! + 1);
  return offset;
}

/** @param mname byte of the table at which the primary server's name is, or -1: the owner itself. */
function writeSoa(
  view: AnswerView,
  owner: number,
  ttl: number,
  mname: number,
  rnames: Uint8Array,
  rname: number,
  minimum: number,
): boolean {
  const { response } = view;
  if (response.at + RECORD_HEAD > response.limit) return false;
  const before = response.at;
  knowQuestion(response, view.asked);
  const known = response.knownCount;
  writeRecordHead(response, owner, TYPE.SOA, ttl);
  const start = response.at;
  const fits = mname < 0 ? writePointer(view, owner) : writeName(response, view.table.bytes, mname);
  if (!fits || !writeName(response, rnames, rname) || response.at + TIMERS > response.limit) {
    return takeBack(response, before, known);
  }
  const { bytes, at } = response;
  writeU32(bytes, at, view.table.words[HEAD.SERIAL]!);
  writeU32(bytes, at + 4, REFRESH);
  writeU32(bytes, at + 8, RETRY);
  writeU32(bytes, at + 12, EXPIRE);
  writeU32(bytes, at + 16, minimum);
  response.at = at + TIMERS;
  closeData(response, start);
  return true;
}

function writePointer(view: AnswerView, offset: number): boolean {
  const { response } = view;
  if (response.at + 2 > response.limit) return false;
  response.bytes[response.at++] = 0xc0 | (offset >>> 8);
  response.bytes[response.at++] = offset;
  return true;
}

function nameEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== 0) at += bytes[at]! + 1;
  return at + 1;
}
