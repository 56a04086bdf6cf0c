/**
 * Questions that neither the mesh nor upstream answers: what is refused or relayed, special-use names (RFC 6761), the
 * server's own names in class CH.
 */
import type { AnswerView } from "./answer_view.ts";
import { COPY, RULE } from "./layout.ts";
import { climb } from "./lookup.ts";
import type { ScannedName } from "./scanned_name.ts";
import { CLASS_CH, HEADER, readU16, TYPE } from "./wire.ts";

/** Whether one of the names that the packet asks about lies in a domain of ours. Such packets do not leave the VM. */
export function asksOwnDomain(view: AnswerView): boolean {
  const { query, chain } = view;
  const questions = readU16(query.bytes, 4);
  let at = HEADER;
  for (let i = 0; i < questions; i++) {
    at = chain.scan(query.bytes, at, query.length);
    if (at < 0) return false;
    if (isOwnDomain(view, chain)) return true;
    at += 4;
  }
  return false;
}

/** Whether a name lies in a zone of the mesh or in a cluster's domain. */
function isOwnDomain(view: AnswerView, name: ScannedName): boolean {
  const { chainFound } = view;
  climb(view.table, name, chainFound);
  return chainFound.apex !== 0 || chainFound.policy !== 0 || chainFound.domainLabel >= 0;
}

/** Special-use names (RFC 6761, 6.3 and 6.4). */
export const SPECIAL = { NONE: 0, LOCALHOST: 1, INVALID: 2 } as const;
const LOCALHOST = new TextEncoder().encode("\x09localhost\x00");
const INVALID = new TextEncoder().encode("\x07invalid\x00");

/** Whether a name is `localhost`, `invalid` or below one of them, which no server outside may be asked. */
export function specialName(name: ScannedName): number {
  if (name.count === 0) return SPECIAL.NONE;
  const at = name.labels[name.count - 1]!;
  if (endsWith(name.bytes, at, LOCALHOST)) return SPECIAL.LOCALHOST;
  return endsWith(name.bytes, at, INVALID) ? SPECIAL.INVALID : SPECIAL.NONE;
}

/** Where the table's rules have the text to answer a question of class CH with; -1 for questions that are not ours. */
export function chaosText(view: AnswerView): number {
  const { query, asked } = view;
  if (query.class !== CLASS_CH) return -1;
  for (const { name, rule } of CHAOS) {
    if (asked.length === name.length && endsWith(asked.bytes, 0, name)) return COPY.RULES * 4 + rule;
  }
  return -1;
}

const CHAOS = [
  { name: new TextEncoder().encode("\x07version\x04bind\x00"), rule: RULE.VERSION_BYTES },
  { name: new TextEncoder().encode("\x07version\x06server\x00"), rule: RULE.VERSION_BYTES },
  { name: new TextEncoder().encode("\x02id\x06server\x00"), rule: RULE.ID_BYTES },
  { name: new TextEncoder().encode("\x08hostname\x04bind\x00"), rule: RULE.ID_BYTES },
];

/** Types of which a ServiceEntry's host has no records but must not be asked upstream, for they would lead past the mesh. */
export function isAddressType(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA || type === TYPE.HTTPS || type === TYPE.SVCB;
}

function endsWith(bytes: Uint8Array, at: number, end: Uint8Array): boolean {
  for (let i = 0; i < end.length; i++) if (bytes[at + i] !== end[i]) return false;
  return true;
}
