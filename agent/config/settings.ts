import { formatKey, isSettable, type KnownKey, knownKeys, type SchemaNode } from "./known_keys.ts";
import { isSlip, nearest } from "./nearest.ts";
import { isMap } from "./parse_document.ts";

/** One key set from outside the file: `dns.ttl`, its text, and who said so (`MOORLINE_DNS_TTL`, `--set`). */
export interface Setting {
  readonly key: string;
  readonly text: string;
  readonly origin: string;
}

const PREFIX = "MOORLINE_";

/** `dns.upstreamTimeout` -> `MOORLINE_DNS_UPSTREAM_TIMEOUT`. */
export function variableName(key: string): string {
  return PREFIX + key.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(".", "_").toUpperCase();
}

/**
 * The settings in an environment, and a warning for each variable of ours that names no key. A warning, not an error:
 * Kubernetes itself puts `MOORLINE_PORT` and the like there when a Service is called moorline.
 */
export function environmentSettings(
  environment: Readonly<Record<string, string>>,
): { settings: Setting[]; warnings: string[] } {
  const settings: Setting[] = [];
  const warnings: string[] = [];
  const names = Object.keys(environment).filter((name) => name.startsWith(PREFIX)).sort();
  if (names.length === 0) return { settings, warnings };
  const keys = new Map(settableKeys().map(({ key }) => [variableName(key), key]));
  for (const name of names) {
    const key = keys.get(name);
    if (key !== undefined) settings.push({ key, text: environment[name]!, origin: name });
    else if (!/_(PORT|SERVICE_HOST|SERVICE_PORT)(_|$)/.test(name.replace(/^MOORLINE/, ""))) {
      const best = nearest(name, keys.keys())!;
      const hint = isSlip(name.slice(PREFIX.length), best.edits) ? `; the nearest is ${best.word}` : "";
      warnings.push(`${name} is ignored: it names no key${hint}`);
    }
  }
  return { settings, warnings };
}

/** Reads `KEY=VALUE`. @throws Error with one sentence when KEY is unknown or no single value. */
export function parseSetting(argument: string, origin: string): Setting {
  const at = argument.indexOf("=");
  if (at < 1) throw new Error(`${origin}: "${argument}" is not KEY=VALUE, such as dns.ttl=10s`);
  const [key, text] = [argument.slice(0, at), argument.slice(at + 1)];
  const keys = settableKeys().map((known) => known.key);
  if (keys.includes(key)) return { key, text, origin: `${origin} ${key}` };
  if (knownKeys().some((known) => known.key === key)) {
    throw new Error(`${origin}: ${key} holds more than one value; write it into the configuration file`);
  }
  const sameName = keys.find((known) => known.split(".").at(-1) === key.split(".").at(-1));
  const best = nearest(key, keys)!;
  const word = isSlip(key, best.edits) ? best.word : sameName ?? best.word;
  throw new Error(`${origin}: ${key} is no known key; the nearest is ${word}`);
}

/** Puts settings into a document, the later over the earlier; into the first item of `clusters` or `workloads`. */
export function applySettings(document: unknown, settings: readonly Setting[]): unknown {
  if (settings.length === 0 || (document !== null && document !== undefined && !isMap(document))) return document;
  const result: Record<string, unknown> = structuredClone(isMap(document) ? document : {});
  const keys = new Map(settableKeys().map((known) => [known.key, known]));
  for (const { key, text } of settings) {
    const path = settingPath(key, result);
    let holder: unknown = result;
    for (const part of path.slice(0, -1)) holder = step(holder, part);
    if (isMap(holder)) holder[String(path.at(-1))] = readText(keys.get(key)!.node, text);
  }
  return result;
}

/** Where a setting's key lies in this document. */
export function settingPath(key: string, document: Readonly<Record<string, unknown>>): (string | number)[] {
  const [section, ...rest] = key.split(".");
  const listed = (section === "cluster" || section === "workload") && document[`${section}s`] !== undefined;
  return listed ? [`${section}s`, 0, ...rest] : [section!, ...rest];
}

/** Each setting's key as `formatProblem` knows it, and its origin. */
export function originsOf(settings: readonly Setting[], document: unknown): Map<string, string> {
  const map = isMap(document) ? document : {};
  return new Map(settings.map(({ key, origin }) => [formatKey(settingPath(key, map)), origin]));
}

/** One level down, made when absent; undefined when something else is there, which the schema will name. */
function step(holder: unknown, part: string | number): unknown {
  if (Array.isArray(holder)) return holder[Number(part)];
  if (!isMap(holder)) return undefined;
  holder[part] ??= {};
  return holder[part];
}

function settableKeys(): KnownKey[] {
  return knownKeys().filter(isSettable);
}

/** A text as the kind of value that the schema wants; what it cannot be stays text, for the schema to refuse. */
function readText(node: SchemaNode, text: string): unknown {
  const kinds = node.anyOf ?? [node];
  if (kinds.some((kind) => kind.const === text || kind.enum?.includes(text))) return text;
  if (kinds.some((kind) => kind.type === "boolean" || kind.const === false) && /^(true|false)$/.test(text)) {
    return text === "true";
  }
  if (kinds.some((kind) => kind.type === "integer") && /^\d+$/.test(text)) return Number(text);
  const isList = kinds.some((kind) => kind.type === "array");
  const isText = kinds.some((kind) => kind.type === "string" && kind.enum === undefined && kind.const === undefined);
  if (isList && (!isText || text.includes(","))) {
    return text === "" ? [] : text.split(",").map((item) => item.trim());
  }
  return text;
}
