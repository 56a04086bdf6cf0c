/** SOA records: of an apex that is asked for, and in every negative answer (RFC 2308, 3). */
import type { AnswerView } from "./answer_view.ts";
import { COPY, HEAD, NOT_BELOW, RULE } from "./layout.ts";
import type { Found } from "./lookup.ts";
import { findSet, setData } from "./record_sets.ts";
import {
  closeData,
  knowQuestion,
  nameStart,
  RECORD_HEAD,
  takeBack,
  writeBytes,
  writeName,
  writePointer,
  writeRecordHead,
} from "./response.ts";
import type { ScannedName } from "./scanned_name.ts";
import { HEADER, readU32, TYPE, writeU32 } from "./wire.ts";

/** Seconds, of zones that nobody transfers (RFC 1035, 3.3.13). */
const REFRESH = 7200;
const RETRY = 1800;
const EXPIRE = 86_400;
const TIMERS = 20;
/** Who is responsible for names outside every zone; `invalid` is nobody's (RFC 6761, 6.4). */
const NOBODY = new TextEncoder().encode("\x06nobody\x07invalid\x00");

/**
 * Puts the SOA of the zone that `name` lies in into the authority section, or, where that zone's apex is not above the
 * name that the client sees (`response.owner`), one that is owned by that name itself.
 */
export function writeNegativeSoa(view: AnswerView, name: ScannedName, found: Found, visible: boolean): void {
  const { response } = view;
  const { words } = view.table;
  let written = false;
  if (found.apex !== 0 && visible) {
    const data = setData(words, found.apex, findSet(words, found.apex, TYPE.SOA)) + 2;
    written = writeSoa(view, apexOffset(view, name, found.apexLabel), data, minimumOf(view, data));
  } else {
    written = writeOwnerSoa(view, words[COPY.RULES + RULE.NEGATIVE_TTL]!);
  }
  if (written) response.authorities++;
}

/**
 * The SOA record packed at byte `data` of the table, for the apex that stands at `owner` of the response. False, and
 * nothing written, when it does not fit.
 */
export function writeSoa(view: AnswerView, owner: number, data: number, ttl: number): boolean {
  const { response } = view;
  const { bytes } = view.table;
  const { at, knownCount } = response;
  const mname = data + 2;
  const rname = nameEnd(bytes, mname);
  if (at + RECORD_HEAD > response.limit) return false;
  writeRecordHead(response, owner, TYPE.SOA, ttl);
  const fits = writeBelow(view, owner, mname, bytes[data]!) && writeBelow(view, owner, rname, bytes[data + 1]!) &&
    writeTimers(view, minimumOf(view, data));
  if (!fits) return takeBack(response, at, knownCount);
  closeData(response, at + RECORD_HEAD);
  return true;
}

/** A SOA for a name outside every zone: its own. */
function writeOwnerSoa(view: AnswerView, ttl: number): boolean {
  const { response } = view;
  const { at, knownCount, owner } = response;
  if (at + RECORD_HEAD > response.limit) return false;
  writeRecordHead(response, owner, TYPE.SOA, ttl);
  const fits = writePointer(response, owner) && writeBytes(response, NOBODY, 0, NOBODY.length) &&
    writeTimers(view, ttl);
  if (!fits) return takeBack(response, at, knownCount);
  closeData(response, at + RECORD_HEAD);
  return true;
}

/** The name at byte `at` of the table, whose first `before` bytes come before the apex, as nearly always. */
function writeBelow(view: AnswerView, apex: number, at: number, before: number): boolean {
  const { response } = view;
  const { bytes } = view.table;
  if (before !== NOT_BELOW) return writeBytes(response, bytes, at, before) && writePointer(response, apex);
  knowQuestion(response, view.asked);
  return writeName(response, bytes, at);
}

function writeTimers(view: AnswerView, minimum: number): boolean {
  const { response } = view;
  const { bytes, at } = response;
  if (at + TIMERS > response.limit) return false;
  writeU32(bytes, at, view.table.words[HEAD.SERIAL]!);
  writeU32(bytes, at + 4, REFRESH);
  writeU32(bytes, at + 8, RETRY);
  writeU32(bytes, at + 12, EXPIRE);
  writeU32(bytes, at + 16, minimum);
  response.at = at + TIMERS;
  return true;
}

/** Where the apex stands in the response, as a suffix of the current owner. */
function apexOffset(view: AnswerView, name: ScannedName, label: number): number {
  const { response } = view;
  if (response.owner === HEADER) return HEADER + name.labels[label]!;
  let offset = response.owner;
  for (; label > 0; label--) offset = nameStart(response, offset + response.bytes[offset]! + 1);
  return offset;
}

function minimumOf(view: AnswerView, data: number): number {
  const { bytes } = view.table;
  return readU32(bytes, nameEnd(bytes, nameEnd(bytes, data + 2)));
}

function nameEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== 0) at += bytes[at]! + 1;
  return at + 1;
}
