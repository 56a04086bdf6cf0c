/**
 * What is known of a kind's fields: a small subset of OpenAPI v3 with Kubernetes' extensions. It drives validation,
 * pruning of unknown fields, and how apply merges (structured merge: granular or atomic maps; atomic, set and keyed
 * lists). A schema with no type says nothing: any value, granular maps, atomic lists, as the API server treats
 * `x-kubernetes-preserve-unknown-fields`.
 */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "boolean";
  /** Fields of an object. Others are pruned unless `open`. */
  readonly properties?: Readonly<Record<string, Schema>>;
  /** The values of a map. */
  readonly values?: Schema;
  readonly items?: Schema;
  readonly open?: true;
  /** A Go struct of which not every field is listed: its fields are a struct's fields, and theirs too. */
  readonly struct?: true;
  /** Fields of which an object may have one at most (OpenAPI `oneOf`). */
  readonly oneOf?: readonly string[];
  readonly required?: readonly string[];
  /** x-kubernetes-map-type or list-type `atomic`; lists are atomic when neither `set` nor `keys` is given. */
  readonly atomic?: true;
  readonly set?: true;
  /** x-kubernetes-list-map-keys, with the default of a key that an item may leave out. */
  readonly keys?: readonly string[];
  readonly keyDefaults?: Readonly<Record<string, unknown>>;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Rules over the whole value (x-kubernetes-validations). */
  readonly rules?: readonly SchemaRule[];
}

export interface SchemaRule {
  readonly message: string;
  readonly holds: (value: never) => boolean;
}

/** Says nothing about a value. */
export const ANYTHING: Schema = { open: true };

/** Some field of a built-in kind. */
export const STRUCT: Schema = { open: true, struct: true };

export const STRING: Schema = { type: "string" };
export const STRING_MAP: Schema = { type: "object", values: STRING };

/** meta/v1 ObjectMeta, as far as merging goes. */
export const OBJECT_META: Schema = {
  type: "object",
  properties: {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    selfLink: STRING,
    uid: STRING,
    resourceVersion: STRING,
    generation: ANYTHING,
    creationTimestamp: STRING,
    deletionTimestamp: STRING,
    deletionGracePeriodSeconds: ANYTHING,
    managedFields: ANYTHING,
    labels: STRING_MAP,
    annotations: STRING_MAP,
    finalizers: { type: "array", items: STRING, set: true },
    ownerReferences: { type: "array", keys: ["uid"], items: { type: "object", open: true, atomic: true } },
  },
};

/** The schema of a map's or object's field. */
export function fieldSchema(schema: Schema, field: string): Schema {
  return schema.properties?.[field] ?? schema.values ?? (schema.struct ? STRUCT : ANYTHING);
}

/** Whether a field is one of a struct, as against a key of a map; only the latter is owned by itself. */
export function isStructField(schema: Schema, field: string): boolean {
  return schema.struct === true || (schema.properties !== undefined && Object.hasOwn(schema.properties, field));
}
