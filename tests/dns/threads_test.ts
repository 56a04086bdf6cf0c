/** Several threads at once: two that read and write the cache, one that changes the names under them. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createCache, DEFAULT_CACHE } from "../../dns/shared_cache.ts";
import { TableWriter } from "../../dns/shared_table.ts";
import { createTable } from "../../dns/table_memory.ts";
import type { ReaderJob, ReaderResult } from "./reader_worker.ts";
import { apex, entry, query, RULES } from "./world.ts";

const test = suite("threads");
const PAIRS = 50;
const CHANGES = 300;
/** Rounds of each thread: enough that a reader without its checks is caught nearly every time. */
const ROUNDS = 100_000;

/** Version `n` of a name: so many equal addresses that a mixture of two versions shows. */
function version(name: string, n: number) {
  const base = (n % 30) << 3;
  const count = (base >> 3) % 8 + 1;
  const addresses = Array.from(
    { length: count },
    (_, i) => ({ type: "A", address: `10.${n & 255}.${(n >> 8) & 255}.${base | i}` }) as const,
  );
  return entry(name, addresses);
}

/** A reply with so many equal addresses, in records that point to the question. */
function reply(packet: Uint8Array, count: number): Uint8Array {
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, count];
  const bytes = Uint8Array.from([...packet, ...Array.from({ length: count }, () => record).flat()]);
  bytes.set([0x81, 0x80], 2);
  bytes.set([0, count], 6);
  return bytes;
}

/** Starts the thread; resolves when it runs, and gives what it will say at its end. */
async function start(job: ReaderJob): Promise<{ result: Promise<ReaderResult> }> {
  const worker = new Worker(new URL("./reader_worker.ts", import.meta.url), { type: "module" });
  const messages: ((data: unknown) => void)[] = [];
  const next = () => new Promise<unknown>((resolve) => messages.push(resolve));
  worker.onmessage = (event) => messages.shift()?.(event.data);
  const running = next();
  const result = next() as Promise<ReaderResult>;
  worker.postMessage(job);
  await running;
  return { result };
}

test("readers see whole deltas and whole cached answers while a writer changes both", async () => {
  const table = createTable({ bytes: 4 << 20, seed: 5 });
  const cache = createCache({ ...DEFAULT_CACHE, entries: 256 });
  const control = new Int32Array(new SharedArrayBuffer(3 * 4));
  const writer = new TableWriter(table);
  writer.setRules(RULES);
  const pairs = Array.from(
    { length: PAIRS },
    (_, i) => [`left${i}.ns.svc.cluster.local`, `right${i}.ns.svc.cluster.local`] as const,
  );
  const publish = (n: number) =>
    writer.publish({
      put: pairs.flat().map((name) => version(name, n)),
      remove: n % 2 ? ["gone.ns.svc.cluster.local"] : [],
    });
  writer.publish({ put: [apex()], remove: [] });
  publish(0);
  // A few names that every thread rewrites all the time, and so many others that they push each other out.
  const cached = Array.from({ length: 400 }, (_, i) => {
    const packet = query(i % 2 ? `n${i}.example.org` : `hot${i % 3}.example.org`, "A");
    return { packet, replies: [3, 40, 60, 80].map((count) => reply(packet, count)) };
  });
  const job = {
    table,
    cache,
    control: control.buffer,
    pairs: pairs.map(([left, right]) => [query(left, "A"), query(right, "A")] as const),
    cached,
  };
  const readers = await Promise.all([1, 2].map((reader) => start({ ...job, reader })));
  const rounds = () => Math.min(Atomics.load(control, 1), Atomics.load(control, 2));
  for (let n = 1; n <= CHANGES || rounds() < ROUNDS; n++) {
    let progress = publish(n);
    // Lets the threads in where there are fewer cores than threads.
    while (progress !== "done" || n % 10 === 0) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (progress === "done") break;
      progress = writer.work();
    }
  }
  Atomics.store(control, 0, 1);
  for (const { answers, hits, misses, generations, faults } of await Promise.all(readers.map(({ result }) => result))) {
    assert.equal(faults, []);
    assert.ok(
      answers > 1000 && hits > 100 && misses > 50 && generations > 10,
      `${answers} ${hits} ${misses} ${generations}`,
    );
  }
});

test.run();
