/** What the configuration says of names, and what this VM is. Plain data, replaced as a whole. */
export interface MeshRules {
  /** The workloads' namespaces; the first is the one of short names. What is exported to one of them is visible. */
  readonly namespaces: readonly string[];
  /** Seconds, for every record. */
  readonly ttl: number;
  /** Seconds, for our own negative answers (the SOA's minimum). */
  readonly negativeTtl: number;
  readonly answers: AnswerSetting;
  /** Whether addresses that Istio allocated are answered: only a VM whose traffic a proxy captures can use them. */
  readonly virtualIps: boolean;
  readonly hosts: HostRules;
  /** Address families that are answered. */
  readonly families: { readonly ipv4: boolean; readonly ipv6: boolean };
  /** `region/zone/subzone` of this VM; empty: every address is as near as any other. */
  readonly locality: string;
  /** The VM's network; empty: every network is as good as its own. */
  readonly network: string;
  readonly records: readonly OwnRecord[];
  /** Names that the agent itself needs: API servers, upstreams. No ServiceEntry may speak for them. */
  readonly reserved: readonly string[];
  readonly self: SelfRules;
}

/** This VM, for `self.moorline.<domain>` and the zones' server. */
export interface SelfRules {
  readonly agentId: string;
  readonly version: string;
  /** The VM's own. */
  readonly addresses: readonly string[];
  /** Where the agent answers DNS, for `ns.dns.<domain>`; without it the VM's own addresses. */
  readonly servers?: readonly string[];
}

export type AnswerSetting = "auto" | AnswerMode;
/** Which addresses a Service with a ClusterIP is answered with. */
export type AnswerMode = "cluster-ip" | "endpoints" | "load-balancer";

/** ServiceEntry hosts outside the clusters' domains. */
export interface HostRules {
  /** Namespaces whose hosts are served; empty: the workloads' and istio-system; `*`: all. */
  readonly from: readonly string[];
  /** Names, or `*.` and a name; empty: every name. */
  readonly allow: readonly string[];
  /** Names, or `*.` and a name; stronger than `allow`. */
  readonly deny: readonly string[];
}

/** A name of the configuration's own (`dns.records`). */
export interface OwnRecord {
  readonly name: string;
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly cname?: string;
  readonly txt?: readonly string[];
}

/** What holds where nothing is configured. */
export const DEFAULT_RULES: MeshRules = {
  namespaces: ["default"],
  ttl: 30,
  negativeTtl: 5,
  answers: "auto",
  virtualIps: false,
  hosts: { from: [], allow: [], deny: [] },
  families: { ipv4: true, ipv6: true },
  locality: "",
  network: "",
  records: [],
  reserved: [],
  self: { agentId: "", version: "", addresses: [] },
};
