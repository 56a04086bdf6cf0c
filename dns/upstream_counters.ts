/** What is counted of each upstream server: a block of numbers by server. */
import { DURATION_SLOTS, observe, readHistogram, type Sample } from "./metric.ts";
import type { ServerAddress } from "./server_address.ts";
import type { FailureReason, UpstreamObserver } from "./upstream.ts";

const FAILURES: readonly FailureReason[] = ["timeout", "network", "rcode"];
const IGNORED = ["source", "short", "id", "direction", "question"];
const REQUESTS_AT = 0;
const FAILURES_AT = 1;
const IGNORED_AT = FAILURES_AT + FAILURES.length;
const DURATION_AT = IGNORED_AT + IGNORED.length;
const BLOCK = DURATION_AT + DURATION_SLOTS;
/** Servers that have come and gone with DHCP and VPNs; further ones are counted together. */
const MOST_SERVERS = 64;
const OTHERS = "others";

export class UpstreamCounters implements UpstreamObserver {
  readonly #blocks = new Map<string, Float64Array>();

  asked(server: ServerAddress): void {
    this.#block(server)[REQUESTS_AT]! += 1;
  }

  replied(server: ServerAddress, milliseconds: number): void {
    observe(this.#block(server), DURATION_AT, milliseconds / 1_000);
  }

  failed(server: ServerAddress, reason: FailureReason): void {
    this.#block(server)[FAILURES_AT + FAILURES.indexOf(reason)]! += 1;
  }

  ignored(server: ServerAddress, reason: string): void {
    this.#block(server)[IGNORED_AT + IGNORED.indexOf(reason)]! += 1;
  }

  samples(): Sample[] {
    return Array.from(this.#blocks).flatMap(([to, block]): Sample[] => {
      const counter = (name: string, at: number, labels: Record<string, string> = {}): Sample => ({
        kind: "counter",
        name,
        labels: { to, ...labels },
        value: block[at]!,
      });
      return [
        counter("dns_upstream_requests_total", REQUESTS_AT),
        ...FAILURES.map((reason, i) => counter("dns_upstream_failures_total", FAILURES_AT + i, { reason })),
        ...IGNORED.map((reason, i) => counter("dns_upstream_ignored_total", IGNORED_AT + i, { reason })),
        readHistogram("dns_upstream_request_duration_seconds", { to }, block, DURATION_AT),
      ];
    });
  }

  #block({ label }: ServerAddress): Float64Array {
    const name = this.#blocks.has(label) || this.#blocks.size < MOST_SERVERS ? label : OTHERS;
    let block = this.#blocks.get(name);
    if (!block) this.#blocks.set(name, block = new Float64Array(BLOCK));
    return block;
  }
}
