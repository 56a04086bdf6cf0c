import type { NameRecord } from "../../dns/mod.ts";

/** An address and where it is: `region/zone/subzone`, or a slice's bare zone with an empty region (`/zone`). */
export interface Located {
  readonly address: string;
  readonly locality: string;
}

/** Tiers of nearness; within a tier answers are shuffled. */
const SAME_ZONE = 0;
const SAME_REGION = 1;
const ELSEWHERE = 2;

/**
 * A and AAAA records of addresses, nearest first. Nearness orders and never leaves out: an address far away is better
 * than none. Each address is there once, with the nearest place that anyone gives it.
 */
export function addressRecords(places: readonly Located[], here: string): readonly NameRecord[] {
  const tiers = new Map<string, number>();
  for (const { address, locality } of places) {
    const tier = here === "" ? SAME_ZONE : tierOf(locality, here);
    tiers.set(address, Math.min(tier, tiers.get(address) ?? ELSEWHERE));
  }
  const nearest = Math.min(...new Set(tiers.values()));
  return [...tiers].map(([address, tier]) => {
    const type = address.includes(":") ? "AAAA" : "A";
    return tier === nearest ? { type, address } : { type, address, tier: tier - nearest };
  });
}

/**
 * How near `there` is to `here`. A slice knows only its zone; cloud providers begin a zone's name with its region's
 * (`us-east-1a`, `europe-west4-b`, `westeurope-1`), which tells the region where nothing else does.
 */
function tierOf(there: string, here: string): number {
  const [region = "", zone = ""] = there.split("/");
  const [ownRegion = "", ownZone = ""] = here.split("/");
  const sameRegion = region === "" ? ownRegion !== "" && zone.startsWith(ownRegion) : region === ownRegion;
  if (zone !== "" && zone === ownZone && (region === "" || sameRegion)) return SAME_ZONE;
  return sameRegion ? SAME_REGION : ELSEWHERE;
}
