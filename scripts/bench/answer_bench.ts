/**
 * What one answer costs, without sockets: `deno run -A scripts/bench/answer_bench.ts [NAMES...]` (10000 and 100000 unless
 * given). Prints nanoseconds per answer (the median of several rounds) and milliseconds per change of the name table.
 */
import { acceptReply } from "../../dns/accept_reply.ts";
import { ALLOWED, answer } from "../../dns/answer.ts";
import { AnswerView } from "../../dns/answer_view.ts";
import type { NameEntry } from "../../dns/name_table.ts";
import { nameToWire } from "../../dns/name_text.ts";
import { createCache, DEFAULT_CACHE } from "../../dns/shared_cache.ts";
import { TableWriter } from "../../dns/shared_table.ts";
import { createTable } from "../../dns/table_memory.ts";

const ROUNDS = 9;
const QUERIES = 200_000;
const NOW = Date.UTC(2026, 0, 1);
/** Bytes for each packet. */
const PLACE = 128;
const OUT = new Uint8Array(65_535);

/** Packets one behind the other, as a batch of datagrams would lie. */
function queries(names: readonly string[], type: number, opt = false): Uint8Array[] {
  return names.map((name) => {
    const wire = nameToWire(name);
    const head = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, opt ? 1 : 0];
    return Uint8Array.from([...head, ...wire, 0, type, 0, 1, ...(opt ? [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0] : [])]);
  });
}

/** A reply of a CDN's kind: one alias, two addresses. */
function reply(query: Uint8Array): Uint8Array {
  const target = [3, 0x63, 0x64, 0x6e, 0xc0, 0x10];
  const alias = [0xc0, 12, 0, 5, 0, 1, 0, 0, 14, 16, 0, target.length, ...target];
  const owner = 0xc000 | (query.length + 12);
  const address = (last: number) => [owner >> 8, owner & 255, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, last];
  const bytes = Uint8Array.from([...query, ...alias, ...address(1), ...address(2)]);
  bytes.set([0x81, 0x80], 2);
  bytes.set([0, 3], 6);
  return bytes;
}

function service(i: number): NameEntry {
  const address = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
  return {
    name: serviceName(i),
    ttl: 30,
    others: "nodata",
    records: [{ type: "A", address }, { type: "SRV", priority: 0, weight: 100, port: 80, target: serviceName(i) }],
  };
}

function serviceName(i: number): string {
  return `service-${i}.namespace-${i % 100}.svc.cluster.local`;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/**
 * Nanoseconds per answer. The packets lie one behind the other and are copied into one buffer, as from a socket; what
 * the copying takes is measured apart and left out.
 */
function measure(view: AnswerView, packets: readonly Uint8Array[], expect: (length: number) => boolean): number {
  const flat = new Uint8Array(packets.length * PLACE);
  packets.forEach((packet, i) => flat.set(packet, i * PLACE));
  const lengths = Int32Array.from(packets, (packet) => packet.length);
  const query = new Uint8Array(PLACE);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    view.hold();
    let start = performance.now();
    for (let i = 0; i < QUERIES; i++) {
      const place = (i * 7919) % packets.length;
      const length = copy(flat, place, lengths, query);
      const result = answer(query, length, OUT, view, NOW, i, ALLOWED);
      if (!expect(result)) throw new Error(`unexpected result ${result} for packet ${place}`);
    }
    const all = performance.now() - start;
    start = performance.now();
    for (let i = 0; i < QUERIES; i++) copy(flat, (i * 7919) % packets.length, lengths, query);
    rounds.push((all - (performance.now() - start)) * 1e6 / QUERIES);
    view.release();
  }
  return Math.round(median(rounds));
}

function copy(flat: Uint8Array, place: number, lengths: Int32Array, query: Uint8Array): number {
  const length = lengths[place]!;
  for (let i = 0, at = place * PLACE; i < length; i++) query[i] = flat[at + i]!;
  return length;
}

function bench(count: number) {
  const table = createTable({ seed: 1 });
  const view = new AnswerView(table, createCache({ ...DEFAULT_CACHE, entries: 20_000 }), 0);
  const writer = new TableWriter(table);
  writer.setRules({
    shortNames: "fallback",
    aliases: "direct",
    search: ["corp.example"],
    namespace: "default",
    domains: ["cluster.local"],
    negativeTtl: 5000,
    zones: [],
    own: [],
    version: "",
    id: "",
  });
  const put: NameEntry[] = [{
    name: "cluster.local",
    ttl: 30,
    others: "nodata",
    below: "authoritative",
    records: [{ type: "SOA", mname: "ns.dns.cluster.local", rname: "hostmaster.cluster.local", minimum: 5 }],
  }];
  for (let i = 0; i < 100; i++) {
    put.push({ name: `namespace-${i}.svc.cluster.local`, ttl: 5, others: "nodata", records: [] });
  }
  for (let i = 0; i < count; i++) put.push(service(i));
  let start = performance.now();
  writer.publish({ put, remove: [] });
  const build = performance.now() - start;
  const changes: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const entry = service((i * 31) % count);
    start = performance.now();
    writer.publish({
      put: [{ ...entry, records: [...entry.records, { type: "A", address: `10.99.0.${i & 255}` }] }],
      remove: [],
    });
    changes.push(performance.now() - start);
  }
  const some = Array.from({ length: Math.min(count, 20_000) }, (_, i) => serviceName((i * 31) % count));
  const external = Array.from({ length: 5000 }, (_, i) => `www.site-${i}.example.com`);
  for (const packet of queries(external, 1)) {
    const question = Uint8Array.from([0, 1, 0, 0, ...packet.subarray(12, packet.length - 4)]);
    const answerPacket = reply(packet);
    const verdict = acceptReply(view, question, question.length, answerPacket, answerPacket.length, NOW);
    if (verdict !== 1) throw new Error(`the benchmark's reply was not usable: ${verdict}`);
  }
  const rows = {
    "mesh hit, A": measure(view, queries(some, 1), (length) => length > 40),
    "mesh hit, A, EDNS": measure(view, queries(some, 1, true), (length) => length > 40),
    "mesh NODATA, AAAA": measure(view, queries(some, 28), (length) => length > 40),
    "mesh NXDOMAIN": measure(view, queries(some.map((name) => `x${name}`), 1), (length) => length > 40),
    "cached hit": measure(view, queries(external, 1), (length) => length > 40),
    "miss": measure(view, queries(external.map((name) => `x${name}`), 1), (length) => length === 0),
  };
  console.log(
    `${count} names: built in ${build.toFixed(0)} ms, ${(writer.bytes.used / 1e6).toFixed(1)} MB in both copies; ` +
      `a change ${median(changes).toFixed(4)} ms, the longest ${changes.at(-1)!.toFixed(3)} ms`,
  );
  for (const [what, nanoseconds] of Object.entries(rows)) console.log(`  ${what.padEnd(20)} ${nanoseconds} ns`);
}

const counts = Deno.args.length > 0 ? Deno.args.map(Number) : [10_000, 100_000];
for (const count of counts) bench(count);
