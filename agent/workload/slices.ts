import { writerAnnotations } from "./entry.ts";
import { entryName, validName } from "./entry_name.ts";
import { ipFamily } from "./host_address.ts";
import { AUTO_REGISTRATION_GROUP, type Manifest } from "./manifest.ts";
import type { Situation } from "./situation.ts";
import type { OwningService, WorkloadGroup } from "./workload_kinds.ts";

/** Who manages a slice: Kubernetes' own controller leaves those of others alone (discovery.k8s.io/v1). */
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const SERVICE_NAME = "kubernetes.io/service-name";
const HEADLESS = "service.kubernetes.io/headless";

/** RFC 1123 subdomain, as every object name. */
const NAME_LIMIT = 253;

/**
 * The EndpointSlices that put this VM behind a Service, beside its pods: one for each address family, since a slice
 * holds only one. Ready, serving and terminating follow the probe as Kubernetes has them for pods. Pure.
 *
 * @returns by name; the first is the one whose claim and Lease count.
 */
export function slicesFor(situation: Situation, service: OwningService): Map<string, Manifest> {
  const { group, place, addresses } = situation;
  const entry = entryName(group.name, place.address, place.network);
  const ports = slicePorts(service, group);
  return new Map(
    addresses.slice(0, 2).map((address, i) => {
      const name = validName(`moorline-${entry}${i === 0 ? "" : `-v${ipFamily(address)}`}`, NAME_LIMIT);
      return [name, sliceFor(name, address, ports, situation, service)];
    }),
  );
}

function sliceFor(
  name: string,
  address: string,
  ports: readonly SlicePort[],
  situation: Situation,
  service: OwningService,
): Manifest {
  const { group, writer, place, isStatic = false } = situation;
  const zone = (place.locality || String(group.template["locality"] ?? "")).split("/")[1];
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace: group.namespace,
      labels: {
        [SERVICE_NAME]: service.name,
        [MANAGED_BY]: "moorline",
        ...(service.headless ? { [HEADLESS]: "" } : {}),
      },
      annotations: { [AUTO_REGISTRATION_GROUP]: group.name, ...writerAnnotations(writer, isStatic) },
      ownerReferences: [
        { apiVersion: "v1", kind: "Service", name: service.name, uid: service.uid, controller: true },
      ],
    },
    addressType: ipFamily(address) === 6 ? "IPv6" : "IPv4",
    endpoints: [{
      addresses: [address],
      conditions: endpointConditions(situation, service),
      ...(zone ? { zone } : {}),
    }],
    ports: ports.filter((port): port is ResolvedPort => "port" in port),
  };
}

/** As Kubernetes' controller sets them for a pod: a draining VM still serves, and gets no new connections. */
function endpointConditions(situation: Situation, service: OwningService) {
  const { isProbed, health, drainingSince } = situation;
  const serving = !isProbed || health.verdict === "healthy";
  const terminating = drainingSince !== undefined;
  return { ready: service.publishNotReadyAddresses || (serving && !terminating), serving, terminating };
}

interface ResolvedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

type SlicePort = ResolvedPort | { readonly problem: string };

/**
 * A Service's ports as this VM serves them: by the port's name in the group's template, else by its targetPort (a named
 * one in the template again), else by its own number.
 */
function slicePorts(service: OwningService, group: WorkloadGroup): SlicePort[] {
  const known = group.template.ports;
  return service.ports.map(({ name, port, protocol, targetPort, appProtocol }) => {
    const byTarget = typeof targetPort === "string" ? known[targetPort] : targetPort || port;
    const number = known[name] ?? byTarget;
    if (number === undefined) {
      const problem =
        `port ${name || port} of Service ${service.name} is left out: its targetPort ${targetPort} is not ` +
        `among the ports of WorkloadGroup ${group.name}`;
      return { problem };
    }
    return { name, port: number, protocol, ...(appProtocol ? { appProtocol } : {}) };
  });
}

/** @returns what is wrong with the Service's ports on this VM, for `status`. */
export function sliceWarnings(service: OwningService, group: WorkloadGroup): string[] {
  return slicePorts(service, group).flatMap((port) => "problem" in port ? [port.problem] : []);
}
