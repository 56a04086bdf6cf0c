import type { KubeObject } from "./kube_object.ts";
import type { ServerKind } from "./server_kind.ts";
import { badRequest } from "./status_error.ts";

/** Label and field selectors (Kubernetes: labels.Parse, fields.ParseSelector). */
export type Selector = (object: KubeObject) => boolean;

const REQUIREMENT =
  /^\s*(?:!\s*(?<absent>[^\s!=,()]+)|(?<key>[^\s!=,()]+)\s*(?:(?<operator>==|=|!=|in|notin)\s*(?<rest>\(.*\)|[^\s,()=!]*))?)\s*$/;

/** Splits at commas outside parentheses. */
function requirements(text: string): string[] {
  return text.split(/,(?![^(]*\))/).filter((part) => part.trim() !== "");
}

function labelRequirement(text: string): Selector {
  const groups = REQUIREMENT.exec(text)?.groups;
  if (!groups) throw badRequest(`unable to parse requirement: ${JSON.stringify(text)}`);
  const { absent, key = "", operator, rest = "" } = groups;
  const label = (object: KubeObject, key: string) => object.metadata.labels?.[key];
  if (absent) return (object) => label(object, absent) === undefined;
  if (!operator) return (object) => label(object, key) !== undefined;
  if (operator === "in" || operator === "notin") {
    if (!rest.startsWith("(")) throw badRequest(`unable to parse requirement: found '${rest}' expected: '('`);
    const values = new Set(rest.slice(1, -1).split(",").map((value) => value.trim()));
    // A missing label satisfies notin, as it satisfies !=.
    return (object) => values.has(label(object, key) ?? "\u0000") === (operator === "in");
  }
  if (rest.startsWith("(")) throw badRequest(`unable to parse requirement: found '(', expected: identifier`);
  return (object) => (label(object, key) === rest) === (operator !== "!=");
}

export function parseLabelSelector(text: string): Selector {
  const all = requirements(text).map(labelRequirement);
  return (object) => all.every((matches) => matches(object));
}

function fieldOf(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const name of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  return value === undefined || value === null ? "" : String(value);
}

/** The name that a selector pins by `metadata.name=`, by which lists and watches are authorised; "" if none. */
export function pinnedName(text: string): string {
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(text)?.[1] ?? "";
}

export function parseFieldSelector(text: string, kind: ServerKind): Selector {
  const all = requirements(text).map((part): Selector => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
    if (!match) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path = "", operator, value = ""] = match;
    const known = path === "metadata.name" || path === "metadata.namespace" || kind.selectableFields?.includes(path);
    if (!known) throw badRequest(`field label not supported: ${path}`);
    return (object) => (fieldOf(object, path) === value) === (operator !== "!=");
  });
  return (object) => all.every((matches) => matches(object));
}
