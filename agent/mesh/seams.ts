/** What this folder takes from `dns/`. */

export type { Below, NameDelta, NameEntry, NameRecord } from "../../dns/name_table.ts";
export { canonicalIp, formatIp, parseIp } from "../../dns/ip_address.ts";
