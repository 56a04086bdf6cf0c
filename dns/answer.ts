/**
 * The one place that decides an answer: a packet in, a packet out, from the name table, the response cache and the
 * parameters alone. The same ones always give the same bytes, on whatever thread. Nothing is allocated.
 *
 * ```
 * parse ─> may the client ask? ─> is it one plain question? ─> look the name up in the table
 *   entry ───────────> its records │ alias: on with the target │ none: NODATA, or upstream
 *   empty ───────────> NODATA
 *   unknown in a zone > a search domain stripped │ NXDOMAIN │ upstream, else REFUSED │ SERVFAIL until it was read
 *   outside ─────────> special-use name │ short name │ cache │ upstream
 * ```
 */
import { type AnswerView, NO_TEXT, REASON, SOURCE } from "./answer_view.ts";
import { askUpstream } from "./ask_upstream.ts";
import { ALLOWED, OVERLOADED, UPSTREAM_FAILED } from "./client_bits.ts";
import { writeCached } from "./cached_records.ts";
import { fail, finish, mostBytes, optBytes, refuse } from "./finish_response.ts";
import { COPY, FLAG, NODE, RULE } from "./layout.ts";
import { ALIASES, SHORT_NAMES } from "./answer_rules.ts";
import { findApex, type Found, KNOWN, lookUp, policyOf } from "./lookup.ts";
import { findSet } from "./record_sets.ts";
import { writeAlias, writeAnswers, writeMadeAlias } from "./mesh_records.ts";
import { writeAnyAnswer, writeChaosText, writeLoopback } from "./made_records.ts";
import { PARSED, parseQuery } from "./query_parser.ts";
import { asksOwnDomain, chaosText, isAddressType, SPECIAL, specialName } from "./question_rules.ts";
import { beginResponse } from "./response.ts";
import type { ScannedName } from "./scanned_name.ts";
import { KIND } from "./shared_cache.ts";
import { ALIAS, findAlias, findStripped, isServiceName } from "./short_names.ts";
import { writeNegativeSoa } from "./soa_record.ts";
import { CLASS_IN, EDE, HEADER, RCODE, TYPE } from "./wire.ts";

export { ALLOWED, OVERLOADED, TCP, UPSTREAM_DONE, UPSTREAM_FAILED } from "./client_bits.ts";

/** Results of `answer` that are no length. */
export const MISS = 0;
export const DROP = -1;
export const RELAY = -2;

/** Aliases followed in the mesh; one more is a loop. */
const MAX_CHAIN = 8;

const text = (words: string) => new TextEncoder().encode(words);
const NOT_ALLOWED = text("this client may not ask here");
const OWN_DOMAIN = text("only plain questions are answered for this domain");
const NOT_READ = text("the mesh has not been read yet");
const UNREADABLE = text("this namespace may not be read");
const LOOP = text("too many aliases");

/**
 * Answers the packet in the first `length` bytes of `query`.
 *
 * @param out at least 1,232 bytes for UDP, 65,535 for TCP.
 * @param now wall-clock milliseconds. @param random 32 bits. @param client see `client_bits.ts`.
 * @returns the length of the response in `out`; or MISS: `view.question` is to be asked upstream; DROP: no answer at
 * all; RELAY: the packet goes upstream unchanged, and the reply back.
 */
export function answer(
  query: Uint8Array,
  length: number,
  out: Uint8Array,
  view: AnswerView,
  now: number,
  random: number,
  client: number,
): number {
  view.now[0] = now;
  view.random[0] = random;
  view.client = client;
  view.ede = EDE.NONE;
  view.edeText = NO_TEXT;
  view.refresh = 0;
  view.stale = false;
  view.source = SOURCE.MESH;
  view.reason = REASON.PROTOCOL;
  view.table.enter();
  try {
    return respond(view, query, length, out);
  } finally {
    view.table.leave();
  }
}

