import type { ProbeResult } from "../health.ts";
import { PASSED } from "./prober.ts";

/** Healthy when a connection comes about; it is closed at once. */
export async function probeTcp(hostname: string, port: number, signal: AbortSignal): Promise<ProbeResult> {
  using _connection = await Deno.connect({ hostname, port, signal });
  return PASSED;
}
