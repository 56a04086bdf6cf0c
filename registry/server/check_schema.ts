import { isJsonObject, type JsonObject } from "./kube_object.ts";
import type { Schema } from "./field_schema.ts";
import type { StatusCause } from "./status_error.ts";

/**
 * The causes by which a value breaks its schema, worded as the API server words them for custom resources.
 * @param blocked whether something outside the schema is so wrong that rules are not run.
 */
export function checkSchema(value: unknown, schema: Schema, blocked = false): StatusCause[] {
  const causes: StatusCause[] = [];
  visit(value, schema, "", causes);
  if (blocked || causes.some(({ reason }) => BLOCKING.has(reason))) {
    causes.push({ reason: "FieldValueInvalid", message: `Invalid value: null: ${UNCHECKED}`, field: "<nil>" });
  } else visitRules(value, schema, "", causes);
  return causes;
}

/** After these the object's rules are not run: they could not be trusted. */
const BLOCKING = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const UNCHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors " +
  "to complete validation";

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return typeof value === "number" ? (Number.isInteger(value) ? "integer" : "number") : typeof value;
}

const invalid = (field: string, shown: string, explanation: string): StatusCause => ({
  reason: "FieldValueInvalid",
  message: `Invalid value: ${shown}: ${explanation}`,
  field,
});

function visit(value: unknown, schema: Schema, path: string, causes: StatusCause[]) {
  const actual = typeOf(value);
  if (schema.type && actual !== schema.type) {
    const message = `Invalid value: "${actual}": ${path} in body must be of type ${schema.type}: "${actual}"`;
    causes.push({ reason: "FieldValueTypeInvalid", message, field: path });
    return;
  }
  if (schema.enum && !schema.enum.includes(String(value))) {
    const supported = schema.enum.map((name) => `"${name}"`).join(", ");
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
    causes.push({ reason: "FieldValueNotSupported", message, field: path });
  }
  if (typeof value === "string" && schema.maxLength !== undefined && [...value].length > schema.maxLength) {
    const message = `Too long: may not be more than ${schema.maxLength} bytes`;
    causes.push({ reason: "FieldValueTooLong", message, field: path });
  }
  if (typeof value === "number") {
    const below = schema.minimum !== undefined && value < schema.minimum;
    const above = schema.maximum !== undefined && value > schema.maximum;
    const bound = below ? `greater than or equal to ${schema.minimum}` : `less than or equal to ${schema.maximum}`;
    if (below || above) causes.push(invalid(path, String(value), `${path} in body should be ${bound}`));
  }
  if (Array.isArray(value)) visitList(value, schema, path, causes);
  else if (isJsonObject(value)) visitObject(value, schema, path, causes);
}

function visitList(value: unknown[], schema: Schema, path: string, causes: StatusCause[]) {
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    causes.push(invalid(path, String(value.length), `${path} in body should have at least ${schema.minItems} items`));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    const message = `Too many: ${value.length}: must have at most ${schema.maxItems} items`;
    causes.push({ reason: "FieldValueTooMany", message, field: path });
  }
  if (schema.items) value.forEach((item, i) => visit(item, schema.items!, `${path}[${i}]`, causes));
  const keys = schema.keys;
  if (!keys) return;
  const seen = new Set<string>();
  value.forEach((item, i) => {
    const key = Object.fromEntries(keys.map((name) => [name, (item as JsonObject)[name]]));
    const text = JSON.stringify(key);
    if (seen.has(text)) {
      causes.push({ reason: "FieldValueDuplicate", message: `Duplicate value: ${text}`, field: `${path}[${i}]` });
    }
    seen.add(text);
  });
}

const below = (path: string, name: string) => path ? `${path}.${name}` : name;

function visitObject(value: JsonObject, schema: Schema, path: string, causes: StatusCause[]) {
  for (const name of schema.required ?? []) {
    if (value[name] === undefined) {
      causes.push({ reason: "FieldValueRequired", message: "Required value", field: below(path, name) });
    }
  }
  const chosen = schema.oneOf?.filter((name) => name in value).length ?? 0;
  if (chosen > 1) {
    const rule = `"${path}" must validate one and only one schema (oneOf). Found ${chosen} valid alternatives`;
    causes.push(invalid("<nil>", '""', rule));
  }
  for (const [name, field] of Object.entries(value)) {
    const known = schema.properties?.[name];
    if (known) visit(field, known, below(path, name), causes);
    else if (schema.values) visit(field, schema.values, `${path}.${name}`, causes);
  }
}

function visitRules(value: unknown, schema: Schema, path: string, causes: StatusCause[]) {
  for (const rule of schema.rules ?? []) {
    if (rule.holds(value as never)) continue;
    const shown = typeof value === "object" ? "" : `${JSON.stringify(value)}: `;
    causes.push({ reason: "FieldValueInvalid", message: `Invalid value: ${shown}${rule.message}`, field: path });
  }
  if (Array.isArray(value)) value.forEach((item, i) => visitRules(item, schema.items ?? {}, `${path}[${i}]`, causes));
  else if (isJsonObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      const known = schema.properties?.[name];
      if (known) visitRules(field, known, below(path, name), causes);
      else if (schema.values) visitRules(field, schema.values, `${path}[${name}]`, causes);
    }
  }
}
