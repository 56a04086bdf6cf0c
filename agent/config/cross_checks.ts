import type { Config } from "./config_type.ts";
import type { Problem } from "./problems.ts";

type Path = readonly PropertyKey[];

/** What no key shows alone: keys that exclude, need or repeat each other. `written` is the document as it was given. */
export function crossChecks(config: Config, written: Readonly<Record<string, unknown>>): Problem[] {
  const cluster = (index: number): Path => written.clusters === undefined ? ["cluster"] : ["clusters", index];
  const workload = (index: number): Path => written.workloads === undefined ? ["workload"] : ["workloads", index];
  return [
    ...config.clusters.flatMap((each, index) => checkCluster(each, cluster(index))),
    ...config.workloads.flatMap((each, index) => checkWorkload(each, workload(index))),
    ...repeats(config.clusters, (each) => each.name, (index) => [...cluster(index), "name"]),
    ...repeats(config.workloads, workloadKey, (index) => [...workload(index), "group"]),
    ...repeats(config.dns.listen, (each) => each.endsWith(":0") ? "" : each, (index) => ["dns", "listen", index]),
    ...repeats(config.dns.zones, (each) => each.zone, (index) => ["dns", "zones", index, "zone"]),
    ...repeats(config.dns.records, (each) => each.name, (index) => ["dns", "records", index, "name"]),
    ...checkDns(config),
    ...checkAdmin(config),
  ];
}

function checkCluster(cluster: Config["clusters"][number], path: Path): Problem[] {
  const problems: Problem[] = [];
  const say = (key: string, text: string) => problems.push({ path: [...path, key], text });
  const credentials = (["tokenFile", "certFile", "exec"] as const).filter((key) => {
    return key === "exec" ? cluster.exec.command !== "" : cluster[key] !== "";
  });
  if (cluster.server !== "" && cluster.kubeconfig !== "") {
    say("server", "and kubeconfig exclude each other; remove one");
    return problems;
  }
  if (cluster.server === "") {
    const alone = ([...credentials, "caFile", "keyFile"] as const).find((key) => key === "exec" || cluster[key] !== "");
    if (alone) say(alone, "is used only together with `server`, which is empty");
  } else if (cluster.server.startsWith("https:")) {
    if (cluster.caFile === "") {
      say("caFile", "is empty; an https server needs the file of the certificates that sign its own");
    }
    if (credentials.length === 0) {
      say("tokenFile", "is empty; a server needs tokenFile, or certFile and keyFile, or exec");
    }
  }
  if (credentials.length > 1) say(credentials[1]!, `and ${credentials[0]} exclude each other; remove one`);
  if ((cluster.certFile === "") !== (cluster.keyFile === "")) {
    const missing = cluster.certFile === "" ? "certFile" : "keyFile";
    say(missing, `is empty; ${missing === "certFile" ? "keyFile" : "certFile"} needs it`);
  }
  if (cluster.exec.command === "" && (cluster.exec.args.length > 0 || cluster.exec.env.length > 0)) {
    say("exec", "has args or env but no command");
  }
  return problems;
}

function checkWorkload(workload: Config["workloads"][number], path: Path): Problem[] {
  const problems: Problem[] = [];
  const say = (key: string, text: string) => problems.push({ path: [...path, key], text });
  const { publish, group, groupFile, service, address, probe } = workload;
  if (publish === "workload-entry" && group === "") say("publish", '"workload-entry" needs `group`, which is empty');
  if (groupFile !== "" && group === "") say("groupFile", "needs `group`, the name of the WorkloadGroup in it");
  if (publish === "endpoint-slice" && service === "") {
    say("publish", '"endpoint-slice" needs `service`, which is empty');
  }
  if (address.length === 2) {
    const families = address.map((each) => each.includes(":") && !/^(cidr|interface):/.test(each) ? 6 : 4);
    if (address[0] === address[1] && address[0] !== "auto" && !address[0]!.startsWith("interface:")) {
      say("address", `${JSON.stringify(address[0])} is named twice; a list of two is for one address of each family`);
    } else if (address.every((each) => /^[\d.]+$|^[\da-f:.]+$/i.test(each)) && families[0] === families[1]) {
      say("address", "lists two addresses of one family; a list of two is for dual stack");
    }
  }
  const methods = (["httpGet", "tcpSocket", "grpc", "exec"] as const).filter((key) =>
    probe.override?.[key] !== undefined
  );
  if (probe.override && methods.length !== 1) {
    const found = methods.length === 0 ? "names no method" : `names ${methods.join(" and ")}`;
    problems.push({
      path: [...path, "probe", "override"],
      text: `${found}; it must have one of httpGet, tcpSocket, grpc, exec`,
    });
  }
  if (methods[0] === "exec" && !probe.exec) {
    problems.push({
      path: [...path, "probe", "exec"],
      text: "is off, but probe.override is an exec probe; set it to on",
    });
  }
  return problems;
}

function checkDns({ dns }: Config): Problem[] {
  const problems: Problem[] = dns.records.flatMap((record, index) => {
    return record.a.length + record.aaaa.length > 0
      ? []
      : [{ path: ["dns", "records", index], text: "has no address; it must have `a` or `aaaa`" }];
  });
  if (dns.cache.minTtl > dns.cache.maxTtl) {
    problems.push({ path: ["dns", "cache", "minTtl"], text: "is longer than dns.cache.maxTtl" });
  }
  return problems;
}

function checkAdmin({ admin }: Config): Problem[] {
  if (admin.public === "" || admin.public !== admin.listen || admin.public.endsWith(":0")) return [];
  return [{ path: ["admin", "public"], text: `"${admin.public}" is also admin.listen; they must differ` }];
}

/** A VM is in a group once: its memory, its metrics and, for one address, its objects are named after the group. */
function workloadKey({ namespace, group }: Config["workloads"][number]): string {
  return group === "" ? "" : `${namespace}/${group}`;
}

/** Items that an earlier one has said already; an empty key never counts. */
function repeats<T>(items: readonly T[], keyOf: (item: T) => string, pathOf: (index: number) => Path): Problem[] {
  const seen = new Set<string>([""]);
  const problems: Problem[] = [];
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key) && key !== "") {
      problems.push({ path: pathOf(index), text: `${JSON.stringify(key)} is used twice; each must be different` });
    }
    seen.add(key);
  }
  return problems;
}
