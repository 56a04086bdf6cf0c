import type { ObjectMeta } from "./kube_object.ts";
import type { ServerKind } from "./server_kind.ts";
import type { StatusCause } from "./status_error.ts";

/** The rules of names, labels, annotations and owners (apimachinery's validation), in its own words. */

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LONGEST_SUBDOMAIN = 253;
const LONGEST_LABEL = 63;

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
  "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. " +
  "'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

function invalidText(field: string, value: string, rule: string): StatusCause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${rule}`, field };
}

function subdomainProblem(name: string): string[] {
  const problems = name.length > LONGEST_SUBDOMAIN ? [`must be no more than ${LONGEST_SUBDOMAIN} characters`] : [];
  return SUBDOMAIN.test(name) ? problems : [...problems, SUBDOMAIN_RULE];
}

function labelProblem(name: string): string[] {
  const problems = name.length > LONGEST_LABEL ? [`must be no more than ${LONGEST_LABEL} bytes`] : [];
  if (name.includes(".") && SUBDOMAIN.test(name)) problems.push("must not contain dots");
  else if (!LABEL.test(name)) problems.push(LABEL_RULE);
  return problems;
}

/** Names of roles may be any path segment. */
function pathSegmentProblem(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((mark) => name.includes(mark)).map((mark) => `may not contain '${mark}'`);
}

const NAME_RULES = { subdomain: subdomainProblem, label: labelProblem, path: pathSegmentProblem };

function checkName(kind: ServerKind, name: string): StatusCause[] {
  const field = "metadata.name";
  if (name === "") {
    return [{ reason: "FieldValueRequired", message: "Required value: name or generateName is required", field }];
  }
  return NAME_RULES[kind.names ?? "subdomain"](name).map((rule) => invalidText(field, name, rule));
}

/** The problem of a label's or annotation's key, or the empty string. */
function keyProblem(key: string): string {
  const parts = key.split("/");
  if (parts.length > 2) {
    return `a valid label key ${KEY_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  }
  const name = parts.at(-1)!;
  const prefix = parts.length === 2 ? parts[0]! : undefined;
  if (prefix === "") return "prefix part must be non-empty";
  if (prefix !== undefined && !SUBDOMAIN.test(prefix)) return `prefix part ${SUBDOMAIN_RULE}`;
  if (name === "") return "name part must be non-empty";
  if (name.length > LONGEST_LABEL) return `name part must be no more than ${LONGEST_LABEL} bytes`;
  return QUALIFIED_NAME.test(name) ? "" : `name part ${KEY_RULE}`;
}

function checkMaps({ labels = {}, annotations = {} }: ObjectMeta): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const problem = keyProblem(key);
    if (problem) causes.push(invalidText("metadata.labels", key, problem));
    if (value.length > LONGEST_LABEL) {
      causes.push(invalidText("metadata.labels", value, `must be no more than ${LONGEST_LABEL} bytes`));
    } else if (!LABEL_VALUE.test(value)) causes.push(invalidText("metadata.labels", value, VALUE_RULE));
  }
  for (const key of Object.keys(annotations)) {
    const problem = keyProblem(key.toLowerCase());
    if (problem) causes.push(invalidText("metadata.annotations", key, problem));
  }
  return causes;
}

const OWNER_FIELDS = {
  apiVersion: "version must not be empty",
  kind: "must not be empty",
  name: "must not be empty",
  uid: "must not be empty",
};

function checkOwners({ ownerReferences: owners = [] }: ObjectMeta): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const owner of owners) {
    for (const [field, rule] of Object.entries(OWNER_FIELDS) as [keyof typeof OWNER_FIELDS, string][]) {
      if (!owner[field]) causes.push(invalidText(`metadata.ownerReferences.${field}`, "", rule));
    }
  }
  const controllers = owners.filter((owner) => owner.controller);
  if (controllers.length > 1) {
    const [first, second] = controllers.map(({ kind, name }) => `${kind}/${name}`);
    const rule =
      `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`;
    const message = `Invalid value: ${JSON.stringify(owners)}: ${rule}`;
    causes.push({ reason: "FieldValueInvalid", message, field: "metadata.ownerReferences" });
  }
  return causes;
}

/** The causes by which an object's metadata is refused. */
export function checkMetadata(metadata: ObjectMeta, kind: ServerKind): StatusCause[] {
  return [...checkName(kind, metadata.name ?? ""), ...checkMaps(metadata), ...checkOwners(metadata)];
}
