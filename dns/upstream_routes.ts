/** Which servers a question goes to: those of the longest configured zone that holds its name, else the general ones. */
import type { ServerAddress } from "./server_address.ts";
import { nameToWire } from "./name_text.ts";
import { Upstream, type UpstreamHealth, type UpstreamSetting } from "./upstream.ts";
import { UpstreamGroup } from "./upstream_group.ts";
import type { UpstreamQuestion } from "./upstream_query.ts";

/** Often enough to see a server come back soon, seldom enough for a machine without a network: 12 small packets a minute. */
const PROBE_EVERY_MS = 5_000;

/** One zone with servers of its own (`dns.zones`). */
export interface ZoneServers {
  readonly zone: string;
  readonly servers: readonly ServerAddress[];
}

/** A server's health with the zones that it serves; "" is everything else. */
export interface RoutedHealth extends UpstreamHealth {
  readonly zones: readonly string[];
}

export class UpstreamRoutes {
  readonly #setting: UpstreamSetting;
  /** By label. What is known of a server outlives changes of the lists that it is in. */
  #upstreams = new Map<string, Upstream>();
  /** By the zone's lower-case name in wire form, one character a byte. */
  #zones = new Map<string, UpstreamGroup>();
  #general: UpstreamGroup;
  #listed: readonly ZoneServers[] = [];

  constructor(setting: UpstreamSetting) {
    this.#setting = setting;
    this.#general = new UpstreamGroup([], setting);
  }

  /** Replaces every list. Questions under way end with the servers that they began with. */
  set(general: readonly ServerAddress[], zones: readonly ZoneServers[]): void {
    const kept = new Map<string, Upstream>();
    const group = (servers: readonly ServerAddress[]) =>
      new UpstreamGroup(
        servers.map((server) => {
          const known = kept.get(server.label) ?? this.#upstreams.get(server.label);
          const upstream = known ?? new Upstream(server, this.#setting);
          kept.set(server.label, upstream);
          return upstream;
        }),
        this.#setting,
      );
    this.#general = group(general);
    this.#zones = new Map(zones.map(({ zone, servers }) => [bytesKey(nameToWire(zone)), group(servers)]));
    this.#upstreams = kept;
    this.#listed = [{ zone: "", servers: general }, ...zones];
  }

  /** @param zoneAt where in `question` the name of the longest zone begins; negative outside all zones. */
  groupFor(question: UpstreamQuestion, zoneAt: number): UpstreamGroup {
    const zone = zoneAt < 0 ? undefined : this.#zones.get(bytesKey(question.subarray(zoneAt)));
    return zone ?? this.#general;
  }

  /** As `groupFor`, for a client's packet: by the name of its first question. */
  groupForPacket(packet: Uint8Array): UpstreamGroup {
    for (let at = 12; at < packet.length && packet[at]! > 0 && packet[at]! < 64; at += packet[at]! + 1) {
      const zone = this.#zones.get(bytesKey(packet.subarray(at, nameEnd(packet, at))).toLowerCase());
      if (zone) return zone;
    }
    return this.#general;
  }

  /** Probes the servers that are down or slow, so that they come back when they are well. Ends with `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#setting.clock.sleep(PROBE_EVERY_MS, signal);
      } catch {
        return; // stopped
      }
      const behind = new Set([this.#general, ...this.#zones.values()].flatMap((group) => group.behind));
      for (const upstream of behind) upstream.probe(signal);
    }
  }

  /** The machine's network changed: every server is as good as new. */
  forgetHealth(): void {
    for (const upstream of this.#upstreams.values()) upstream.forget();
  }

  get health(): readonly RoutedHealth[] {
    return Array.from(this.#upstreams, ([label, upstream]) => ({
      ...upstream.health,
      zones: this.#listed.filter((l) => l.servers.some((s) => s.label === label)).map((l) => l.zone),
    }));
  }
}

/** Bytes as a map's key. */
export function bytesKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Behind the root label of the name at `at`; the packet's end when there is none. */
function nameEnd(packet: Uint8Array, at: number): number {
  while (at < packet.length && packet[at] !== 0) at += packet[at]! + 1;
  return at + 1;
}
