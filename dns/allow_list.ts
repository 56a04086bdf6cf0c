/**
 * Who may ask (`dns.allow`): `loopback` (127/8, ::1 and this machine's own addresses), `link` (the networks that its
 * interfaces are in), CIDR ranges. Others get REFUSED.
 */
import { formatIp, inRange, type IpRange, parseIp, parseIpRange } from "./ip_address.ts";
import type { Asker } from "./serving.ts";
import type { Clock } from "./time.ts";

/** One interface's address as `Deno.networkInterfaces` gives it. */
export interface InterfaceAddress {
  readonly address: string;
  readonly cidr: string;
}

/** Addresses come and go with DHCP and containers; asking the kernel for them costs some 100 us. */
const INTERFACES_LAST_MS = 5_000;
/** Askers that are remembered: more than a VM has, and some 100 kB at most. */
const MOST_REMEMBERED = 1_024;
const LOOPBACK = ["127.0.0.0/8", "::1"].map((text) => parseIpRange(text)!);

/** Reads one entry of `dns.allow`. Throws an Error that names it and what is allowed. */
export function parseAllowed(text: string): "loopback" | "link" | IpRange {
  if (text === "loopback" || text === "link") return text;
  const range = parseIpRange(text);
  if (!range) throw new Error(`dns.allow ${JSON.stringify(text)}: write loopback, link, or a range as 10.0.0.0/8`);
  return range;
}

export class AllowList {
  readonly #ranges: readonly IpRange[];
  readonly #loopback: boolean;
  readonly #link: boolean;
  readonly #clock: Clock;
  readonly #interfaces: () => readonly InterfaceAddress[];
  #own: readonly IpRange[] = [];
  #ownSince = -Infinity;
  readonly #known = { udp: new Map<string, Asker>(), tcp: new Map<string, Asker>() };

  /** Throws as `parseAllowed` does. */
  constructor(entries: readonly string[], clock: Clock, interfaces: () => readonly InterfaceAddress[]) {
    const parsed = entries.map(parseAllowed);
    this.#loopback = parsed.includes("loopback");
    this.#link = parsed.includes("link");
    this.#ranges = [
      ...parsed.filter((entry) => typeof entry !== "string"),
      ...this.#loopback ? LOOPBACK : [],
    ];
    this.#clock = clock;
    this.#interfaces = interfaces;
  }

  /** What is known of the holder of `address`, as a socket writes it. */
  asker(address: string, transport: "udp" | "tcp"): Asker {
    if ((this.#loopback || this.#link) && this.#clock.monotonic() - this.#ownSince >= INTERFACES_LAST_MS) this.#renew();
    const known = this.#known[transport];
    let asker = known.get(address);
    if (!asker) {
      const bytes = parseIp(address.split("%")[0]!);
      const allowed = bytes !== undefined && [...this.#ranges, ...this.#own].some((range) => inRange(bytes, range));
      asker = Object.freeze({ transport, address, allowed, digest: bytes ? digestOf(bytes) : 0 });
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(address, asker);
    }
    return asker;
  }

  /** Whether `address` is one of this machine's, loopback included. */
  isOurs(address: string): boolean {
    const bytes = parseIp(address.split("%")[0]!);
    if (!bytes) return false;
    const own = this.#interfaces().map((entry) => parseIp(entry.address)).filter((own) => own !== undefined);
    return LOOPBACK.some((range) => inRange(bytes, range)) || own.some((other) => formatIp(other) === formatIp(bytes));
  }

  #renew() {
    const own = this.#interfaces().flatMap(({ address, cidr }) => {
      const range = parseIpRange(this.#link ? cidr : address);
      return range ? [range] : [];
    });
    this.#ownSince = this.#clock.monotonic();
    if (JSON.stringify(own) === JSON.stringify(this.#own)) return;
    this.#own = own;
    this.#known.udp.clear();
    this.#known.tcp.clear();
  }
}

/** FNV-1a, folded to 24 bits. */
function digestOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 24 ^ hash) & 0xffffff;
}
