import { apiVersionOf, type ServerKind } from "./server_kind.ts";

/** What `kubectl api-resources` reads: versions, groups, and the resources of a group version. */

const VERSION = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0-moorline",
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "linux/amd64",
};

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const versionEntry = (group: string, version: string) => ({ groupVersion: `${group}/${version}`, version });

function groupEntry(group: string, versions: readonly string[]) {
  const all = versions.map((version) => versionEntry(group, version));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function groupsOf(kinds: readonly ServerKind[]): Map<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const { group, versions } of kinds) {
    if (group) groups.set(group, [...new Set([...groups.get(group) ?? [], ...versions])]);
  }
  return groups;
}

function resourceEntries(kind: ServerKind) {
  const { singular, namespaced } = kind;
  const entry = {
    name: kind.plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs: VERBS,
    ...(kind.shortNames ? { shortNames: kind.shortNames } : {}),
  };
  const sub = (name: string, of: string, verbs: string[], more = {}) => (
    { name: `${kind.plural}/${name}`, singularName: "", namespaced, ...more, kind: of, verbs }
  );
  return [
    entry,
    ...(kind.status ? [sub("status", kind.kind, ["get", "patch", "update"])] : []),
    ...(kind.plural === "serviceaccounts"
      ? [sub("token", "TokenRequest", ["create"], { group: "authentication.k8s.io", version: "v1" })]
      : []),
  ];
}

function resourceList(kinds: readonly ServerKind[], group: string, version: string): unknown {
  const here = kinds.filter((kind) => kind.group === group && kind.versions.includes(version));
  if (here.length === 0) return undefined;
  const groupVersion = apiVersionOf(here[0]!, version);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: here.flatMap(resourceEntries) };
}

/** The document at a discovery path; undefined where there is none. Text for the health checks. */
export function discover(kinds: readonly ServerKind[], path: string, address: string): unknown {
  const parts = path.split("/").filter((part) => part !== "");
  const [root, group, version] = parts;
  if (root === "version" && parts.length === 1) return VERSION;
  if (["healthz", "livez", "readyz"].includes(root ?? "") && parts.length === 1) return "ok";
  if (root === "api" && parts.length === 1) {
    const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress: address }];
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs };
  }
  if (root === "api" && parts.length === 2) return resourceList(kinds, "", group!);
  if (root !== "apis") return undefined;
  const groups = groupsOf(kinds);
  if (parts.length === 1) {
    const all = [...groups].map(([name, versions]) => groupEntry(name, versions));
    return { kind: "APIGroupList", apiVersion: "v1", groups: all };
  }
  const versions = groups.get(group!);
  if (!versions) return undefined;
  if (parts.length === 2) return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group!, versions) };
  return resourceList(kinds, group!, version!);
}
