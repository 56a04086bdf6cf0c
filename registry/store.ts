import { type Clock, systemClock } from "./clock.ts";
import { type Identified, isLater, keyOf } from "./kind.ts";
import { type KindState, sameState, worstState } from "./kind_state.ts";

/** One object's change: new without `before`, gone without `after`. */
export interface Change<T> {
  readonly key: string;
  readonly before?: T;
  readonly after?: T;
}

/** What those who use the objects see. */
export interface StoreReader<T> {
  /** @param key `namespace/name`, or `name` for cluster-wide kinds. */
  get(key: string): T | undefined;
  list(): Iterable<T>;
  readonly size: number;
  /** The worst of the parts' states. */
  readonly state: KindState;
  /** The state of each part by its name. */
  states(): ReadonlyMap<string, KindState>;
  /** Called with what changed, in batches and at once; gives the function that ends it. */
  onChange(listener: (changes: readonly Change<T>[]) => void): () => void;
  /** Called when the state of the store or of a part became another; gives the function that ends it. */
  onState(listener: () => void): () => void;
}

/** What a reflector writes through: one part of a store. */
export interface StoreWriter<T> {
  put(item: T): void;
  /** Ignored when another object (another uid) has the name by now. */
  remove(key: string, uid?: string): void;
  /** Puts all items and removes what is not among them, as one batch. */
  replace(items: readonly T[]): void;
  /** Joins the changes made in `work` into one call of each listener. */
  batch(work: () => void): void;
  /** This part's own objects. */
  list(): Iterable<T>;
  keys(): Iterable<string>;
  get(key: string): T | undefined;
  readonly size: number;
  setState(state: KindState): void;
}

/**
 * How long an object that left one part is still shown while another part may be about to bring it: an object whose
 * labels change moves from one watch to another, and the two events arrive in any order, within milliseconds. Short
 * enough for "a deleted name stops answering within 250 ms".
 */
export const MOVE_GRACE_MS = 200;

/**
 * The objects of one kind by key. Several watches (two label selectors, several namespaces) write their parts into it;
 * readers see them united: of two versions of one object the newer, of two objects of one name the newer. An object
 * that moves between parts is never absent. Objects are handed out as they are: never change one.
 */
export class Store<T extends Identified> implements StoreReader<T> {
  readonly #clock: Clock;
  readonly #parts = new Map<string, Part<T>>();
  readonly #leaving = new Map<string, { readonly item: T; readonly timer: AbortController }>();
  readonly #changeListeners = new Set<(changes: readonly Change<T>[]) => void>();
  readonly #stateListeners = new Set<() => void>();
  #size = 0;
  #depth = 0;
  #pending = new Map<string, Change<T>>();

