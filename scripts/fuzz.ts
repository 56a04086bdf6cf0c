/**
 * Throws seeded packets at the answering code: `deno run -A scripts/fuzz.ts [COUNT] [SEED]` (a million, seed 1).
 * Exits 1 with the packet when a rule is broken; the same count and seed always give the same packets.
 */
import { fuzz } from "../tests/dns/packet_fuzzer.ts";

const [count = 1_000_000, seed = 1] = Deno.args.map(Number);
const started = performance.now();
try {
  const summary = fuzz(count, seed);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${Object.entries(summary).map(([what, number]) => `${what} ${number}`).join(", ")}; ${seconds} s`);
} catch (error) {
  console.error(error);
  Deno.exit(1);
}