function respond(view: AnswerView, query: Uint8Array, length: number, out: Uint8Array): number {
  const parsed = parseQuery(view.query, view.asked, query, length);
  if (parsed === PARSED.NO_QUERY) return DROP;
  view.type = view.query.type;
  if (parsed === PARSED.MALFORMED) {
    view.query.hasOpt = false;
    view.query.questionEnd = HEADER;
  }
  const most = mostBytes(view, out);
  beginResponse(view.response, out, query, view.query.questionEnd, most - optBytes(view));
  if ((view.client & ALLOWED) === 0) return refuse(view, REASON.NOT_ALLOWED, EDE.PROHIBITED, NOT_ALLOWED);
  if (parsed === PARSED.MALFORMED || parsed === PARSED.BAD_VERSION) {
    view.source = SOURCE.REFUSED;
    return fail(view, parsed === PARSED.MALFORMED ? RCODE.FORMERR : RCODE.BADVERS, EDE.NONE);
  }
  if (parsed === PARSED.UNUSUAL || view.query.class !== CLASS_IN) return respondUnusual(view, parsed);
  return decide(view);
}

/** Not a plain question of class IN: our own names in class CH, otherwise for the first upstream server. */
function respondUnusual(view: AnswerView, parsed: number): number {
  const chaos = parsed === PARSED.QUESTION ? chaosText(view) : -1;
  if (chaos >= 0) {
    writeChaosText(view, chaos);
    return finish(view, RCODE.NOERROR, true);
  }
  if (asksOwnDomain(view)) return refuse(view, REASON.PROTOCOL, EDE.NOT_SUPPORTED, OWN_DOMAIN);
  if ((view.client & (UPSTREAM_FAILED | OVERLOADED)) === 0) return RELAY;
  return fail(view, RCODE.SERVFAIL, EDE.NO_REACHABLE_AUTHORITY);
}

function decide(view: AnswerView): number {
  const { asked, askedFound } = view;
  switch (lookUp(view.table, asked, askedFound)) {
    case KNOWN.ENTRY:
      view.reason = askedFound.climbed && askedFound.node === askedFound.wildcard ? REASON.WILDCARD : REASON.EXACT;
      return answerEntry(view, asked, askedFound, true);
    case KNOWN.EMPTY:
      view.reason = REASON.EMPTY;
      return answerNegative(view, RCODE.NOERROR, asked, askedFound, true);
    case KNOWN.UNKNOWN:
      return decideUnknown(view);
    case KNOWN.OWN:
      view.reason = REASON.UPSTREAM;
      return answerUpstream(view, askUpstream(view, asked, askedFound));
    default:
      return decideOutside(view);
  }
}

/** The entry of `name`, on through aliases. @param visible whether `name` is what the client sees as the owner. */
function answerEntry(view: AnswerView, name: ScannedName, found: Found, visible: boolean): number {
  const { words } = view.table;
  const { type } = view.query;
  for (let depth = 0; depth <= MAX_CHAIN; depth++) {
    const { node } = found;
    const shape = words[node + NODE.SHAPE]!;
    if ((shape & FLAG.STALE) !== 0) view.ede = EDE.STALE_ANSWER;
    const set = findSet(words, node, type);
    if (set !== 0) {
      writeAnswers(view, node, set);
      return finish(view, RCODE.NOERROR, true);
    }
    if ((shape & FLAG.CNAME) === 0) return answerWithout(view, name, found, shape, visible);
    if (!writeAlias(view, node) || type === TYPE.ANY) return finish(view, RCODE.NOERROR, true);
    name = view.chain;
    found = view.chainFound;
    visible = true;
    const known = lookUp(view.table, name, found);
    if (known !== KNOWN.ENTRY) return answerChainEnd(view, known);
  }
  return fail(view, RCODE.SERVFAIL, EDE.OTHER, LOOP);
}

