import type { KubeObject } from "./kube_object.ts";
import { OBJECT_META, type Schema, STRING } from "./field_schema.ts";
import type { StatusCause } from "./status_error.ts";

/** A kind as the server offers it. */
export interface ServerKind {
  readonly group: string;
  /** Preferred (and stored) version first; all have one schema. */
  readonly versions: readonly string[];
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  /** Has a status subresource: the main resource ignores `status`, and the other way round. */
  readonly status?: boolean;
  /** Defined by a CustomResourceDefinition: closed schema, updates need a resourceVersion. */
  readonly custom?: boolean;
  /** Counts changes of the wanted state in metadata.generation; always so for custom kinds. */
  readonly generation?: true | "labels too";
  /** PUT without a resourceVersion is a conflict-free overwrite, as most built-in kinds allow. */
  readonly unconditionalUpdate?: boolean;
  /** PUT of an absent object creates it. */
  readonly createOnUpdate?: boolean;
  /** The rule of metadata.name; DNS subdomain (RFC 1123) unless given. `path` is any path segment, as RBAC's names. */
  readonly names?: "subdomain" | "label" | "path";
  /** Fields beside metadata. */
  readonly fields?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Field selectors beside metadata.name and metadata.namespace, as dotted paths. */
  readonly selectableFields?: readonly string[];
  /** Fields that Kubernetes shows even when a client never sent them. */
  readonly empty?: Readonly<Record<string, unknown>>;
  /** Fills in what the API server defaults while decoding. Changes the object. */
  readonly defaults?: (object: KubeObject) => void;
  /** Fills in what the server itself gives to a new object; owned by nobody. Changes the object. */
  readonly onCreate?: (object: KubeObject) => void;
  /** What cannot be decoded, as the decoder words it; the empty string if all can. */
  readonly undecodable?: (object: KubeObject) => string;
  /** What the schema cannot say, `before` being the stored object of an update. */
  readonly check?: (object: KubeObject, before: KubeObject | undefined) => readonly StatusCause[];
  /** A delete answers with the object instead of a Status. */
  readonly returnsDeleted?: true;
}

/** `networking.istio.io/workloadentries`: the name of a kind's table, whatever the version. */
export function tableName(kind: ServerKind): string {
  return `${kind.group}/${kind.plural}`;
}

export function apiVersionOf(kind: ServerKind, version: string = kind.versions[0]!): string {
  return kind.group ? `${kind.group}/${version}` : version;
}

const schemas = new WeakMap<ServerKind, Schema>();

/** The schema of whole objects of a kind. */
export function objectSchema(kind: ServerKind): Schema {
  let schema = schemas.get(kind);
  if (!schema) {
    schema = {
      type: "object",
      ...(kind.custom ? {} : { open: true as const, struct: true as const }),
      properties: { apiVersion: STRING, kind: STRING, metadata: OBJECT_META, ...kind.fields },
      ...(kind.required ? { required: kind.required } : {}),
    };
    schemas.set(kind, schema);
  }
  return schema;
}
