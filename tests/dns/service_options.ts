/** A service on free ports of loopback with a clock of its own, and what it logged. */
import type { DnsOptions } from "../../dns/mod.ts";
import { FakeClock } from "../fake_clock.ts";

/**
 * Loopback, but where Linux has it an address of its own: a port that was free there a moment ago is not taken by the
 * many sockets that other tests have on 127.0.0.1.
 */
export const QUIET_ADDRESS: string = Deno.build.os === "linux" ? "127.77.0.1" : "127.0.0.1";

export function serviceOptions(
  change: Partial<DnsOptions> = {},
): DnsOptions & { readonly clock: FakeClock; readonly logged: string[] } {
  const logged: string[] = [];
  return {
    logged,
    log: (level, message) => void logged.push(`${level} ${message}`),
    random: Math.random,
    listen: ["127.0.0.1:0"],
    allow: ["loopback"],
    cache: { entries: 100, minTtl: 0, maxTtl: 3_600_000, maxNegativeTtl: 1_800_000, serveStale: 0, prefetch: false },
    rules: {
      shortNames: "fallback",
      aliases: "direct",
      search: [],
      namespace: "default",
      domains: ["cluster.local"],
      negativeTtl: 5_000,
      own: [],
      version: "moorline test",
      id: "vm-1",
    },
    upstream: [],
    upstreamTimeout: 2_000,
    upstreamCaFile: "",
    zones: [],
    queryLog: "off",
    systemFiles: [],
    ...change,
    clock: new FakeClock(),
  };
}
