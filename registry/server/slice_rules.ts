import { isIpv6, looksLikeIpv4, specialAddress } from "./address_rules.ts";
import { isJsonObject, type JsonObject, type KubeObject } from "./kube_object.ts";
import { invalidValue, type StatusCause } from "./status_error.ts";

/** What Kubernetes fills into EndpointSlices and refuses in them. */

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

function checkType(type: unknown): StatusCause | undefined {
  const field = "addressType";
  if (type === undefined || type === "") return { reason: "FieldValueRequired", message: "Required value", field };
  if (type === "IPv4" || type === "IPv6" || type === "FQDN") return undefined;
  const message = `Unsupported value: ${JSON.stringify(type)}: supported values: "FQDN", "IPv4", "IPv6"`;
  return { reason: "FieldValueNotSupported", message, field };
}

export function checkEndpointSlice(slice: KubeObject, before: KubeObject | undefined): StatusCause[] {
  const type = slice.addressType;
  if (before && before.addressType !== type) {
    return [invalidValue("addressType", JSON.stringify(type), "field is immutable")];
  }
  const wrong = checkType(type);
  if (wrong) return [wrong];
  const causes: StatusCause[] = [];
  list(slice.endpoints).forEach((endpoint, i) => {
    const addresses = Array.isArray(endpoint.addresses) ? endpoint.addresses.map(String) : [];
    const field = `endpoints[${i}].addresses`;
    if (addresses.length === 0) {
      causes.push({ reason: "FieldValueRequired", message: "Required value: must contain at least 1 address", field });
    }
    addresses.forEach((address, j) => {
      const shown = JSON.stringify(address);
      const special = specialAddress(address);
      if (type === "IPv4" && !looksLikeIpv4(address)) {
        causes.push(invalidValue(field, shown, "must be an IPv4 address"));
      } else if (type === "IPv6" && !isIpv6(address)) {
        causes.push(invalidValue(field, shown, "must be an IPv6 address"));
      } else if (type !== "FQDN" && special) causes.push(invalidValue(`${field}[${j}]`, shown, special));
    });
  });
  return causes;
}
