import { systemClock } from "../registry/mod.ts";
import type { AgentParts } from "./agent_parts.ts";
import { usableFamilies } from "./families.ts";
import { chooseAddresses, readAddressFacts } from "./workload/mod.ts";

/** An interface that comes or goes is noticed within this time; one look reads a few small files. */
const LOOK_EVERY_MS = 5_000;

/** Keeps what names say of this VM itself true: `self.moorline.<domain>`, and the families of `dns.families`. */
export async function followOwnNetwork(parts: AgentParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { rules } = parts.mesh;
    const addresses = await ownAddresses(parts);
    const families = usableFamilies(parts.config.dns.families, Deno.networkInterfaces());
    const next = { ...rules, families, self: { ...rules.self, addresses } };
    if (JSON.stringify(next) !== JSON.stringify(rules)) parts.mesh.setRules(next);
    await systemClock.sleep(LOOK_EVERY_MS, signal).catch(() => {/* stopped */});
  }
}

/** What this VM is registered with, else what `workload.address` would choose. */
async function ownAddresses(parts: AgentParts): Promise<readonly string[]> {
  const { config, registrations } = parts;
  const registered = registrations.flatMap((registration) => registration.status().addresses);
  if (registered.length > 0) return [...new Set(registered)];
  const choice = chooseAddresses(config.workloads[0]?.address ?? "auto", await readAddressFacts(undefined));
  // Without any address of its own the VM still reaches itself where it asks.
  return "addresses" in choice ? choice.addresses : parts.mesh.rules.self.servers ?? [];
}
