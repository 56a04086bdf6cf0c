/**
 * Names into packets: the door for everything outside this folder. Knows bytes, sockets and time, and nothing of
 * Kubernetes.
 *
 * Names come in as deltas (`name_table`) and are packed into shared memory (`pack`, `shared_table`). A packet comes in
 * through a server (`portable_server` for UDP, `stream_server` for TCP) and goes through `responder` to `answer`, the
 * one place that decides: it reads the packed table and the packed cache and writes the response, without allocating.
 * What it misses goes to `resolver`, which asks upstream once for all who wait (`upstream_routes` -> `upstream_group`
 * -> `upstream` -> UDP, TCP or TLS), puts the checked reply into the shared cache (`accept_reply`), and has `answer` run
 * again over what memory then holds. `dns_service` wires all of it; time, chance and sockets come in from outside.
 */
export { parseAllowed } from "./allow_list.ts";
export type { AnswerRules } from "./answer_rules.ts";
export type { DnsOptions, ServiceRules, ZoneUpstream } from "./dns_options.ts";
export { DnsService } from "./dns_service.ts";
export type { DnsStatus, Explained } from "./dns_status.ts";
export { canonicalIp, formatIp, inRange, type IpRange, parseIp, parseIpRange } from "./ip_address.ts";
export { CannotListen, type Listeners, parseListenAddress } from "./listeners.ts";
export type { HistogramSample, NumberSample, Sample } from "./metric.ts";
export type { Below, NameDelta, NameEntry, NameRecord } from "./name_table.ts";
export type { Outcome } from "./outcome.ts";
export type { QueryLogMode } from "./query_log.ts";
export { portHolder } from "./port_holder.ts";
export { parseResolvConf, type ResolvConf } from "./resolv_conf.ts";
export { parseServerAddress, type ServerAddress } from "./server_address.ts";
export type { CacheListing, CacheSettings } from "./shared_cache.ts";
export { type Clock, cryptoRandom, type Log, type Random } from "./time.ts";
export { typeMnemonic } from "./type_mnemonic.ts";
export type { RoutedHealth } from "./upstream_routes.ts";
