/** Most addresses of one set: what `pack` lets through, 64,511 bytes in records of 16. */
const MAX_ADDRESSES = 4096;

/**
 * In which order a set's records are given: shuffled anew for each answer, tier by tier, from the random number that
 * came with the query and nothing else. Shuffles only as far as is asked for.
 */
export class RecordOrder {
  readonly #order = new Uint16Array(MAX_ADDRESSES);
  #state = 1;
  #tierEnd = 0;
  #count = 0;
  #tiers: Uint8Array | undefined;
  #tiersAt = 0;

  /** @param random 32 bits. */
  begin(count: number, random: number): void {
    this.#count = Math.min(count, MAX_ADDRESSES);
    this.#tierEnd = this.#count;
    this.#tiers = undefined;
    this.#state = (random ^ 0x5bd1e995) || 1;
    for (let i = 0; i < this.#count; i++) this.#order[i] = i;
  }

  /** As `begin`, for records whose tiers are the bytes at `at` of `tiers`, lowest first. */
  beginTiered(count: number, random: number, tiers: Uint8Array, at: number): void {
    this.begin(count, random);
    this.#tierEnd = 0;
    this.#tiers = tiers;
    this.#tiersAt = at;
  }

  /** Index of the record that comes at `place`. Ask for 0, 1, 2 and so on. */
  at(place: number): number {
    const order = this.#order;
    if (place >= this.#tierEnd) this.#findTierEnd(place);
    const left = this.#tierEnd - place;
    if (left > 1) {
      // Xorshift (Marsaglia 2003); the upper half scaled to what is left: Fisher-Yates from the front.
      let state = this.#state;
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      this.#state = state;
      const other = place + (((state >>> 16) * left) >>> 16);
      const chosen = order[other]!;
      order[other] = order[place]!;
      order[place] = chosen;
    }
    return order[place]!;
  }

  #findTierEnd(place: number) {
    const tiers = this.#tiers!;
    let end = place + 1;
    while (end < this.#count && tiers[this.#tiersAt + end] === tiers[this.#tiersAt + place]) end++;
    this.#tierEnd = end;
  }
}
