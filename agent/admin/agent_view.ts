import type { CollisionRow, Explanation, NameRow, RefusedRow } from "../mesh/mod.ts";
import type { Sample } from "./metrics_text.ts";

/**
 * What the outside may see of a running agent and ask of it: `app.ts` implements it, `routes.ts` serves it. Every
 * document is plain JSON: camelCase fields that are always there (null when there is nothing), lists of objects and
 * never maps keyed by data. Times are ISO 8601 texts in UTC, durations seconds.
 */
export interface AgentView {
  /** What readiness waits for; empty when ready. */
  pending(): readonly string[];
  status(): StatusDocument;
  /** Names that contain `filter`, whatever the case; all when it is empty. Made as they are asked for. */
  names(filter: string): Iterable<NameRow>;
  /** What is not served although an object says it, and why. */
  refusedNames(): Iterable<RefusedRow>;
  /** Names that several clusters have. */
  collisions(): Iterable<CollisionRow>;
  /** Which rule, object and namespace answer a question, and what was rejected. `type` as `A`. */
  explain(name: string, type: string): Promise<ResolveExplanation>;
  registrations(): readonly RegistrationRow[];
  upstreams(): readonly UpstreamRow[];
  cache(): readonly CacheRow[];
  /** Everything but `process_*` and `build_info`, which `admin` adds. */
  metrics(): Iterable<Sample>;
  /** Takes every workload out of the mesh as a stop does, whatever `onStop` says; then the agent ends. */
  drain(): Promise<void>;
  /** Empties the cache of upstream's answers. @returns how many there were. */
  flushCache(): number;
}

/** `GET /api/status`, `moorline status -o json`. */
export interface StatusDocument {
  readonly ready: boolean;
  readonly pending: readonly string[];
  readonly agent: {
    readonly id: string;
    readonly version: string;
    readonly pid: number;
    readonly startedAt: string;
    readonly uptimeSeconds: number;
    /** Empty when there is none. */
    readonly configFile: string;
  };
  readonly registrations: readonly RegistrationRow[];
  readonly clusters: readonly ClusterRow[];
  readonly dns: DnsStatus;
  readonly upstreams: readonly UpstreamRow[];
  readonly capture: { readonly mode: string; readonly active: boolean; readonly note: string };
  readonly snapshot: { readonly writtenAt: string | null; readonly ageSeconds: number | null };
  /** What is wrong now, and what to do about it. */
  readonly problems: readonly { readonly message: string; readonly fix: string }[];
}

export interface ClusterRow {
  readonly name: string;
  readonly domain: string;
  /** The API server's URL; empty when no cluster is configured. */
  readonly server: string;
  /** `ok`, `unauthorized`, `unreachable`, `connecting`, `none`. */
  readonly api: string;
  /** Server's clock minus ours; null before the first response. */
  readonly clockOffsetSeconds: number | null;
  readonly tokenExpiresAt: string | null;
  /** `cluster-ip`, `endpoints` or `load-balancer`; `unknown` while `answers: auto` has measured nothing. */
  readonly answers: string;
  /** Why, in one sentence: what was configured, or what was measured. */
  readonly answersReason: string;
  readonly kinds: readonly {
    readonly kind: string;
    /** `syncing`, `synced`, `absent`, `forbidden`, `stale`, `unauthorized`. */
    readonly state: string;
    readonly objects: number;
    /** What is missing, in one sentence; empty when nothing is. */
    readonly reason: string;
    readonly since: string | null;
  }[];
}

export interface DnsStatus {
  readonly listen: readonly string[];
  readonly io: string;
  readonly names: number;
  readonly requests: number;
  /** Over the last ten seconds. */
  readonly requestsPerSecond: number;
  readonly cacheEntries: number;
  /** Share of questions answered without upstream, 0 to 1; null before the first. */
  readonly hitRatio: number | null;
  readonly responses: readonly { readonly rcode: string; readonly source: string; readonly count: number }[];
}

/** `GET /api/registration`: one for each workload, as `agent/workload` tells it. */
export interface RegistrationRow {
  readonly namespace: string;
  readonly group: string;
  /** A state of the contract: `registered`, `conflict`, `off`, ... */
  readonly state: string;
  /** One sentence: why, and what to do. Empty when all is well. */
  readonly reason: string;
  readonly since: string;
  readonly agentId: string;
  readonly publish: string;
  readonly addresses: readonly string[];
  readonly objects: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  readonly health: {
    readonly probed: boolean;
    readonly verdict: string;
    readonly message: string;
    readonly toldBy: string;
  };
  readonly heartbeat: { readonly intervalSeconds: number; readonly lastSuccess: string; readonly failures: number };
  readonly warnings: readonly string[];
}

export interface UpstreamRow {
  /** `1.1.1.1:53`, `tls://name@1.1.1.1:853`. */
  readonly server: string;
  /** Empty for the general ones. */
  readonly zone: string;
  readonly healthy: boolean;
  readonly requests: number;
  readonly failures: number;
  readonly averageMilliseconds: number | null;
  readonly lastError: string;
}

/** `GET /api/cache`, on the socket only: names that were asked are nobody else's business. */
export interface CacheRow {
  readonly name: string;
  readonly type: string;
  /** `positive`, `nodata`, `nxdomain`, `failure`. */
  readonly kind: string;
  /** Seconds left; 0 when stale. */
  readonly ttl: number;
  readonly stale: boolean;
  readonly hits: number;
}

/** `GET /api/names/NAME?type=A`, `moorline resolve --explain`. */
export interface ResolveExplanation {
  readonly name: string;
  readonly type: string;
  /** `NOERROR`, `NXDOMAIN`, ... as a client would get it; empty when nobody would answer. */
  readonly rcode: string;
  /** `mesh`, `cache`, `stale`, `upstream`, `refused`. */
  readonly source: string;
  /** Which rule of answering decided, in a few words. */
  readonly rule: string;
  /** Upstream servers that were asked for it, in turn; empty when memory held the answer. */
  readonly asked: readonly string[];
  readonly answers: readonly {
    readonly name: string;
    readonly type: string;
    readonly ttl: number;
    readonly data: string;
  }[];
  readonly errors: readonly { readonly code: number; readonly text: string }[];
  /** What the cache holds of the name now, of all types. */
  readonly cached: readonly CacheRow[];
  /** What the mesh has to say of the name. */
  readonly mesh: Explanation;
}
