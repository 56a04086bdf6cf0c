/** What a DnsService is given. */
import type { InterfaceAddress } from "./allow_list.ts";
import type { AnswerRules } from "./answer_rules.ts";
import type { Listeners } from "./listeners.ts";
import type { Network } from "./network.ts";
import type { QueryLogMode } from "./query_log.ts";
import type { CacheSettings } from "./shared_cache.ts";
import type { Clock, Log, Random } from "./time.ts";

/** `AnswerRules` but for the zones, which come from `zones`; `search` may be left to resolv.conf. */
export interface ServiceRules extends Omit<AnswerRules, "zones" | "search"> {
  readonly search: "system" | readonly string[];
}

/** Durations in milliseconds; servers and addresses as the configuration writes them. */
export interface DnsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Query ids are drawn from it: `cryptoRandom` outside tests. */
  readonly random: Random;
  readonly listen: readonly string[];
  readonly allow: readonly string[];
  readonly cache: CacheSettings;
  readonly rules: ServiceRules;
  readonly upstream: "system" | readonly string[];
  /** For one server; 100 ms or more. */
  readonly upstreamTimeout: number;
  /** "": the system's certificates. */
  readonly upstreamCaFile: string;
  readonly zones: readonly ZoneUpstream[];
  /** Which answers are logged. */
  readonly queryLog: QueryLogMode;
  /** Further addresses that lead back to us, and so are never upstream servers: what capture redirects. */
  readonly isOwn?: (address: string, port: number) => boolean;
  /** Sockets made elsewhere (socket activation), used instead of `listen`. */
  readonly sockets?: readonly Listeners[];
  /** The files of `upstream: system`, in order. */
  readonly systemFiles?: readonly string[];
  /** How packets travel; real sockets unless a test plays the network. */
  readonly network?: Network;
  readonly interfaces?: () => readonly InterfaceAddress[];
}

/** A zone with servers of its own. */
export interface ZoneUpstream {
  readonly zone: string;
  readonly upstream: readonly string[];
}
