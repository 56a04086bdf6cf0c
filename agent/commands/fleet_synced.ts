import type { FleetStores } from "../workload/mod.ts";

/**
 * Resolves when everything that moorline wrote in a cluster has been read once; a kind that is not served has nothing.
 *
 * @throws Error with one sentence when the account may not read it or the server does not answer; the signal's reason.
 */
export async function fleetSynced({ entries, slices, leases }: FleetStores, signal: AbortSignal): Promise<void> {
  const stores = [entries, slices, leases];
  const ends: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        for (const { state } of stores) {
          if (state.state === "forbidden") {
            reject(new Error(`the account may not ${state.verb} ${state.resource}; give it that right`));
          }
          if (state.state === "stale" || state.state === "unauthorized") reject(new Error(state.reason));
          if (state.state === "syncing" && state.reason) reject(new Error(state.reason));
        }
        if (stores.every(({ state }) => state.state === "synced" || state.state === "absent")) resolve();
      };
      for (const store of stores) ends.push(store.onState(look));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      look();
    });
  } finally {
    ends.forEach((end) => end());
  }
}
