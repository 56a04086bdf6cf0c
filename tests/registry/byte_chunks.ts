import fc from "fast-check";

/** Places to cut a byte string at, as shares of its length. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** Cuts bytes at places (counted, or as shares below 1) into copies, as a network does: empty pieces too. */
export function* chunked(bytes: Uint8Array, at: readonly number[]): Generator<Uint8Array> {
  const places = at.map((place) => Math.min(bytes.length, place <= 1 ? Math.floor(place * bytes.length) : place));
  let from = 0;
  for (const place of [...places.sort((a, b) => a - b), bytes.length]) {
    yield bytes.slice(from, place);
    from = place;
  }
}
