/** Notices that the machine's addresses changed: after that nothing that was learned of servers need be true. */
import type { InterfaceAddress } from "./allow_list.ts";
import type { Clock } from "./time.ts";

/** One call of some 100 us; a person who plugs in a cable waits longer. */
const CHECK_EVERY_MS = 2_000;

/** Calls `onChange` when the set of addresses is another. Ends when `signal` aborts. */
export async function watchLinks(
  interfaces: () => readonly InterfaceAddress[],
  clock: Clock,
  onChange: () => void,
  signal: AbortSignal,
): Promise<void> {
  const look = () => interfaces().map(({ cidr }) => cidr).sort().join();
  let known = look();
  while (!signal.aborted) {
    try {
      await clock.sleep(CHECK_EVERY_MS, signal);
    } catch {
      return; // stopped
    }
    const seen = look();
    if (seen !== known) onChange();
    known = seen;
  }
}
