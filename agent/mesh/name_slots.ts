/**
 * A hash table from names to two numbers, in one typed array: 28 bytes a name at most loads instead of about 100 in a Map
 * of objects, nothing for the garbage collector to walk, and growing 300,000 names takes milliseconds. It keeps a
 * name's hash, not the name: that two of 300,000 names share 64 bits has a chance of 2e-9.
 */

/** Words of a slot: the hash, the owner (0: the slot is empty), the fingerprint. */
const HASH_LOW = 0;
const HASH_HIGH = 1;
const OWNER = 2;
const PRINT_LOW = 3;
const PRINT_HIGH = 4;
const SLOT_WORDS = 5;
/** Linear probing looks at three slots on average when 3 of 4 are taken. */
const FULL = 0.75;
const FIRST_SLOTS = 1024;
const TWO_32 = 2 ** 32;

export class NameSlots {
  #words = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  #slots = FIRST_SLOTS;
  #size = 0;
  /** The hash of the name that was looked for last. */
  #low = 0;
  #high = 0;

  get size(): number {
    return this.#size;
  }

  /** A name's owner, or 0. */
  owner(name: string): number {
    return this.#words[this.#find(name) + OWNER]!;
  }

  /** Sets a name's owner, which is not 0; a name that is new has fingerprint 0. */
  setOwner(name: string, owner: number): void {
    const at = this.#find(name);
    const isNew = this.#words[at + OWNER] === 0;
    this.#words[at + HASH_LOW] = this.#low;
    this.#words[at + HASH_HIGH] = this.#high;
    this.#words[at + OWNER] = owner;
    if (isNew && ++this.#size > this.#slots * FULL) this.#grow();
  }

  /** A name's fingerprint; 0 for names that are not there. */
  fingerprint(name: string): number {
    const at = this.#find(name);
    return this.#words[at + PRINT_HIGH]! * TWO_32 + (this.#words[at + PRINT_LOW]! >>> 0);
  }

  /**
   * @param fingerprint a whole number of at most 53 bits, not 0; the name is there.
   * @returns whether it is another one than before.
   */
  setFingerprint(name: string, fingerprint: number): boolean {
    const at = this.#find(name);
    const low = fingerprint | 0;
    const high = Math.floor(fingerprint / TWO_32);
    if (this.#words[at + PRINT_LOW] === low && this.#words[at + PRINT_HIGH] === high) return false;
    this.#words[at + PRINT_LOW] = low;
    this.#words[at + PRINT_HIGH] = high;
    return true;
  }

  /** Takes a name out, and moves those up that had to make way for it. */
  remove(name: string): void {
    let hole = this.#find(name);
    if (this.#words[hole + OWNER] === 0) return;
    this.#size--;
    for (let at = this.#after(hole); this.#words[at + OWNER] !== 0; at = this.#after(at)) {
      const home = this.#home(this.#words[at + HASH_LOW]!);
      // It may move into the hole unless it would stand before its home there, counted around the end of the table.
      if (this.#distance(home, at) < this.#distance(hole, at)) continue;
      this.#words.copyWithin(hole, at, at + SLOT_WORDS);
      hole = at;
    }
    this.#words.fill(0, hole, hole + SLOT_WORDS);
  }

  /** The slot of a name, or the empty one where it belongs. */
  #find(name: string): number {
    this.#hash(name);
    const words = this.#words;
    let at = this.#home(this.#low);
    while (words[at + OWNER] !== 0 && (words[at + HASH_LOW] !== this.#low || words[at + HASH_HIGH] !== this.#high)) {
      at = this.#after(at);
    }
    return at;
  }

  #home(low: number): number {
    return (low & (this.#slots - 1)) * SLOT_WORDS;
  }

  #after(at: number): number {
    const next = at + SLOT_WORDS;
    return next === this.#words.length ? 0 : next;
  }

  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#words.length;
  }

  #grow(): void {
    const old = this.#words;
    this.#slots *= 2;
    const words = this.#words = new Int32Array(this.#slots * SLOT_WORDS);
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      if (old[from + OWNER] === 0) continue;
      let to = this.#home(old[from + HASH_LOW]!);
      while (words[to + OWNER] !== 0) to = this.#after(to);
      // Word by word: a subarray for each slot would take ten times as long.
      for (let word = 0; word < SLOT_WORDS; word++) words[to + word] = old[from + word]!;
    }
  }

  /** Two 32-bit hashes of different multipliers, each mixed at the end so that its low bits depend on every character. */
  #hash(name: string): void {
    let low = 0x9e3779b9;
    let high = 0x41c6ce57;
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high ^ unit, 0x5bd1e995) ^ (high >>> 15);
    }
    low = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
    this.#low = low ^ (low >>> 13);
    this.#high = high ^ (high >>> 15);
  }
}