  /** @param clock measures the grace of objects that move between parts. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /**
   * The writer of one part; the same one for the same name.
   *
   * @param namespace that all objects of this part are in; between parts of different namespaces nothing moves, so that
   *   what leaves one is gone at once. Empty: any.
   */
  part(name: string, namespace = ""): StoreWriter<T> {
    let part = this.#parts.get(name);
    if (!part) {
      part = new Part(this.#faceOf(), namespace);
      this.#parts.set(name, part);
      this.#stateChanged();
    }
    return part;
  }

  /** Takes a part away with all its objects (a namespace that is no longer read). */
  dropPart(name: string): void {
    const part = this.#parts.get(name);
    if (!part) return;
    part.replace([]);
    this.#parts.delete(name);
    this.#stateChanged();
  }

  get(key: string): T | undefined {
    return this.#best(key) ?? this.#leaving.get(key)?.item;
  }

  *list(): Iterable<T> {
    const several = this.#parts.size > 1;
    for (const part of this.#parts.values()) {
      for (const [key, item] of part.items) if (!several || this.#best(key) === item) yield item;
    }
    for (const { item } of this.#leaving.values()) yield item;
  }

  get size(): number {
    return this.#size;
  }

  get state(): KindState {
    return worstState(this.states().values());
  }

  states(): ReadonlyMap<string, KindState> {
    return new Map(Array.from(this.#parts, ([name, part]) => [name, part.state]));
  }

  onChange(listener: (changes: readonly Change<T>[]) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  #faceOf(): PartOwner<T> {
    return {
      writing: (part, key, write) => this.#writing(part, key, write),
      batch: (work) => this.#batch(work),
      stateChanged: () => this.#stateChanged(),
    };
  }

  /** The newest of the parts' objects of that key. */
  #best(key: string): T | undefined {
    let best: T | undefined;
    for (const part of this.#parts.values()) {
      const item = part.items.get(key);
      if (item && (!best || isLater(item.resourceVersion, best.resourceVersion))) best = item;
    }
    return best;
  }

  /** Lets a part write one key, and finds out what that changes for readers. */
  #writing(part: Part<T>, key: string, write: () => void) {
    const leaving = this.#leaving.get(key);
    const before = this.#best(key) ?? leaving?.item;
    write();
    const after = this.#best(key);
    if (after && leaving) {
      leaving.timer.abort();
      this.#leaving.delete(key);
    }
    if (!after && before && this.#mayMove(part)) {
      if (!leaving) this.#leave(key, before);
      return;
    }
    this.#changed(key, before, after);
  }

  /** Whether what leaves this part may come to another. */
  #mayMove(from: Part<T>): boolean {
    for (const part of this.#parts.values()) {
      if (part === from) continue;
      if (part.namespace === "" || from.namespace === "" || part.namespace === from.namespace) return true;
    }
    return false;
  }

  /** Keeps showing an object that may be on its way to another part. */
  #leave(key: string, item: T) {
    const timer = new AbortController();
    this.#leaving.set(key, { item, timer });
    this.#clock.sleep(MOVE_GRACE_MS, timer.signal).then(() => {
      this.#leaving.delete(key);
      this.#batch(() => this.#changed(key, item, undefined));
    }, () => {/* the object is in another part now */});
  }

  #changed(key: string, before: T | undefined, after: T | undefined) {
    if (before === after || (before && after && isSame(before, after))) return;
    this.#size += (after ? 1 : 0) - (before ? 1 : 0);
    const first = this.#pending.get(key);
    const from = first ? first.before : before;
    this.#pending.set(key, { key, ...(from && { before: from }), ...(after && { after }) });
    if (this.#depth === 0) this.#flush();
  }

  #batch(work: () => void) {
    this.#depth++;
    try {
      work();
    } finally {
      if (--this.#depth === 0) this.#flush();
    }
  }

  #flush() {
    if (this.#pending.size === 0) return;
    // What appeared and went within one batch was never seen.
    const changes = [...this.#pending.values()].filter((change) => change.before || change.after);
    this.#pending = new Map();
    if (changes.length > 0) { for (const listener of this.#changeListeners) listener(changes); }
  }

  #stateChanged() {
    for (const listener of this.#stateListeners) listener();
  }
}

/** What a part needs of its store. */
interface PartOwner<T extends Identified> {
  writing(part: Part<T>, key: string, write: () => void): void;
  batch(work: () => void): void;
  stateChanged(): void;
}

class Part<T extends Identified> implements StoreWriter<T> {
  readonly items = new Map<string, T>();
  state: KindState = { state: "syncing" };
  readonly namespace: string;
  readonly #owner: PartOwner<T>;

  constructor(owner: PartOwner<T>, namespace: string) {
    this.#owner = owner;
    this.namespace = namespace;
  }

  put(item: T): void {
    const key = keyOf(item);
    this.#owner.writing(this, key, () => this.items.set(key, item));
  }

  remove(key: string, uid?: string): void {
    const held = this.items.get(key);
    if (!held || (uid && held.uid !== uid)) return;
    this.#owner.writing(this, key, () => this.items.delete(key));
  }

  replace(items: readonly T[]): void {
    this.batch(() => {
      const gone = new Set(this.items.keys());
      for (const item of items) {
        gone.delete(keyOf(item));
        this.put(item);
      }
      for (const key of gone) this.remove(key);
    });
  }

  batch(work: () => void): void {
    this.#owner.batch(work);
  }

  list(): Iterable<T> {
    return this.items.values();
  }

  keys(): Iterable<string> {
    return this.items.keys();
  }

  get(key: string): T | undefined {
    return this.items.get(key);
  }

  get size(): number {
    return this.items.size;
  }

  setState(state: KindState): void {
    if (sameState(this.state, state)) return;
    this.state = state;
    this.#owner.stateChanged();
  }
}

function isSame(a: Identified, b: Identified): boolean {
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}
