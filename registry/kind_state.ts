/** How well a kind of object (or one part of it) is known. Times are wall-clock milliseconds. */
export type KindState =
  /** Never read so far; the reason is why not, once an attempt has failed twice. */
  | { readonly state: "syncing"; readonly reason?: string }
  | { readonly state: "synced"; readonly since: number }
  /** The server does not serve the kind (404). */
  | { readonly state: "absent" }
  /** The role lacks `verb` on `resource` (403); an empty namespace is the whole cluster. */
  | { readonly state: "forbidden"; readonly verb: string; readonly resource: string; readonly namespace: string }
  /** Known, and not confirmed since. */
  | { readonly state: "stale"; readonly since: number; readonly reason: string }
  /** The server does not accept our credentials (401). */
  | { readonly state: "unauthorized"; readonly since: number; readonly reason: string };

/** From the best to the worst: a store is as well known as its worst part. */
const ORDER: readonly KindState["state"][] = ["synced", "absent", "stale", "forbidden", "unauthorized", "syncing"];

/** The worst of several states; syncing if there is none. */
export function worstState(states: Iterable<KindState>): KindState {
  let worst: KindState | undefined;
  for (const state of states) {
    if (!worst || ORDER.indexOf(state.state) > ORDER.indexOf(worst.state)) worst = state;
  }
  return worst ?? { state: "syncing" };
}

/** Whether two states say the same, apart from since when. */
export function sameState(a: KindState, b: KindState): boolean {
  const words = (state: KindState) => JSON.stringify({ ...state, since: 0 });
  return words(a) === words(b);
}
