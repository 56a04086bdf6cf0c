import type { KubeObject } from "./kube_object.ts";

/** One write, as watchers see it. */
export interface StorageChange {
  readonly revision: number;
  readonly table: string;
  readonly key: string;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** Writes kept for watches and for lists at an exact revision; beyond it the older half is compacted. */
const HISTORY_LIMIT = 20_000;

/** Like etcd, a revision is one write; the first free one leaves room for "too old" revisions in tests. */
const FIRST_REVISION = 1000;

/**
 * What etcd is to an API server: objects by table and key, one revision counted up by every write, and the history of
 * writes since the last compaction. Stored objects are never changed, only replaced.
 */
export class Storage {
  readonly #tables = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: StorageChange) => void>();
  #history: StorageChange[] = [];
  #revision = FIRST_REVISION;
  #compacted = FIRST_REVISION;
  #undelivered: StorageChange[] = [];
  #delivering = false;

  /** The revision of the newest write. */
  get revision(): number {
    return this.#revision;
  }

  /** States before this revision are gone. */
  get compacted(): number {
    return this.#compacted;
  }

  get(table: string, key: string): KubeObject | undefined {
    return this.#tables.get(table)?.get(key);
  }

  /** Every object of a table with its key, in the order of keys. */
  list(table: string): [string, KubeObject][] {
    return sorted(this.#tables.get(table) ?? new Map());
  }

  /** The table as it was at a revision that is not compacted. */
  listAt(table: string, revision: number): [string, KubeObject][] {
    const state = new Map(this.#tables.get(table));
    for (let i = this.#history.length - 1; i >= 0 && this.#history[i]!.revision > revision; i--) {
      const change = this.#history[i]!;
      if (change.table !== table) continue;
      if (change.before) state.set(change.key, change.before);
      else state.delete(change.key);
    }
    return sorted(state);
  }

  /** Stores an object with its new resourceVersion. */
  put(table: string, key: string, object: KubeObject): KubeObject {
    const revision = ++this.#revision;
    const after = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    let objects = this.#tables.get(table);
    if (!objects) this.#tables.set(table, objects = new Map());
    const before = objects.get(key);
    objects.set(key, after);
    this.#record({ revision, table, key, ...(before ? { before } : {}), after });
    return after;
  }

  /** Removes an object; a watcher sees its last state with the revision of the removal. */
  remove(table: string, key: string): void {
    const before = this.get(table, key);
    if (!before) return;
    this.#tables.get(table)!.delete(key);
    this.#record({ revision: ++this.#revision, table, key, before });
  }

  /** The writes to a table after a revision; undefined when some of them are compacted. */
  changesSince(table: string, revision: number): StorageChange[] | undefined {
    if (revision < this.#compacted) return undefined;
    let i = this.#history.length;
    while (i > 0 && this.#history[i - 1]!.revision > revision) i--;
    return this.#history.slice(i).filter((change) => change.table === table);
  }

  /** Forgets every state before `revision`, the newest unless given. */
  compact(revision: number = this.#revision): void {
    this.#compacted = Math.max(this.#compacted, Math.min(revision, this.#revision));
    this.#history = this.#history.filter((change) => change.revision > this.#compacted);
  }

  /** Calls back after each write, in order. */
  onChange(listener: (change: StorageChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #record(change: StorageChange) {
    this.#history.push(change);
    if (this.#history.length > HISTORY_LIMIT) this.compact(this.#history[HISTORY_LIMIT / 2]!.revision);
    this.#undelivered.push(change);
    this.#deliver();
  }

  /** A listener may write in turn; everybody hears of that write after this one. */
  #deliver() {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let change = this.#undelivered.shift(); change; change = this.#undelivered.shift()) {
        for (const listener of [...this.#listeners]) listener(change);
      }
    } finally {
      this.#delivering = false;
    }
  }
}

function sorted(objects: ReadonlyMap<string, KubeObject>): [string, KubeObject][] {
  return [...objects].sort(([a], [b]) => a < b ? -1 : 1);
}
