/**
 * Which servers are in force: those of the configuration, or the system's as they change; never an address at which we
 * answer ourselves. Knows the search list too, since it comes from the same files.
 */
import type { ZoneUpstream } from "./dns_options.ts";
import { nameToWire } from "./name_text.ts";
import { parseServerAddress, type ServerAddress } from "./server_address.ts";
import { readSystemResolvers, SYSTEM_FILES, type SystemResolvers, watchSystemResolvers } from "./system_resolvers.ts";
import type { Clock, Log } from "./time.ts";
import type { UpstreamRoutes } from "./upstream_routes.ts";

/** What the lists are made from. */
export interface UpstreamListsOptions {
  readonly upstream: "system" | readonly string[];
  readonly zones: readonly ZoneUpstream[];
  readonly systemFiles?: readonly string[];
  readonly isOwn: (address: string, port: number) => boolean;
  readonly routes: UpstreamRoutes;
  readonly clock: Clock;
  readonly log: Log;
  /** The system's search list is another. */
  readonly onSearch: (search: readonly string[]) => void;
}

export class UpstreamLists {
  readonly #options: UpstreamListsOptions;
  #upstream: "system" | readonly ServerAddress[];
  #zones: readonly { readonly zone: string; readonly servers: readonly ServerAddress[] }[];
  #system: SystemResolvers = { servers: [], search: [], source: "", problems: [] };

  /** Throws an Error that names a server or zone that cannot be read. */
  constructor(options: UpstreamListsOptions) {
    this.#options = options;
    this.#upstream = parseServers(options.upstream);
    this.#zones = options.zones.map(parseZone);
  }

  /** The file that the general servers come from; "" when the configuration names them. */
  get source(): string {
    return this.#upstream === "system" ? this.#system.source : "";
  }

  /** The system's search list. */
  get systemSearch(): readonly string[] {
    return this.#system.search;
  }

  /** Reads the system's files and puts every list in force. To be called when it is known where we listen. */
  refresh(): void {
    this.#take(readSystemResolvers(this.#systemOptions));
  }

  /** Follows the system's files until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const onChange = (found: SystemResolvers) => this.#take(found);
    await watchSystemResolvers({ ...this.#systemOptions, clock, log, onChange }, this.#system, signal);
  }

  /** Replaces both lists; throws as the constructor does, and then changes nothing. */
  set(upstream: "system" | readonly string[], zones: readonly ZoneUpstream[]): void {
    const [servers, parsed] = [parseServers(upstream), zones.map(parseZone)];
    [this.#upstream, this.#zones] = [servers, parsed];
    this.#apply();
  }

  get #systemOptions() {
    const { isOwn, systemFiles = SYSTEM_FILES } = this.#options;
    return { isOwn, files: systemFiles };
  }

  #take(found: SystemResolvers): void {
    const { log, onSearch } = this.#options;
    for (const problem of found.problems) log("warn", "a line of resolv.conf was skipped", { problem });
    // A file that is being rewritten, or a network that is down, is no reason to forget whom to ask.
    const kept = found.servers.length > 0 ? found : { ...this.#system, search: found.search };
    const searchChanged = JSON.stringify(kept.search) !== JSON.stringify(this.#system.search);
    this.#system = kept;
    this.#apply();
    if (searchChanged) onSearch(kept.search);
  }

  #apply(): void {
    const general = this.#upstream === "system" ? this.#system.servers : this.#usable(this.#upstream);
    const zones = this.#zones.map(({ zone, servers }) => ({ zone, servers: this.#usable(servers) }));
    if (general.length === 0) this.#options.log("error", "no upstream server is known: names outside fail", {});
    this.#options.routes.set(general, zones);
  }

  #usable(servers: readonly ServerAddress[]): ServerAddress[] {
    return servers.filter(({ address, port, label }) => {
      const own = this.#options.isOwn(address, port);
      if (own) this.#options.log("error", "an upstream server that leads back to us is left out", { server: label });
      return !own;
    });
  }
}

function parseServers(upstream: "system" | readonly string[]): "system" | readonly ServerAddress[] {
  return upstream === "system" ? upstream : upstream.map(parseServerAddress);
}

function parseZone({ zone, upstream }: ZoneUpstream) {
  nameToWire(zone); // throws when it is no name
  return { zone, servers: upstream.map(parseServerAddress) };
}
