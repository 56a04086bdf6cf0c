import type { EndpointSlice, SlicePort } from "./endpoint_slice_kind.ts";
import type { Service } from "./service_kind.ts";

/** One address behind a Service. */
export interface Endpoint {
  readonly address: string;
  /** The label under the Service's name that means this endpoint (Kubernetes DNS 1.1.0, 2.4.1). */
  readonly hostname: string;
  readonly zone: string;
  readonly ports: readonly SlicePort[];
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The endpoints that may be answered: ready ones, or all where the Service publishes those that are not ready. */
export function* publishedEndpoints(service: Service, slices: readonly EndpointSlice[]): Generator<Endpoint> {
  for (const slice of slices) {
    for (const { addresses, hostname, ready, zone } of slice.endpoints) {
      if (!ready && !service.publishNotReady) continue;
      for (const address of addresses) {
        const label = LABEL.test(hostname) ? hostname : dashed(address);
        yield { address, hostname: label, zone, ports: slice.ports };
      }
    }
  }
}

/** An address as a label, as CoreDNS writes it: `10-1-2-3`, `2001-db8--1`; a label does not end in a dash. */
export function dashed(address: string): string {
  const label = address.replace(/[.:]/g, "-");
  return label.endsWith("-") ? `${label}0` : label;
}
