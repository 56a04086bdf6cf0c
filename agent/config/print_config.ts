import { stringify } from "yaml";
import { z } from "zod";
import { HIDDEN, isSecretName, redactArguments } from "../redact.ts";
import type { Config } from "./config_type.ts";
import { documentSchema, type ParsedDocument } from "./document_schema.ts";

/** The configuration as it would be written, with every secret hidden; the JSON Schema accepts it. Plain data. */
export function writtenConfig(config: Config): Record<string, unknown> {
  const copy = structuredClone(config) as unknown as ParsedDocument;
  for (const { exec } of copy.clusters ?? []) {
    exec.args = redactArguments(exec.args);
    exec.env = exec.env.map(({ name }) => ({ name, value: HIDDEN }));
  }
  for (const { probe } of copy.workloads ?? []) {
    for (const header of probe.override?.httpGet?.httpHeaders ?? []) {
      if (isSecretName(header.name)) header.value = HIDDEN;
    }
    const command = probe.override?.exec;
    if (command) command.command = redactArguments(command.command);
  }
  const { clusters, workloads, ...rest } = z.encode(documentSchema, copy);
  return {
    ...(clusters?.length === 1 ? { cluster: clusters[0] } : { clusters }),
    ...(workloads?.length === 1 ? { workload: workloads[0] } : { workloads }),
    ...rest,
  };
}

/** `config print`. */
export function printConfig(config: Config, format: "yaml" | "json"): string {
  const written = writtenConfig(config);
  return format === "json" ? `${JSON.stringify(written, null, 2)}\n` : stringify(written, { lineWidth: 120 });
}
