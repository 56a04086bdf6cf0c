import { isJsonObject, type JsonObject, type KubeObject } from "./kube_object.ts";
import { badRequest, invalidValue, type StatusCause } from "./status_error.ts";

/** What Kubernetes fills into EndpointSlices and refuses in EndpointSlices and Leases. */

const list = (value: unknown): JsonObject[] => Array.isArray(value) ? value.filter(isJsonObject) : [];

export function defaultEndpointSlice(slice: KubeObject): void {
  for (const port of list(slice.ports)) {
    port.name ??= "";
    port.protocol ??= "TCP";
  }
  for (const endpoint of list(slice.endpoints)) endpoint.conditions ??= {};
  slice.endpoints ??= null;
  slice.ports ??= null;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const isIpv6 = (text: string) => text.includes(":") && /^[0-9a-f:.]+$/i.test(text);

export function checkEndpointSlice(slice: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  const type = slice.addressType;
  if (type === undefined || type === "") {
    return [{ reason: "FieldValueRequired", message: "Required value", field: "addressType" }];
  }
  if (type !== "IPv4" && type !== "IPv6" && type !== "FQDN") {
    const message = `Unsupported value: ${JSON.stringify(type)}: supported values: "FQDN", "IPv4", "IPv6"`;
    return [{ reason: "FieldValueNotSupported", message, field: "addressType" }];
  }
  list(slice.endpoints).forEach((endpoint, i) => {
    const addresses = Array.isArray(endpoint.addresses) ? endpoint.addresses : [];
    const field = `endpoints[${i}].addresses`;
    if (addresses.length === 0) {
      causes.push({ reason: "FieldValueRequired", message: "Required value: must contain at least 1 address", field });
    }
    addresses.forEach((address) => {
      const shown = JSON.stringify(address);
      const text = String(address);
      if (type === "IPv4" && !IPV4.test(text)) causes.push(invalidValue(field, shown, "must be an IPv4 address"));
      if (type === "IPv6" && !isIpv6(text)) causes.push(invalidValue(field, shown, "must be an IPv6 address"));
    });
  });
  return causes;
}

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;

/** Leases carry microseconds (meta/v1 MicroTime) and nothing else parses. */
export function checkLease(lease: KubeObject): StatusCause[] {
  const spec = isJsonObject(lease.spec) ? lease.spec : {};
  for (const field of ["acquireTime", "renewTime"]) {
    const time = spec[field];
    if (time === undefined || time === null || (typeof time === "string" && MICRO_TIME.test(time))) continue;
    throw badRequest(
      `Lease in version "v1" cannot be handled as a Lease: parsing time ${JSON.stringify(time)} as ` +
        `"2006-01-02T15:04:05.000000Z07:00": cannot parse ${JSON.stringify(time)}`,
    );
  }
  const seconds = spec.leaseDurationSeconds;
  if (typeof seconds === "number" && seconds <= 0) {
    return [invalidValue("spec.leaseDurationSeconds", String(seconds), "must be greater than 0")];
  }
  return [];
}
