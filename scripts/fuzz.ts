/**
 * Throws seeded packets at the answering code, and a quarter as many texts and byte streams at the other parsers:
 * `deno run -A scripts/fuzz.ts [COUNT] [SEED]` (a million, seed 1). Exits 1 with the seed and the input when a rule is
 * broken; the same count and seed always give the same packets.
 */
import { fuzz } from "../tests/dns/packet_fuzzer.ts";
import { fuzzParsers } from "../tests/dns/parser_fuzzer.ts";

const [count = 1_000_000, seed = 1] = Deno.args.map(Number);
if (!(Number.isInteger(count) && count > 0 && Number.isInteger(seed))) {
  console.error("COUNT and SEED must be whole numbers, COUNT above 0");
  Deno.exit(2);
}
const started = performance.now();
try {
  const rounds = Math.ceil(count / 4);
  const summary = { ...fuzz(count, seed), "rounds over the other parsers": rounds };
  await fuzzParsers(rounds, seed);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${Object.entries(summary).map(([what, number]) => `${what} ${number}`).join(", ")}; ${seconds} s`);
} catch (error) {
  console.error(error);
  Deno.exit(1);
}
