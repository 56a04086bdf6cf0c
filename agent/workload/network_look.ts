import type { Clock } from "../../registry/mod.ts";
import type { AddressFacts } from "./address.ts";
import { readAddressFacts, sourceAddressTowards } from "./address_facts.ts";

/** A connection towards the API server is tried again when the interfaces changed, and else so often: routes change. */
const RECONNECT_MS = 600_000;

/**
 * How registration looks at this VM's network: the interfaces each time, the source address towards the API server only
 * when there is reason to (2,000 VMs that connect every five seconds would be 400 connections a second).
 *
 * @param server where the API server is; its host and port.
 */
export function networkLook(server: { readonly hostname: string; readonly port: number }, clock: Clock) {
  let known: { readonly source: string; readonly interfaces: string; readonly at: number } | undefined;
  return async (): Promise<AddressFacts> => {
    const facts = await readAddressFacts(undefined);
    const interfaces = JSON.stringify(facts.interfaces);
    const now = clock.monotonic();
    if (!known || known.interfaces !== interfaces || now - known.at >= RECONNECT_MS) {
      const source = await sourceAddressTowards(server.hostname, server.port);
      if (source) known = { source, interfaces, at: now };
      else if (known && known.interfaces !== interfaces) known = undefined;
    }
    return known ? { ...facts, towardsApi: known.source } : facts;
  };
}
