import type { ParsedDocument } from "./document_schema.ts";

type DeepReadonly<T> = T extends readonly (infer U)[] ? readonly DeepReadonly<U>[]
  : T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
  : T;

type Lists = "cluster" | "clusters" | "workload" | "workloads";

/**
 * The effective configuration, deeply frozen: every key of the contract, defaults filled in. Durations are
 * milliseconds, on and off booleans, paths absolute; `clusters` and `workloads` are lists of at least one.
 */
export type Config = DeepReadonly<
  & Omit<ParsedDocument, Lists>
  & { clusters: NonNullable<ParsedDocument["clusters"]>; workloads: NonNullable<ParsedDocument["workloads"]> }
>;

export type ClusterConfig = Config["clusters"][number];
export type WorkloadConfig = Config["workloads"][number];
export type DnsConfig = Config["dns"];
export type CaptureConfig = Config["capture"];
export type AdminConfig = Config["admin"];
export type LogConfig = Config["log"];
/** A readiness probe as a WorkloadGroup writes it. */
export type ProbeConfig = NonNullable<WorkloadConfig["probe"]["override"]>;