/** The name exists, but has no records of the type. */
function answerWithout(view: AnswerView, name: ScannedName, found: Found, shape: number, visible: boolean): number {
  const { type } = view.query;
  if (type === TYPE.ANY) {
    writeAnyAnswer(view, view.table.words[found.node + NODE.TTL]!);
    return finish(view, RCODE.NOERROR, true);
  }
  if ((shape & FLAG.OTHERS_UPSTREAM) === 0 || isAddressType(type)) {
    return answerNegative(view, RCODE.NOERROR, name, found, visible);
  }
  // What upstream says has the full name as its owner: the client must be led there.
  if (!visible && !leadTo(view, name, view.table.words[found.node + NODE.TTL]!)) {
    return finish(view, RCODE.NOERROR, true);
  }
  // The name exists, whatever upstream knows of it.
  return answerUpstream(view, askUpstream(view, name, found), true);
}

/** The target of an alias, in `view.chain`, has no entry. */
function answerChainEnd(view: AnswerView, known: number): number {
  const { chain, chainFound } = view;
  if (known === KNOWN.EMPTY) return answerNegative(view, RCODE.NOERROR, chain, chainFound, true);
  if (known === KNOWN.UNKNOWN) {
    const policy = policyOf(chainFound);
    if (policy === FLAG.BELOW_PENDING) return fail(view, RCODE.SERVFAIL, EDE.NOT_READY, NOT_READ);
    if (policy === FLAG.BELOW_RELAY) return answerRelayed(view, chain, chainFound);
    if (policy === FLAG.BELOW_AUTHORITATIVE) return answerNegative(view, RCODE.NXDOMAIN, chain, chainFound, true);
  } else if (chainFound.zoneLabel < 0) {
    const special = specialName(chain);
    if (special !== SPECIAL.NONE) return answerSpecial(view, special, chain, chainFound);
  }
  return answerUpstream(view, askUpstream(view, chain, chainFound));
}

/** A name in a zone of ours that is not there. */
function decideUnknown(view: AnswerView): number {
  const { asked, askedFound } = view;
  const policy = policyOf(askedFound);
  if (policy === FLAG.BELOW_RELAY) return answerRelayed(view, asked, askedFound);
  if (policy === FLAG.BELOW_PENDING) {
    view.reason = REASON.PENDING;
    return fail(view, RCODE.SERVFAIL, EDE.NOT_READY, NOT_READ);
  }
  if (policy === 0) {
    view.reason = REASON.UPSTREAM;
    return answerUpstream(view, askUpstream(view, asked, askedFound));
  }
  if (view.table.words[COPY.RULES + RULE.SHORT_NAMES] !== SHORT_NAMES.off && !isServiceName(view)) {
    const alias = findStripped(view);
    if (alias !== ALIAS.NONE) return answerAlias(view, alias);
  }
  view.reason = REASON.UNKNOWN;
  return answerNegative(view, RCODE.NXDOMAIN, asked, askedFound, true);
}

/** A name that may exist where we cannot look: upstream's word counts when it knows the name. */
function answerRelayed(view: AnswerView, name: ScannedName, found: Found): number {
  const kind = askUpstream(view, name, found);
  view.reason = REASON.UNREADABLE;
  if (kind === KIND.NXDOMAIN || kind === KIND.FAILURE) {
    return refuse(view, REASON.UNREADABLE, EDE.NOT_AUTHORITATIVE, UNREADABLE);
  }
  return answerUpstream(view, kind);
}

/** A name outside every zone of ours. */
function decideOutside(view: AnswerView): number {
  const { asked, askedFound } = view;
  if (askedFound.zoneLabel < 0) {
    const special = specialName(asked);
    if (special !== SPECIAL.NONE) return answerSpecial(view, special, asked, askedFound);
  }
  const shortNames = view.table.words[COPY.RULES + RULE.SHORT_NAMES]!;
  if (shortNames === SHORT_NAMES.first) {
    const alias = findAlias(view);
    if (alias !== ALIAS.NONE) return answerAlias(view, alias);
  }
  const kind = askUpstream(view, asked, askedFound);
  if (shortNames === SHORT_NAMES.fallback && (kind === KIND.NXDOMAIN || kind === KIND.FAILURE)) {
    const alias = findAlias(view);
    const real = kind === KIND.FAILURE ? kind : realName(view, alias);
    if (real === KIND.NONE) return MISS;
    if (alias !== ALIAS.NONE && !isKnown(real)) return answerAlias(view, alias);
    // The client hears that this name is not there, and goes on to the one that is.
    if (isKnown(real)) askUpstream(view, asked, askedFound);
  }
  view.reason = REASON.UPSTREAM;
  return answerUpstream(view, kind);
}

