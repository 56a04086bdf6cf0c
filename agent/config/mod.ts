/**
 * What a person may write, and what the agent reads from it.
 *
 * `load_config` reads the file, lays variables and flags over it (`settings`) and makes paths absolute; the document
 * goes through the schema (`document_schema` and its sections, one key a line with kind, default and description) and
 * through the checks that no key shows alone (`cross_checks`). Out comes a frozen `Config`, or a `ConfigError` whose
 * lines name origin, key, value and what is allowed. `known_keys` is the schema as data: error messages, variables and
 * the docs are made from it. `print_config` goes the other way, without secrets; `changed_keys` says what a reload may
 * touch.
 */
export { type ChangedKeys, changedKeys } from "./changed_keys.ts";
export type {
  AdminConfig,
  CaptureConfig,
  ClusterConfig,
  Config,
  DnsConfig,
  LogConfig,
  ProbeConfig,
  WorkloadConfig,
} from "./config_type.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { configSchema, isSettable, type KnownKey, knownKeys, type SchemaNode } from "./known_keys.ts";
export { type ConfigSources, DEFAULT_CONFIG_FILE, loadConfig, type LoadedConfig } from "./load_config.ts";
export { isSlip, nearest } from "./nearest.ts";
export {
  isDomain,
  isIp,
  isIpv4,
  isIpv6,
  isLabel,
  isLabelKey,
  isLabelValue,
  isObjectName,
  splitHostPort,
} from "./network_syntax.ts";
export { parseDocument } from "./parse_document.ts";
export { printConfig, writtenConfig } from "./print_config.ts";
export { ConfigError } from "./problems.ts";
export { parseSetting, type Setting, variableName } from "./settings.ts";
export { unservedKeys } from "./unserved_keys.ts";
export { parseYaml } from "./yaml_text.ts";
