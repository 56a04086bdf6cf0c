import { type Import, importGraph, reachable } from "./import_graph.ts";
import { isProduct, type Rule } from "./repo_file.ts";

/** Which part of the house may import which. What is not listed is forbidden. `deno.json` has the version. */
const DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["agent"],
  "mod.ts": ["registry", "dns", "agent"],
  registry: ["registry"],
  dns: ["dns"],
  agent: ["agent", "registry", "dns", "deno.json"],
  scripts: ["cli.ts", "mod.ts", "registry", "dns", "agent", "scripts", "tests"],
  tests: ["cli.ts", "mod.ts", "registry", "dns", "agent", "scripts", "tests", "deno.json"],
};

/** Each package has one job, and these are the files that do it. Tests and scripts may use any. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  hono: /^agent\/admin\//,
  zod: /^agent\/config\w*(\.ts$|\/)/,
  yaml: /^agent\/(config\w*(\.ts$|\/)|commands\/)/,
  valibot: /^agent\/(mesh|workload)\//,
  "dns-packet": /^dns\/pack\.ts$|^agent\/(demo\/|commands\/resolve\w*\.ts$)/,
};

/** Doors that stand inside another door's folder, and who may go straight through them. */
const INNER_DOORS: readonly { readonly door: RegExp; readonly from: RegExp }[] = [
  { door: /^registry\/server\/mod\.ts$/, from: /^agent\/(demo|commands\/demo)/ },
  { door: /^agent\/commands\//, from: /^cli\.ts$/ },
];

/** The answering worker starts here; it must not drag in what only the control thread needs. */
const WORKER = "dns/answer_worker.ts";
const NOT_IN_WORKER = ["dns/pack.ts", "dns/supervise.ts", "dns/mod.ts"];

function part(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}

function at(edge: Import): string {
  return `${edge.from}:${edge.line}`;
}

/** Imports between the parts of the house go one way. */
export const directions: Rule = (files) =>
  importGraph(files).filter((edge) => edge.target !== undefined).flatMap((edge) => {
    const [from, to] = [part(edge.from), part(edge.target!)];
    const allowed = DIRECTIONS[from];
    if (!allowed) return [`${at(edge)}: ${from} is no part of the house that may import anything`];
    return allowed.includes(to) ? [] : [`${at(edge)}: ${from} must not import ${edge.target}`];
  });

/** Packages only by their name in deno.json, and only where they have their job; registry and dns use no node: modules. */
export const packages: Rule = (files) =>
  importGraph(files).filter((edge) => edge.target === undefined).flatMap(({ specifier, ...edge }) => {
    const where = at({ ...edge, specifier });
    if (/^(npm|jsr|https?|data|file):/.test(specifier)) {
      return [`${where}: ${specifier}: versions stand in deno.json only, import the name`];
    }
    if (!isProduct(edge.from)) return [];
    if (specifier.startsWith("node:")) {
      return /^(registry|dns)\//.test(edge.from) ? [`${where}: ${specifier}: only the web platform and Deno here`] : [];
    }
    const name = specifier.startsWith("@") ? specifier : specifier.split("/")[0]!;
    const place = PACKAGES[name];
    if (!place) return [`${where}: package ${name} has no job in the product`];
    return place.test(edge.from) ? [] : [`${where}: package ${name} belongs into ${place.source}`];
  });

/** Who comes from outside a folder that has a `mod.ts` enters by it; siblings and inner folders import directly. */
export const doors: Rule = (files) => {
  const paths = new Set(files.map((file) => file.path));
  return importGraph(files).filter((edge) => isProduct(edge.from) && edge.target).flatMap((edge) => {
    const target = edge.target!;
    if (INNER_DOORS.some(({ door, from }) => door.test(target) && from.test(edge.from))) return [];
    const folders = target.split("/").slice(0, -1).map((_, i, all) => all.slice(0, i + 1).join("/"));
    const outermost = folders.find((f) => paths.has(`${f}/mod.ts`) && !edge.from.startsWith(`${f}/`));
    const door = `${outermost}/mod.ts`;
    return outermost === undefined || target === door ? [] : [`${at(edge)}: ${target} is entered by ${door}`];
  });
};

/** Neither the server for demo and tests gets into the client, nor anything of the control thread into the worker. */
export const apart: Rule = (files) => {
  const graph = importGraph(files);
  const complaints = graph
    .filter((e) => /^registry\/(?!server\/)/.test(e.from) && e.target?.startsWith("registry/server/"))
    .map((e) => `${at(e)}: the client must not import the server`);
  // The demo is the one that runs a whole agent inside another program.
  const mayRunIt = /^agent\/(mod|demo\/story_agent)\.ts$/;
  const app = graph.filter((e) => e.target === "agent/app.ts" && isProduct(e.from) && !mayRunIt.test(e.from));
  complaints.push(...app.map((e) => `${at(e)}: agent/app.ts knows everyone and is known by agent/mod.ts alone`));
  if (!files.some((file) => file.path === WORKER)) return complaints;
  const seen = reachable(graph, WORKER);
  const dragged = NOT_IN_WORKER.filter((path) => seen.has(path));
  return [...complaints, ...dragged.map((path) => `${WORKER}:1: reaches ${path}, which is for the control thread`)];
};

/** No file imports itself by way of others. Reported once, by its first member. */
export const cycles: Rule = (files) => {
  const graph = importGraph(files);
  const next = Map.groupBy(graph.filter((edge) => edge.target), (edge) => edge.from);
  const done = new Set<string>();
  const complaints: string[] = [];
  const visit = (path: string, trail: string[]) => {
    const seen = trail.indexOf(path);
    if (seen >= 0) {
      complaints.push(`${path}:1: imports itself: ${[...trail.slice(seen), path].join(" -> ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const edge of next.get(path) ?? []) visit(edge.target!, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return complaints;
};
