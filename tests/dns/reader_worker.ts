/**
 * A thread that asks and checks while the test changes names and answers: run by `threads_test.ts`. Every answer must
 * be one that the writer gave as a whole.
 */
import { acceptReply } from "../../dns/accept_reply.ts";
import { ALLOWED, answer, MISS, TCP } from "../../dns/answer.ts";
import { AnswerView } from "../../dns/answer_view.ts";
import { readU16 } from "../../dns/wire.ts";

/** What the test sends. */
export interface ReaderJob {
  readonly table: SharedArrayBuffer;
  readonly cache: SharedArrayBuffer;
  /** Word 0: not 0 when the threads are to end. Word `reader`: how many rounds that thread has done. */
  readonly control: SharedArrayBuffer;
  readonly reader: number;
  /** Pairs of questions whose names change together. */
  readonly pairs: readonly (readonly [Uint8Array, Uint8Array])[];
  /** Questions for the cache, each with a list of replies one of which it must have got. */
  readonly cached: readonly { readonly packet: Uint8Array; readonly replies: readonly Uint8Array[] }[];
}

/** What comes back. */
export interface ReaderResult {
  readonly answers: number;
  readonly hits: number;
  readonly misses: number;
  readonly generations: number;
  readonly faults: readonly string[];
}

const NOW = Date.UTC(2026, 0, 1);

/** The addresses of an answer, all of which must be the same and as many as their last byte says. */
function addressOf(out: Uint8Array, length: number, packet: Uint8Array): number {
  const count = readU16(out, 6);
  let address = -1;
  for (let i = 0, at = packet.length; i < count; i++, at += 16) {
    const last = (out[at + 13]! << 16) | (out[at + 14]! << 8) | (out[at + 15]! & 0xf8);
    if (address >= 0 && address !== last) return -2;
    address = last;
  }
  const wanted = (address >> 3) % 8 + 1;
  return count === wanted && length === packet.length + 16 * count ? address : -3;
}

function run(job: ReaderJob): ReaderResult {
  const view = new AnswerView(job.table, job.cache, job.reader);
  const control = new Int32Array(job.control);
  const out = new Uint8Array(65_535);
  const faults: string[] = [];
  let [answers, hits, misses, generations, last] = [0, 0, 0, 0, -1];
  const ask = (packet: Uint8Array) => answer(packet, packet.length, out, view, NOW, answers++, ALLOWED | TCP);
  for (let round = 0; Atomics.load(control, 0) === 0; round++) {
    Atomics.store(control, job.reader, faults.length < 10 ? round : 0x7fffffff);
    const [left, right] = job.pairs[round % job.pairs.length]!;
    view.hold();
    const one = addressOf(out, ask(left), left);
    const other = addressOf(out, ask(right), right);
    view.release();
    if (one < 0 || one !== other) faults.push(`a pair answered ${one} and ${other}`);
    if (one !== last) [last, generations] = [one, generations + 1];
    const { packet, replies } = job.cached[round % job.cached.length]!;
    const length = ask(packet);
    if (length === MISS) {
      misses++;
      const question = view.question.slice(0, view.questionLength);
      const reply = replies[round % replies.length]!;
      acceptReply(view, question, question.length, reply, reply.length, NOW);
    } else {
      hits++;
      const got = out.subarray(packet.length, length);
      if (!replies.some((reply) => isSame(reply.subarray(packet.length), got))) faults.push(`the cache gave ${got}`);
      // Written again and again, by all threads.
      const question = Uint8Array.from([0, 1, 0, 0, ...packet.subarray(12, packet.length - 4)]);
      const reply = replies[round % replies.length]!;
      acceptReply(view, question, question.length, reply, reply.length, NOW);
    }
  }
  return { answers, hits, misses, generations, faults };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

self.onmessage = (event: MessageEvent<ReaderJob>) => {
  self.postMessage("running");
  self.postMessage(run(event.data));
  self.close();
};

declare const self: Worker & { close(): void };
