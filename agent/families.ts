import { isIpv6 } from "./config/mod.ts";

/** Addresses that lead nowhere beyond this VM or its link: 127/8, 169.254/16, ::1, fe80::/10. */
const NOWHERE = /^(127\.|169\.254\.|::1$|fe[89ab][0-9a-f]:)/i;

/**
 * Which address families this VM can use (`dns.families`). `auto`: those of which an interface has an address that leads
 * beyond the link; without any of either (a VM whose network is not up so far) both, since a name must not vanish for it.
 */
export function usableFamilies(
  setting: "auto" | "ipv4" | "ipv6" | "both",
  interfaces: readonly { readonly address: string }[],
): { readonly ipv4: boolean; readonly ipv6: boolean } {
  if (setting !== "auto") return { ipv4: setting !== "ipv6", ipv6: setting !== "ipv4" };
  const useful = interfaces.map(({ address }) => address).filter((address) => !NOWHERE.test(address));
  const ipv6 = useful.some((address) => isIpv6(address.split("%")[0]!));
  const ipv4 = useful.some((address) => !address.includes(":"));
  return ipv4 || ipv6 ? { ipv4, ipv6 } : { ipv4: true, ipv6: true };
}
