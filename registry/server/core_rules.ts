import { isJsonObject, type KubeObject } from "./kube_object.ts";
import { invalidValue, type StatusCause } from "./status_error.ts";

/** What Kubernetes fills into Namespaces, Secrets and Events, and refuses in Events. */

export function defaultNamespace({ metadata }: KubeObject): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
}

/** A namespace is kept, when deleted, until its content is gone. */
export function openNamespace(namespace: KubeObject): void {
  namespace.spec = { finalizers: ["kubernetes"] };
  namespace.status = { phase: "Active" };
}

/** `stringData` is for writing only. */
export function defaultSecret(secret: KubeObject): void {
  secret.type ??= "Opaque";
  if (!isJsonObject(secret.stringData)) return;
  const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, base64(String(text))]);
  secret.data = { ...isJsonObject(secret.data) ? secret.data : {}, ...Object.fromEntries(encoded) };
  delete secret.stringData;
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

export const EMPTY_EVENT = {
  involvedObject: {},
  source: {},
  eventTime: null,
  firstTimestamp: null,
  lastTimestamp: null,
  reportingComponent: "",
  reportingInstance: "",
};

/** An Event lies in the namespace of what it is about. */
export function checkEvent(event: KubeObject): StatusCause[] {
  const about = isJsonObject(event.involvedObject) ? event.involvedObject : {};
  const namespace = typeof about.namespace === "string" ? about.namespace : "";
  if (namespace === event.metadata.namespace || (namespace === "" && event.metadata.namespace === "default")) return [];
  return [invalidValue("involvedObject.namespace", JSON.stringify(namespace), "does not match event.namespace")];
}