/**
 * What upstream says of the name in `view.chain`, which is left without a search domain and would be taken for a short
 * name: with ndots of 2 and more, clients try `go.dev.corp.example` before `go.dev`, and mean the latter.
 */
function realName(view: AnswerView, alias: number): number {
  // `svc` is no top-level domain.
  if (alias !== ALIAS.SEARCH_SHORT || view.chain.count > 2) return KIND.NXDOMAIN;
  lookUp(view.table, view.chain, view.chainFound);
  return askUpstream(view, view.chain, view.chainFound);
}

function isKnown(kind: number): boolean {
  return kind !== KIND.NXDOMAIN && kind !== KIND.FAILURE;
}

/** The entry in `view.aliasFound`, which is what a short or search-expanded name stands for. */
function answerAlias(view: AnswerView, alias: number): number {
  const { words } = view.table;
  view.reason = alias === ALIAS.SHORT ? REASON.SHORT_NAME : REASON.SEARCH_DOMAIN;
  view.source = SOURCE.MESH;
  view.ede = EDE.NONE;
  view.edeText = NO_TEXT;
  if (alias === ALIAS.SHORT || words[COPY.RULES + RULE.ALIASES] !== ALIASES.cname) {
    return answerEntry(view, view.alias, view.aliasFound, false);
  }
  const led = leadTo(view, view.alias, words[view.aliasFound.node + NODE.TTL]!);
  if (!led || view.query.type === TYPE.CNAME) return finish(view, RCODE.NOERROR, true);
  lookUp(view.table, view.chain, view.chainFound);
  return answerEntry(view, view.chain, view.chainFound, true);
}

/** An alias of our own making to `name`, which is left in `view.chain`. False when it does not fit. */
function leadTo(view: AnswerView, name: ScannedName, ttl: number): boolean {
  view.chain.copy(name.bytes, 0, name.length);
  return writeMadeAlias(view, ttl);
}

/** `localhost` is this machine, `invalid` is nothing (RFC 6761, 6.3 and 6.4). */
function answerSpecial(view: AnswerView, special: number, name: ScannedName, found: Found): number {
  view.reason = REASON.SPECIAL;
  const invalid = special === SPECIAL.INVALID;
  if (!invalid && writeLoopback(view)) return finish(view, RCODE.NOERROR, true);
  return answerNegative(view, invalid ? RCODE.NXDOMAIN : RCODE.NOERROR, name, found, false);
}

/** NODATA or NXDOMAIN, with the SOA that says for how long. */
function answerNegative(view: AnswerView, rcode: number, name: ScannedName, found: Found, visible: boolean): number {
  if (!found.climbed) findApex(view.table, name, found);
  const { words } = view.table;
  if (found.apex !== 0 && (words[found.apex + NODE.SHAPE]! & FLAG.STALE) !== 0) view.ede = EDE.STALE_ANSWER;
  writeNegativeSoa(view, name, found, visible);
  return finish(view, rcode, true);
}

/** What upstream said, behind whatever the response has so far. @param exists the name does, whatever upstream says. */
function answerUpstream(view: AnswerView, kind: number, exists = false): number {
  if (kind === KIND.NONE) return MISS;
  const { upstream, response, query } = view;
  if (kind === KIND.FAILURE) return fail(view, upstream.rcode, view.ede, view.edeText);
  const began = response.answers > 0;
  writeCached(view);
  const asksAuthentic = query.dnssecOk || (query.bytes[3]! & 0x20) !== 0;
  const rcode = exists && kind === KIND.NXDOMAIN ? RCODE.NOERROR : upstream.rcode;
  return finish(view, rcode, began, upstream.authentic && asksAuthentic && !began);
}
