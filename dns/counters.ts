/**
 * What is counted of questions and answers: one flat array of numbers, a slot for each combination of label values.
 * One thread writes an array; a reader adds up the arrays of all threads, which may lie in shared memory.
 */
import { SOURCES } from "./answer_view.ts";
import { DURATION_SLOTS, observe, readHistogram, type Sample } from "./metric.ts";

const PROTOCOLS = ["udp", "tcp"] as const;
/** Query types with a name of their own; all others share the last. No label ever carries a query name. */
const TYPES = numbered({
  1: "A",
  2: "NS",
  5: "CNAME",
  6: "SOA",
  12: "PTR",
  15: "MX",
  16: "TXT",
  28: "AAAA",
  33: "SRV",
  64: "SVCB",
  65: "HTTPS",
  255: "ANY",
});
const RCODES = numbered({
  0: "NOERROR",
  1: "FORMERR",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  4: "NOTIMP",
  5: "REFUSED",
  16: "BADVERS",
});
/** What found the answer in the cache; the contract's `type`. */
const HITS = ["positive", "negative", "failure", "stale"] as const;
/** Why a packet got no answer: it was a response or no message at all; nobody took it upstream; a fault of ours. */
const DROPS = ["malformed", "relay", "fault"] as const;

const REQUESTS_AT = 0;
const RESPONSES_AT = REQUESTS_AT + PROTOCOLS.length * TYPES.names.length;
const DROPS_AT = RESPONSES_AT + RCODES.names.length * SOURCES.length;
const HITS_AT = DROPS_AT + DROPS.length;
const MISSES_AT = HITS_AT + HITS.length;
const DURATION_AT = MISSES_AT + 1;
/** Numbers in one thread's array. */
export const COUNTER_SLOTS: number = DURATION_AT + DURATION_SLOTS;

export class Counters {
  readonly memory: Float64Array;

  constructor(memory: Float64Array = new Float64Array(COUNTER_SLOTS)) {
    this.memory = memory;
  }

  /** A question was answered. `type` and `rcode` are DNS numbers, `source` one of `SOURCE`. */
  answered(transport: "udp" | "tcp", type: number, rcode: number, source: number, seconds: number): void {
    const proto = transport === "udp" ? 0 : 1;
    this.memory[REQUESTS_AT + proto * TYPES.names.length + TYPES.indexOf(type)]! += 1;
    this.memory[RESPONSES_AT + RCODES.indexOf(rcode) * SOURCES.length + source]! += 1;
    observe(this.memory, DURATION_AT, seconds);
  }

  dropped(reason: typeof DROPS[number]): void {
    this.memory[DROPS_AT + DROPS.indexOf(reason)]! += 1;
  }

  hit(type: typeof HITS[number]): void {
    this.memory[HITS_AT + HITS.indexOf(type)]! += 1;
  }

  missed(): void {
    this.memory[MISSES_AT]! += 1;
  }
}

/** Adds up the arrays of all threads. */
export function readCounters(memories: readonly Float64Array[]): Sample[] {
  const sum = new Float64Array(COUNTER_SLOTS);
  for (const memory of memories) for (let i = 0; i < COUNTER_SLOTS; i++) sum[i]! += memory[i]!;
  const counter = (name: string, labels: Readonly<Record<string, string>>, at: number): Sample => ({
    kind: "counter",
    name,
    labels,
    value: sum[at]!,
  });
  const requests = PROTOCOLS.flatMap((proto, p) =>
    TYPES.names.map((type, t) =>
      counter("dns_requests_total", { proto, type }, REQUESTS_AT + p * TYPES.names.length + t)
    )
  );
  const responses = RCODES.names.flatMap((rcode, r) =>
    SOURCES.map((source, s) => counter("dns_responses_total", { rcode, source }, RESPONSES_AT + r * SOURCES.length + s))
  );
  return [
    ...requests,
    ...responses,
    ...DROPS.map((reason, i) => counter("dns_dropped_total", { reason }, DROPS_AT + i)),
    ...HITS.map((type, i) => counter("dns_cache_hits_total", { type }, HITS_AT + i)),
    counter("dns_cache_misses_total", {}, MISSES_AT),
    readHistogram("dns_request_duration_seconds", {}, sum, DURATION_AT),
  ];
}

/** Label values for some numbers, in order, and `other` for the rest. */
function numbered(byNumber: Readonly<Record<number, string>>): {
  readonly names: readonly string[];
  readonly indexOf: (number: number) => number;
} {
  const names = [...Object.values(byNumber), "other"];
  const indexes = new Map(Object.keys(byNumber).map((key, index) => [Number(key), index]));
  return { names, indexOf: (number) => indexes.get(number) ?? names.length - 1 };
}
