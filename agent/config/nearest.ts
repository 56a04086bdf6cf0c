/**
 * The candidate that takes the fewest edits (insert, delete, replace, swap neighbours) to become `word`, whatever the
 * case; the first of several. Undefined when there is no candidate.
 */
export function nearest(word: string, candidates: Iterable<string>): { word: string; edits: number } | undefined {
  let best: { word: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (!best || edits < best.edits) best = { word: candidate, edits };
  }
  return best;
}

/** Whether so few edits look like a slip of the finger: one in three letters, at least one, at most three. */
export function isSlip(word: string, edits: number): boolean {
  return edits <= Math.min(3, Math.max(1, Math.floor(word.length / 3)));
}

/** Optimal string alignment distance, by rows. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      }
      row.push(edits);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
