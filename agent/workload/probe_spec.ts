import * as v from "valibot";
import { check, freeze } from "./check_shape.ts";

/**
 * `spec.probe` of a WorkloadGroup (Istio's networking/v1alpha3/workload_group.proto), as written there; `probePlan`
 * gives the numbers their defaults.
 */
export type ProbeSpec = v.InferOutput<typeof probeSchema>;

const seconds = v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0)), 0);
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

/** The probe of a group, and equally `workload.probe.override`. */
export const probeSchema = v.pipe(
  v.object({
    initialDelaySeconds: seconds,
    timeoutSeconds: seconds,
    periodSeconds: seconds,
    successThreshold: seconds,
    failureThreshold: seconds,
    httpGet: v.nullish(v.object({
      path: v.nullish(v.string(), ""),
      port,
      host: v.nullish(v.string(), ""),
      scheme: v.nullish(v.picklist(["", "HTTP", "HTTPS", "http", "https"]), ""),
      httpHeaders: v.nullish(v.array(v.object({ name: v.string(), value: v.nullish(v.string(), "") })), []),
    })),
    tcpSocket: v.nullish(v.object({ host: v.nullish(v.string(), ""), port })),
    exec: v.nullish(v.object({ command: v.pipe(v.array(v.string()), v.minLength(1)) })),
    grpc: v.nullish(v.object({ port, service: v.nullish(v.string(), "") })),
  }),
  v.check(
    (probe) => [probe.httpGet, probe.tcpSocket, probe.exec, probe.grpc].filter(Boolean).length === 1,
    "a probe needs exactly one of httpGet, tcpSocket, exec and grpc",
  ),
);

/**
 * Reads a probe as an operator wrote it in the VM's own configuration.
 *
 * @throws Error with one sentence when it is none.
 */
export function parseProbe(raw: unknown): ProbeSpec {
  try {
    return freeze(check(probeSchema, raw));
  } catch (error) {
    throw new Error(`workload.probe.override is not usable: ${(error as Error).message}`);
  }
}
