/** Exit codes of a process that a signal ended: 128 and the signal's number. */
const FORCED_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * A signal that aborts at the first SIGINT or SIGTERM. A second one ends the process at once, with 130 or 143: whoever
 * sends it has waited long enough.
 */
export function stopOnSignals(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const stop = new AbortController();
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const listener = () => {
      if (stop.signal.aborted) Deno.exit(FORCED_EXIT[name]);
      stop.abort(new Error(name));
    };
    Deno.addSignalListener(name, listener);
    return [name, listener] as const;
  });
  return {
    signal: stop.signal,
    dispose: () => listeners.forEach(([name, listener]) => Deno.removeSignalListener(name, listener)),
  };
}
