/**
 * The writer of the name table: left-right over two copies in shared memory.
 *
 * ```
 *             generation g                     generation g + 1
 * readers ──> copy g & 1                       readers ──> copy (g + 1) & 1
 * writer  ──> operations on copy (g + 1) & 1,  waits for readers of g, then the same operations on copy g & 1
 *             then one atomic store: g + 1
 * ```
 * A change costs what it changes, twice; nothing is ever copied whole, and a reader never waits. Work comes in slices:
 * a hundred thousand names are packed and applied a few hundred at a time, and become visible together.
 */
import { type AnswerRules, markedNames, type RuleChange, ruleChanges } from "./answer_rules.ts";
import { CONTROL, COPY, HEAD, IDLE, MAX_READERS } from "./layout.ts";
import type { NameDelta, NameEntry } from "./name_table.ts";
import { nameToWire } from "./name_text.ts";
import { packEntry } from "./pack.ts";
import { cleanCopy, markName, putNode, removeEntry, type TableCopy } from "./table_copy.ts";
import { openCopies } from "./table_memory.ts";
import { readerWord, tableControl } from "./table_regions.ts";

/**
 * How far the writer came: `done`: all that was given is live and both copies are equal; `more`: there is work left,
 * call again; `waiting`: a reader is still on the copy that is to change: call again in a millisecond.
 */
export type Progress = "done" | "more" | "waiting";

/** Operations in a slice: a millisecond or so. */
const SLICE = 500;
/** Words moved to denser segments for each word written, and for each operation: enough that emptying keeps up. */
const CLEAN_FACTOR = 4;
const CLEAN_WORDS = 32;
/** Words of a piece of the log in which packed nodes wait: hundreds of names, so that each costs no memory of its own. */
const LOG_WORDS = 16 * 1024;
/** Changes that were taken from the queue and still stand in it: so many are let go at once. */
const TAKEN = 1024;
/** The last generation before the count begins again (at an even one: the lowest bit alternates; 0 is `IDLE`). */
const LAST_GENERATION = 0x7fffffff;

/** What is given: an entry that is put, a name that goes, or a change of the rules. */
type Change = NameEntry | string | RuleChange;

/** The same, packed once and applied to both copies. */
type Operation =
  | { readonly node: Int32Array }
  | { readonly gone: Uint8Array }
  | { readonly marked: Uint8Array; readonly flags: number }
  | { readonly rules: Int32Array };

export interface TableWriterOptions {
  /** Told of each entry that cannot be packed or for which there is no room. It is left out; the rest goes on. */
  readonly onRefused?: (name: string, reason: string) => void;
}

/** The one writer of a table. Lives on the control thread; does nothing by itself. */
export class TableWriter {
  readonly #control: Int32Array;
  readonly #copies: [TableCopy, TableCopy];
  readonly #onRefused: (name: string, reason: string) => void;
  #marked: ReadonlyMap<string, number> = new Map();
  /** Changes that are not packed yet, oldest first. */
  #queue: Change[] = [];
  #queued = 0;
  /** Applied to the copy that is not live; and, once live, how many of them the other copy has, too. */
  #applied: Operation[] = [];
  #repeated = 0;
  /** Where the nodes of `#applied` lie, one behind the other: the piece that is being filled. */
  #log = new Int32Array(0);
  #logged = 0;
  #phase: "idle" | "applying" | "repeating" = "idle";
  #refused = 0;

  constructor(memory: SharedArrayBuffer, options: TableWriterOptions = {}) {
    this.#control = tableControl(memory);
    this.#copies = openCopies(memory);
    this.#onRefused = options.onRefused ?? (() => {});
  }

  /** Makes a delta live, at once unless a reader is in the way or `enqueue` left a long queue. */
  publish(delta: NameDelta): Progress {
    this.enqueue(delta);
    return this.#workOn();
  }

  /** Makes other rules live, together with all names given before. */
  setRules(rules: AnswerRules): Progress {
    this.#queue.push(...ruleChanges(this.#marked, rules));
    this.#marked = markedNames(rules);
    return this.#workOn();
  }

  /** Takes a delta in without doing anything yet. */
  enqueue(delta: NameDelta): void {
    for (const name of delta.remove) this.#queue.push(name);
    for (const entry of delta.put) this.#queue.push(entry);
  }

