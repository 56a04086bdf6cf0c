import { dirname, resolve } from "node:path";
import { parseDocument as parseYamlDocument } from "yaml";
import type { Config } from "./config_type.ts";
import { formatKey } from "./known_keys.ts";
import { isMap, parseDocument } from "./parse_document.ts";
import { ConfigError, formatProblem } from "./problems.ts";
import { applySettings, environmentSettings, originsOf, type Setting } from "./settings.ts";

/** Read when no other file is named, if it exists. */
export const DEFAULT_CONFIG_FILE = "/etc/moorline/moorline.yaml";

/** A configuration is a page or two; more is another file by mistake. */
const FILE_MAX_BYTES = 1024 * 1024;

/** Keys that hold paths, below `cluster`, `workload`, or at the top. */
const CLUSTER_PATHS = ["kubeconfig", "caFile", "tokenFile", "certFile", "keyFile"] as const;
const OTHER_PATHS = ["dns.upstreamCaFile", "admin.socket", "state"] as const;

export interface ConfigSources {
  /** The file that the user named, absolute; otherwise the default one is read if it is there. */
  readonly file?: string | undefined;
  readonly defaultFile?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** From the command line; they win over everything. */
  readonly settings?: readonly Setting[];
  /** Where the command was typed: paths in variables and flags are relative to it. */
  readonly folder: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read; undefined when there was none. */
  readonly file: string | undefined;
  /** To be logged once: variables that name no key. */
  readonly warnings: readonly string[];
}

/**
 * The effective configuration: flags over environment over file over defaults.
 *
 * @throws ConfigError naming file, key, value and what is allowed.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { document, file } = await readDocument(sources);
  const fromEnvironment = environmentSettings(sources.environment);
  const settings = [...fromEnvironment.settings, ...sources.settings ?? []].map((setting) => {
    return isPathKey(setting.key) ? { ...setting, text: absolute(setting.text, sources.folder) } : setting;
  });
  const parsed = parseDocument(applySettings(document, settings));
  if ("problems" in parsed) {
    const origins = originsOf(settings, document);
    throw new ConfigError(parsed.problems.map((problem) => formatProblem(problem, file, origins)));
  }
  return { config: parsed.config, file, warnings: fromEnvironment.warnings };
}

async function readDocument({ file, defaultFile = DEFAULT_CONFIG_FILE }: ConfigSources) {
  const path = file ?? defaultFile;
  let text: string;
  try {
    const { size, isDirectory } = await Deno.stat(path);
    if (isDirectory) throw new ConfigError([`${path}: is a folder; it must be a YAML or JSON file`]);
    if (size > FILE_MAX_BYTES) {
      throw new ConfigError([`${path}: has ${size} bytes; at most ${FILE_MAX_BYTES} are read`]);
    }
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      if (file === undefined) return { document: {}, file: undefined };
      throw new ConfigError([`${path}: no such file; name an existing one with --config`]);
    }
    const reason = error instanceof Deno.errors.PermissionDenied ? "permission denied" : messageOf(error);
    throw new ConfigError([`${path}: cannot be read (${reason}); it must be a file that this user may read`]);
  }
  return { document: absolutePaths(parseText(text, path), dirname(path)), file: path };
}

/** YAML 1.2, of which JSON is a part. */
function parseText(text: string, path: string): unknown {
  const document = parseYamlDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw new ConfigError([`${path}: line ${line}: ${error.message.split("\n")[0]}; it must be YAML or JSON`]);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    throw new ConfigError([`${path}: ${messageOf(cause)}; it must be YAML or JSON`]);
  }
  if (value !== null && value !== undefined && !isMap(value)) {
    throw new ConfigError([
      `${path}: holds ${Array.isArray(value) ? "a list" : "one value"}; it must be a map of keys`,
    ]);
  }
  return value;
}

/** The document with paths relative to its own folder made absolute. */
function absolutePaths(document: unknown, folder: string): unknown {
  if (!isMap(document)) return document;
  const result = structuredClone(document);
  const fix = (holder: unknown, key: string) => {
    if (isMap(holder) && typeof holder[key] === "string") holder[key] = absolute(holder[key], folder);
  };
  const all = (one: unknown, many: unknown) => [one, ...(Array.isArray(many) ? many : [])];
  for (const cluster of all(result.cluster, result.clusters)) {
    for (const key of CLUSTER_PATHS) fix(cluster, key);
    // As in a kubeconfig: a bare command is looked for in PATH, one with a slash is relative to the file.
    const exec = isMap(cluster) ? cluster.exec : undefined;
    if (isMap(exec) && String(exec.command ?? "").includes("/")) fix(exec, "command");
  }
  for (const workload of all(result.workload, result.workloads)) fix(workload, "groupFile");
  for (const key of OTHER_PATHS) {
    const [section, name] = key.split(".");
    fix(name === undefined ? result : result[section!], name ?? section!);
  }
  return result;
}

/** Whether a key of the configuration holds a path. */
export function isPathKey(key: string): boolean {
  return key === "workload.groupFile" || (OTHER_PATHS as readonly string[]).includes(key) ||
    CLUSTER_PATHS.some((name) => key === formatKey(["cluster", name]));
}

function absolute(path: string, folder: string): string {
  return path.trim() === "" ? path : resolve(folder, path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.split("\n")[0]! : String(error);
}
