/** What every object has, whatever its kind (meta/v1 ObjectMeta). */
export interface Identified {
  /** The empty string for cluster-wide kinds. */
  readonly namespace: string;
  readonly name: string;
  /** Differs between two objects that had one name after each other. */
  readonly uid: string;
  readonly resourceVersion: string;
}

/** One kind of object: where it lives in the API and how it is read. */
export interface Kind<T extends Identified> {
  /** The empty string for the core group. */
  readonly group: string;
  /** Preferred first, as in `["v1", "v1beta1"]`; the first one that the server serves is used. */
  readonly versions: readonly string[];
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /**
   * Checks a raw object and keeps what is needed, as frozen plain JSON data (it goes to the snapshot file).
   *
   * @throws Error with one sentence that says what is wrong, without the object's name.
   */
  readonly parse: (raw: unknown) => T;
}

/** A raw Kubernetes object as it is written; `apiVersion` and `kind` are filled in on sending. */
export interface Manifest {
  readonly metadata: { readonly name?: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** `namespace/name`, or `name` alone for cluster-wide objects: the key of a store. */
export function keyOf(object: { readonly namespace: string; readonly name: string }): string {
  return object.namespace ? `${object.namespace}/${object.name}` : object.name;
}

/** `services`, `workloadentries.networking.istio.io`: how RBAC and kubectl name the resource. */
export function resourceName(kind: Pick<Kind<Identified>, "group" | "plural">): string {
  return kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
}

/** `v1`, `networking.istio.io/v1` */
export function apiVersion(group: string, version: string): string {
  return group ? `${group}/${version}` : version;
}

/** The path of a collection or, with a name, of an object. */
export function pathOf(
  kind: Pick<Kind<Identified>, "group" | "plural" | "namespaced">,
  version: string,
  namespace = "",
  name = "",
  subresource = "",
): string {
  const root = kind.group ? `/apis/${kind.group}/${version}` : `/api/${version}`;
  const inside = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const object = name ? `/${encodeURIComponent(name)}` : "";
  return `${root}${inside}/${kind.plural}${object}${subresource ? `/${subresource}` : ""}`;
}

/**
 * Reads the metadata of a raw object, also of one that its kind cannot parse.
 *
 * @throws Error when there is no name, uid or resourceVersion.
 */
export function identify(raw: unknown): Identified {
  const metadata = isRecord(raw) ? raw["metadata"] : undefined;
  if (!isRecord(metadata)) throw new Error("it has no metadata");
  const field = (key: string) => {
    const value = metadata[key];
    if (typeof value !== "string" || value === "") throw new Error(`its metadata.${key} is missing`);
    return value;
  };
  const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "";
  return { namespace, name: field("name"), uid: field("uid"), resourceVersion: field("resourceVersion") };
}

/**
 * Whether the resourceVersion `a` is of a later write than `b`. Kubernetes calls them opaque, and yet every server counts
 * them up as decimal numbers (KEP-5504 makes that a promise); without leading zeros the longer number is the larger.
 */
export function isLater(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