  /** Does a slice of the work: at most so many operations. */
  work(operations: number = SLICE): Progress {
    let left = operations;
    while (left > 0) {
      if (this.#phase === "idle") {
        if (this.#queued === this.#queue.length) return "done";
        this.#phase = "applying";
      }
      if (this.#phase === "applying") {
        left = this.#apply(left);
        if (this.#queued < this.#queue.length) return "more";
        this.#makeLive();
      }
      if (!this.#othersMovedOn()) return "waiting";
      left = this.#repeat(left);
    }
    return this.#phase === "idle" && this.#queued === this.#queue.length ? "done" : "more";
  }

  /** A worker died: the generation it was on no longer holds the writer up. */
  forgetReader(reader: number): void {
    Atomics.store(this.#control, readerWord(reader), IDLE);
  }

  /** Names with an entry, of the live copy. */
  get names(): number {
    return this.#live.words[HEAD.NAMES]!;
  }

  /** Grows by one with each change that went live. */
  get generation(): number {
    return Atomics.load(this.#control, CONTROL.GENERATION);
  }

  /** The serial in SOA records. */
  get serial(): number {
    return this.#live.words[HEAD.SERIAL]! >>> 0;
  }

  /** Memory of both copies. */
  get bytes(): { readonly used: number; readonly reserved: number } {
    const [left, right] = this.#copies;
    return { used: left.arena.usedBytes + right.arena.usedBytes, reserved: 2 * left.words.length * 4 };
  }

  /** Entries that were refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  get #live(): TableCopy {
    return this.#copies[this.generation & 1]!;
  }

  get #idle(): TableCopy {
    return this.#copies[(this.generation + 1) & 1]!;
  }

  #workOn(): Progress {
    let progress = this.work();
    while (progress === "more") progress = this.work();
    return progress;
  }

  /** Packs and applies what is queued to the copy nobody reads. */
  #apply(left: number): number {
    const copy = this.#idle;
    while (left > 0 && this.#queued < this.#queue.length) {
      const operation = this.#pack(this.#queue[this.#queued++]!, copy);
      left--;
      if (!operation) continue;
      apply(copy, operation);
      this.#applied.push(operation);
    }
    if (this.#queued === this.#queue.length) [this.#queue, this.#queued] = [[], 0];
    else if (this.#queued >= TAKEN) [this.#queue, this.#queued] = [this.#queue.slice(this.#queued), 0];
    return left;
  }

  #pack(change: Change, copy: TableCopy): Operation | undefined {
    if (typeof change !== "string" && "rules" in change) return change;
    const name = typeof change === "string" ? change : "mark" in change ? change.mark : change.name;
    try {
      if (typeof change === "string") return { gone: nameToWire(change) };
      if (!copy.arena.hasRoom) throw new Error(`The name '${name}' does not fit: the name table is full`);
      return "mark" in change
        ? { marked: nameToWire(name), flags: change.flags }
        : { node: this.#keep(packEntry(change)) };
    } catch (error) {
      this.#refused++;
      this.#onRefused(name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Copies a packed node into the log. */
  #keep(packed: Int32Array): Int32Array {
    if (this.#logged + packed.length > this.#log.length) {
      this.#log = new Int32Array(Math.max(LOG_WORDS, packed.length));
      this.#logged = 0;
    }
    const node = this.#log.subarray(this.#logged, this.#logged += packed.length);
    node.set(packed);
    return node;
  }

  #makeLive() {
    const live = this.generation;
    const words = this.#idle.words;
    words[HEAD.SERIAL] = this.#live.words[HEAD.SERIAL]! + 1;
    Atomics.store(this.#control, CONTROL.GENERATION, live === LAST_GENERATION ? 2 : live + 1);
    this.#phase = "repeating";
    this.#repeated = 0;
  }

  /** Whether no reader is on a generation before the live one. */
  #othersMovedOn(): boolean {
    const live = this.generation;
    for (let reader = 0; reader < MAX_READERS; reader++) {
      const generation = Atomics.load(this.#control, CONTROL.READERS + reader);
      if (generation !== IDLE && generation !== live) return false;
    }
    return true;
  }

  /** Brings the copy that was live before to the same state. */
  #repeat(left: number): number {
    const copy = this.#idle;
    while (left > 0 && this.#repeated < this.#applied.length) {
      apply(copy, this.#applied[this.#repeated++]!);
      left--;
    }
    if (this.#repeated < this.#applied.length) return left;
    copy.words[HEAD.SERIAL] = this.#live.words[HEAD.SERIAL]!;
    this.#applied = [];
    this.#logged = 0;
    this.#phase = "idle";
    return left;
  }
}

function apply(copy: TableCopy, operation: Operation): void {
  if ("node" in operation) putNode(copy, operation.node);
  else if ("gone" in operation) removeEntry(copy, operation.gone);
  else if ("marked" in operation) markName(copy, operation.marked, operation.flags);
  else copy.words.set(operation.rules, COPY.RULES);
  cleanCopy(copy, CLEAN_WORDS + ("node" in operation ? CLEAN_FACTOR * operation.node.length : 0));
}
