/** What upstream said of a name, as far as it is known here; else the question to ask. */
import { OVERLOADED, UPSTREAM_DONE, UPSTREAM_FAILED } from "./client_bits.ts";
import { type AnswerView, SOURCE } from "./answer_view.ts";
import { CACHED, claimRefresh, countHit, readCache } from "./cache_read.ts";
import { climb, type Found } from "./lookup.ts";
import type { ScannedName } from "./scanned_name.ts";
import { ASKED, KIND, questionKey } from "./shared_cache.ts";
import { EDE, HEADER, RCODE, writeU16 } from "./wire.ts";

const TOO_MANY = new TextEncoder().encode("too many questions under way");

/**
 * One of `KIND`, with the answer in `view.upstream`; `KIND.NONE`: not known, `view.question` is to be asked. In a run
 * after upstream failed there is always something: a stale answer or the failure.
 */
export function askUpstream(view: AnswerView, name: ScannedName, found: Found): number {
  const { query, cached, client, cache, cursor } = view;
  const asked = (query.dnssecOk ? ASKED.DNSSEC_OK : 0) | ((query.bytes[3]! & 0x10) !== 0 ? ASKED.CHECKING_DISABLED : 0);
  const again = (client & (UPSTREAM_DONE | UPSTREAM_FAILED | OVERLOADED)) !== 0;
  if (again && isFresh(view, name, asked)) return use(view, SOURCE.UPSTREAM);
  view.upstream = cached;
  const state = readCache(cache, cursor, cached, name, query.type, asked, view.now);
  if (state === CACHED.FRESH) {
    if (cached.kind === KIND.FAILURE) return useFailure(view);
    if (!again) noteHit(view, name, found, asked);
    return use(view, again && cached.stored[0] === view.now[0] ? SOURCE.UPSTREAM : SOURCE.CACHE);
  }
  const failed = (client & (UPSTREAM_FAILED | OVERLOADED)) !== 0;
  if (state === CACHED.STALE_AT_ONCE || (state === CACHED.STALE && failed)) {
    if (!again) noteHit(view, name, found, asked);
    view.ede = cached.kind === KIND.NXDOMAIN ? EDE.STALE_NXDOMAIN : EDE.STALE_ANSWER;
    return use(view, SOURCE.STALE);
  }
  if (failed) return giveUp(view);
  view.stale = state === CACHED.STALE;
  packQuestion(view, name, found, asked);
  return KIND.NONE;
}

/** Whether the reply that was accepted last, for this very moment, is the one to this question. */
function isFresh(view: AnswerView, name: ScannedName, asked: number): boolean {
  const { fresh, query } = view;
  if (fresh.kind === KIND.NONE || fresh.stored[0] !== view.now[0]) return false;
  if (fresh.key !== questionKey(name, query.type, asked)) return false;
  for (let i = 0; i < name.length; i++) if (fresh.bytes[HEADER + i] !== name.bytes[i]) return false;
  fresh.age = 0;
  fresh.stale = false;
  view.upstream = fresh;
  if (fresh.kind === KIND.FAILURE) view.ede = fresh.ede;
  return true;
}

function use(view: AnswerView, source: number): number {
  view.source = source;
  return view.upstream.kind;
}

/** A failure that the cache remembers. */
function useFailure(view: AnswerView): number {
  const { cached } = view;
  view.ede = cached.age > 0 || cached.ede < 0 ? EDE.CACHED_ERROR : cached.ede;
  return use(view, SOURCE.CACHE);
}

/** A failure that nobody has remembered yet. */
function giveUp(view: AnswerView): number {
  const { cached } = view;
  const overloaded = (view.client & OVERLOADED) !== 0;
  cached.kind = KIND.FAILURE;
  cached.rcode = RCODE.SERVFAIL;
  view.ede = overloaded ? EDE.OTHER : EDE.NO_REACHABLE_AUTHORITY;
  if (overloaded) view.edeText = TOO_MANY;
  return use(view, SOURCE.UPSTREAM);
}

/** Counts a hit, and leaves the question to be asked in the background if it is time for that. */
function noteHit(view: AnswerView, name: ScannedName, found: Found, asked: number): void {
  countHit(view.cache, view.cursor);
  view.refresh = claimRefresh(view.cache, view.cursor, view.cached, view.now);
  if (view.refresh !== 0) packQuestion(view, name, found, asked);
}

function packQuestion(view: AnswerView, name: ScannedName, found: Found, asked: number): void {
  const { question } = view;
  if (!found.climbed) climb(view.table, name, found);
  writeU16(question, 0, view.query.type);
  question[2] = asked;
  question[3] = 0;
  for (let i = 0; i < name.length; i++) question[4 + i] = name.bytes[i]!;
  view.questionLength = 4 + name.length;
  view.questionZone = found.zoneLabel < 0 ? -1 : 4 + name.labels[found.zoneLabel]!;
}
