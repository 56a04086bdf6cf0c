import { canonicalIp, inCidr, ipFamily, isCidr, isLinkLocal, isLoopback } from "./host_address.ts";

/** One address of one network interface, as `Deno.networkInterfaces()` lists them. */
export interface InterfaceAddress {
  readonly name: string;
  readonly address: string;
}

/** What is known of this VM's network when an address is chosen. */
export interface AddressFacts {
  readonly interfaces: readonly InterfaceAddress[];
  /** Interfaces that lead to this VM's own containers or guests only. */
  readonly bridges: ReadonlySet<string>;
  /** IPv6 addresses that the kernel will take away again (privacy extensions, deprecated, tentative), canonical. */
  readonly fleeting: ReadonlySet<string>;
  /** The source address of a connection to the API server; absent while it cannot be reached. */
  readonly towardsApi?: string;
}

/** The addresses under which this VM is registered, the first is the entry's; or why there are none. */
export type AddressChoice = { readonly addresses: readonly string[] } | { readonly problem: string };

/**
 * Chooses by `workload.address`: `auto`, `interface:NAME`, `cidr:NETWORK`, an IP address, or a list of two of these
 * whose second gives the other family. Pure.
 */
export function chooseAddresses(wanted: string | readonly string[], facts: AddressFacts): AddressChoice {
  const forms = typeof wanted === "string" ? [wanted] : wanted;
  const addresses: string[] = [];
  for (const form of forms) {
    const taken = addresses[0] === undefined ? 0 : ipFamily(addresses[0]);
    const chosen = chooseOne(form, facts, (address) => ipFamily(address) !== taken);
    if (typeof chosen !== "string") return chosen;
    addresses.push(chosen);
  }
  return addresses.length > 0 ? { addresses } : { problem: "workload.address is an empty list: name one address" };
}

function chooseOne(
  form: string,
  facts: AddressFacts,
  family: (address: string) => boolean,
): string | { problem: string } {
  if (form === "auto") return chooseAuto(facts, family);
  const written = canonicalIp(form);
  if (written) return family(written) ? written : { problem: `workload.address: ${form} is of the first one's family` };
  const usable = facts.interfaces.filter((i) => isUsable(i, facts, false) && family(i.address));
  if (form.startsWith("interface:")) {
    const name = form.slice("interface:".length);
    const found = preferV4(usable.filter((i) => i.name === name));
    return found ?? { problem: `workload.address ${form}: the interface has no usable address; see \`ip address\`` };
  }
  if (form.startsWith("cidr:") && isCidr(form.slice("cidr:".length))) {
    const found = preferV4(usable.filter((i) => inCidr(i.address, form.slice("cidr:".length))));
    return found ??
      { problem: `workload.address ${form}: no interface has a usable address in it; see \`ip address\`` };
  }
  return { problem: `workload.address ${form} is none of auto, interface:NAME, cidr:NETWORK and an IP address` };
}

/**
 * The source address towards the API server, since the cluster's nodes are there too. Where that is one that others
 * cannot reach (an API server on this machine) or that will not last (a temporary IPv6 address), the nearest one that
 * is not: of the same interface, else of the same family, else any.
 */
function chooseAuto(facts: AddressFacts, family: (address: string) => boolean): string | { problem: string } {
  const usable = facts.interfaces.filter((i) => isUsable(i, facts, true) && family(i.address));
  const source = facts.towardsApi && canonicalIp(facts.towardsApi);
  if (source) {
    if (usable.some((i) => canonicalIp(i.address) === source)) return source;
    const name = facts.interfaces.find((i) => canonicalIp(i.address) === source)?.name;
    const near = usable.filter((i) => ipFamily(i.address) === ipFamily(source));
    const found = near.find((i) => i.name === name) ?? near[0];
    if (found) return canonicalIp(found.address) ?? found.address;
  }
  return preferV4(usable) ?? {
    problem: "workload.address auto: no interface has an address that others could reach; name one in workload.address",
  };
}

/** A named interface or network may be a bridge (the operator chose it); `auto` never takes one. */
function isUsable(candidate: InterfaceAddress, facts: AddressFacts, refuseBridges: boolean): boolean {
  const ip = canonicalIp(candidate.address);
  return ip !== undefined && !isLoopback(ip) && !isLinkLocal(ip) && !facts.fleeting.has(ip) &&
    !(refuseBridges && facts.bridges.has(candidate.name));
}

function preferV4(candidates: readonly InterfaceAddress[]): string | undefined {
  const chosen = candidates.find((i) => ipFamily(i.address) === 4) ?? candidates[0];
  return chosen && canonicalIp(chosen.address);
}

/** A new address counts when it has been there for so long: DHCP renewals and flapping links settle in seconds. */
export const STABLE_MS = 30_000;

/** What is registered now, and what may become so. */
export interface AddressFollowing {
  readonly current: readonly string[];
  readonly next?: { readonly addresses: readonly string[]; readonly since: number };
}

/**
 * Follows the VM's addresses: the first choice counts at once, a later one when it was the same for `STABLE_MS`, and
 * no choice at all (a link that is down) changes nothing.
 *
 * @param now milliseconds that never jump.
 */
export function followAddress(
  state: AddressFollowing | undefined,
  choice: AddressChoice,
  now: number,
): AddressFollowing | undefined {
  if (!("addresses" in choice)) return state && { current: state.current };
  if (!state) return { current: choice.addresses };
  if (equal(choice.addresses, state.current)) return { current: state.current };
  if (!state.next || !equal(choice.addresses, state.next.addresses)) {
    return { current: state.current, next: { addresses: choice.addresses, since: now } };
  }
  return now - state.next.since >= STABLE_MS ? { current: choice.addresses } : state;
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((address, i) => address === b[i]);
}
