import type { NameEntry } from "../../dns/mod.ts";
import { recordText } from "./name_claim.ts";

/**
 * A number that differs when an entry differs, so that the entry itself need not be kept (a tenth of the memory per
 * name). 53 bits: that a change goes unseen has a chance of 1e-16 each.
 */
export function fingerprint(entry: NameEntry): number {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  const mix = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      low = Math.imul(low ^ unit, 2654435761);
      high = Math.imul(high ^ unit, 1597334677);
    }
    // A unit that is in no text, so that two texts are never one.
    low = Math.imul(low ^ 0x10000, 2654435761);
    high = Math.imul(high ^ 0x10000, 1597334677);
  };
  mix(`${entry.ttl} ${entry.others} ${entry.below ?? ""} ${entry.stale ?? ""}`);
  for (const record of entry.records) {
    mix(recordText(record));
    if ((record.type === "A" || record.type === "AAAA") && record.tier) mix(`tier ${record.tier}`);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  // Never 0, which means that nothing is published.
  return 4294967296 * (high & 0x1fffff) + (low >>> 0) || 1;
}
