/** The name table's memory: made once, given to every thread. */
import { CONTROL, CONTROL_WORDS, COPY, IDLE, LAYOUT, MIN_BUCKETS, SEGMENT_WORDS } from "./layout.ts";
import { formatCopy, openCopy, type TableCopy } from "./table_copy.ts";
import { copyWords } from "./table_regions.ts";

export interface TableOptions {
  /**
   * Most bytes of names in each of the two copies. Address space only: the system gives memory as it is written to.
   * Default 64 MiB (400,000 names of the usual size), 2 MiB at the least, 512 MiB at the most.
   */
  readonly bytes?: number;
  /** Unsigned 32 bits, best random: makes the hash of names unpredictable. Default 0. */
  readonly seed?: number;
  /** The first serial of the SOA records, best the time in seconds, so that it grows over restarts. Default 1. */
  readonly serial?: number;
}

const DEFAULT_BYTES = 64 * 1024 * 1024;
const MIN_BYTES = 2 * 1024 * 1024;
const MAX_BYTES = 512 * 1024 * 1024;
/** A node with name and one address takes 64 bytes or more, so there are never more than this many nodes to a segment. */
const BUCKETS_PER_SEGMENT = SEGMENT_WORDS / 16;

/** An empty table. Where the system does not give that much address space it is smaller, down to the least. */
export function createTable(options: TableOptions = {}): SharedArrayBuffer {
  const bytes = Math.min(MAX_BYTES, Math.max(MIN_BYTES, options.bytes ?? DEFAULT_BYTES));
  const segments = Math.ceil(bytes / (SEGMENT_WORDS * 4));
  const buckets = Math.max(MIN_BUCKETS, segments * BUCKETS_PER_SEGMENT);
  const words = COPY.SEGMENTS + 2 * segments + 2 * buckets + segments * SEGMENT_WORDS;
  let memory: SharedArrayBuffer;
  try {
    memory = new SharedArrayBuffer((CONTROL_WORDS + 2 * words) * 4);
  } catch (error) {
    // A machine that does not overcommit (`vm.overcommit_memory`), or a small one.
    if (bytes > MIN_BYTES) return createTable({ ...options, bytes: bytes / 2 });
    throw error;
  }
  const control = new Int32Array(memory, 0, CONTROL_WORDS);
  control[CONTROL.SEED] = options.seed ?? 0;
  control[CONTROL.COPY_WORDS] = words;
  control[CONTROL.SEGMENTS] = segments;
  control[CONTROL.BUCKETS] = buckets;
  control[CONTROL.LAYOUT] = LAYOUT;
  for (const copy of openCopies(memory)) formatCopy(copy, options.serial ?? 1);
  Atomics.store(control, CONTROL.GENERATION, IDLE + 1);
  return memory;
}

/** Both copies, for the writer. */
export function openCopies(memory: SharedArrayBuffer): [TableCopy, TableCopy] {
  const control = new Int32Array(memory, 0, CONTROL_WORDS);
  const open = (copy: number) =>
    openCopy(
      copyWords(memory, copy),
      control[CONTROL.SEGMENTS]!,
      control[CONTROL.BUCKETS]!,
      control[CONTROL.SEED]!,
    );
  return [open(0), open(1)];
}
