import { stringify } from "yaml";
import { isLabel, isLabelKey, isLabelValue, isObjectName } from "../config/mod.ts";
import { type CommandContext, type GivenFlags, UsageError } from "./verb.ts";

/** Most ports that a WorkloadGroup's template may have (Istio's CRD). */
const PORTS_MAX = 128;

/** `moorline group create`: a WorkloadGroup manifest on stdout; names from the configuration unless given. */
export async function groupCreateCommand(context: CommandContext): Promise<number> {
  const { flags, print, loadConfig } = context;
  const isNamed = flags.text("name") !== undefined && flags.text("namespace") !== undefined;
  const [workload] = isNamed ? [] : (await loadConfig()).config.workloads;
  const name = flags.text("name") ?? workload?.group ?? "";
  const namespace = flags.text("namespace") ?? workload?.namespace ?? "";
  if (name === "") throw new UsageError("group create needs --name NAME, since workload.group is empty");
  require(isObjectName(name), "name", name, "a name of lower-case letters, digits, `-` and `.`");
  require(isLabel(namespace), "namespace", namespace, "a namespace's name");
  const manifest = groupManifest(name, namespace, flags);
  print(flags.text("output") === "json" ? `${JSON.stringify(manifest, null, 2)}\n` : stringify(manifest));
  return 0;
}

/** As `istioctl x workload group create` writes it: labels and annotations for the entries, the rest their template. */
function groupManifest(name: string, namespace: string, flags: GivenFlags): Record<string, unknown> {
  const labels = pairs(flags, "labels", isLabelKey, isLabelValue, "KEY=VALUE of a label");
  const annotations = pairs(flags, "annotations", isLabelKey, () => true, "KEY=VALUE of an annotation");
  const ports = Object.entries(pairs(flags, "ports", isPortName, isPort, "NAME=PORT")).slice(0, PORTS_MAX);
  const weight = flags.text("weight");
  const account = flags.text("serviceAccount") ?? "default";
  require(isObjectName(account), "serviceAccount", account, "a service account's name");
  require(weight === undefined || /^\d{1,9}$/.test(weight), "weight", weight ?? "", "a whole number");
  const template = {
    ...(ports.length > 0 && { ports: Object.fromEntries(ports.map(([port, number]) => [port, Number(number)])) }),
    serviceAccount: account,
    ...optional(flags, "network"),
    ...optional(flags, "locality"),
    ...(weight !== undefined && { weight: Number(weight) }),
  };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadGroup",
    metadata: { name, namespace },
    spec: {
      metadata: {
        ...(Object.keys(labels).length > 0 && { labels }),
        ...(Object.keys(annotations).length > 0 && { annotations }),
      },
      template,
    },
  };
}

/** `a=b,c=d`, and the flag several times; a comma within a value cannot be said. */
function pairs(
  flags: GivenFlags,
  name: string,
  isKey: (key: string) => boolean,
  isValue: (value: string) => boolean,
  what: string,
): Record<string, string> {
  const items = flags.all(name).flatMap((text) => text.split(",")).filter((item) => item !== "");
  return Object.fromEntries(items.map((item) => {
    const [key = "", ...rest] = item.split("=");
    const value = rest.join("=");
    require(rest.length > 0 && isKey(key) && isValue(value), name, item, what);
    return [key, value];
  }));
}

function optional(flags: GivenFlags, name: string): Record<string, string> {
  const text = flags.text(name);
  return text === undefined || text === "" ? {} : { [name]: text };
}

function isPortName(name: string): boolean {
  return /^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,60}[a-zA-Z0-9])?$/.test(name);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function require(holds: boolean, flag: string, value: string, allowed: string): void {
  if (!holds) throw new UsageError(`--${flag}: "${value}" is not allowed; it must be ${allowed}`);
}
