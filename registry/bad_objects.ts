/** Of the bad objects of a part this many are held with their problem; the rest is counted. */
const HELD = 100;

/** Remembers which objects could not be read and why, so that each is named once and not at every list. */
export class BadObjects {
  #held = new Map<string, string>();
  #listed: Map<string, string> | undefined;
  #count = 0;

  /** Key to problem. */
  get held(): ReadonlyMap<string, string> {
    return this.#held;
  }

  /** How often an object could not be read, since the start. */
  get count(): number {
    return this.#count;
  }

  /** A list begins: what it does not name as bad is not bad any more. */
  listBegins(): void {
    this.#listed = new Map();
  }

  /** The list is whole. */
  listEnds(): void {
    if (this.#listed) this.#held = this.#listed;
    this.#listed = undefined;
  }

  /** Gives whether this is news, worth a line in the log. */
  note(key: string, problem: string): boolean {
    this.#count++;
    const news = this.#held.get(key) !== problem && this.#held.size < HELD;
    if (this.#listed && this.#listed.size < HELD) this.#listed.set(key, problem);
    if (news) this.#held.set(key, problem);
    return news;
  }

  /** The object is good now, or gone. */
  forget(key: string): void {
    this.#held.delete(key);
  }
}
