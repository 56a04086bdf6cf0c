import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { MeshKindName } from "../../../agent/mesh/cluster_view.ts";
import { meshKinds } from "../../../agent/mesh/mesh_kinds.ts";
import { ApiError, type Identified, type Kind, type KubeClient } from "../../../registry/mod.ts";
import { answerModeCases } from "./answer_mode_cases.ts";
import { AnsweredMesh, type PacketTable } from "./answered_mesh.ts";
import { dnsPageExamples } from "./dns_page_examples.ts";
import { istioDns } from "./istio_dns_cases.ts";
import { kubernetesDns } from "./kubernetes_dns_cases.ts";
import { MemoryCluster, PLURALS, type TestManifest } from "./memory_mesh.ts";
import { assertAnswers, type NameCase } from "./name_cases.ts";
import { precedenceCases } from "./precedence_cases.ts";
import { serviceCases } from "./service_cases.ts";
import { serviceEntryCases } from "./service_entry_cases.ts";
import { visibilityCases } from "./visibility_cases.ts";

/** The tables of names once more, from objects that a server accepted, completed, stored and listed. */

const NAME_TABLES: readonly (readonly [title: string, cases: readonly NameCase[]])[] = [
  ["Services", serviceCases],
  ["answers", answerModeCases],
  ["ServiceEntries", serviceEntryCases],
  ["visibility", visibilityCases],
  ["precedence", precedenceCases],
];
const PACKET_TABLES: readonly (readonly [title: string, table: PacketTable])[] = [
  ["Kubernetes in packets", kubernetesDns],
  ["Istio in packets", istioDns],
  ...dnsPageExamples.map((table): [string, PacketTable] => [`docs/dns.md, ${table.cases[0]?.[0]}`, table]),
];

/** Every namespace that the tables use; a server must have them before the tests begin. */
export const TABLE_NAMESPACES: readonly string[] = [
  ...new Set(
    [...NAME_TABLES.flatMap(([, cases]) => cases), ...PACKET_TABLES.map(([, table]) => table)]
      .flatMap(({ objects }) => objects).map(({ namespace = "default" }) => namespace),
  ),
].filter((namespace) => namespace !== "default");

export interface ServedContext {
  client: KubeClient;
}

/**
 * Makes a test of each line of each table.
 *
 * @param refusable how many lines may have an object that cannot exist on this server. They are named in the output.
 */
export function addServedTables(test: Test<ServedContext>, refusable: number): void {
  const refused: string[] = [];
  let asked = 0;
  const add = (title: string, objects: readonly TestManifest[], ask: (cluster: MemoryCluster) => Promise<void>) =>
    test(title, async ({ client }) => {
      await withObjects(client, objects, async (refusal) => {
        if (refusal !== undefined) return void refused.push(`${title}: ${refusal}`);
        asked++;
        await ask(await listed(client));
      });
    });
  for (const [table, cases] of NAME_TABLES) {
    for (const line of cases) {
      add(`${table}: ${line.title}`, line.objects, (cluster) => Promise.resolve(assertAnswers(cluster, line)));
    }
  }
  for (const [title, { objects, rules, cases }] of PACKET_TABLES) {
    add(title, objects, async (cluster) => {
      const mesh = await AnsweredMesh.over(cluster, rules);
      for (const [name, type, ...answer] of cases) {
        assert.equal(await mesh.ask(name, type), answer, `${name} ${type}`);
      }
    });
  }
  test("hardly a line has objects that this server refuses", () => {
    if (refused.length > 0) console.log(`\nobjects that cannot exist here:\n  ${refused.join("\n  ")}`);
    assert.ok(refused.length <= refusable, `${refused.length} lines refused, ${refusable} expected`);
    assert.ok(asked >= 100, `only ${asked} lines asked`);
  });
}

/** Creates objects, lets them be looked at, and removes them. Calls back with why the server refused one of them. */
async function withObjects(
  client: KubeClient,
  objects: readonly TestManifest[],
  look: (refusal: string | undefined) => Promise<void>,
): Promise<void> {
  const made = await Promise.allSettled(objects.map((object) => create(client, object)));
  try {
    const failures = made.flatMap((result) => result.status === "rejected" ? [result.reason as unknown] : []);
    const unexpected = failures.find((error) => !(error instanceof ApiError && [400, 422].includes(error.status)));
    if (unexpected !== undefined) throw unexpected;
    await look(failures.length > 0 ? failures.map((error) => (error as Error).message).join("; ") : undefined);
  } finally {
    await Promise.all(objects.map(async ({ kind, name, namespace = "default" }) => {
      try {
        await client.resource(kindOf(kind)).delete(namespace, name);
      } catch (error) {
        // It was refused, or the table names it twice.
        if (!(error instanceof ApiError && error.isNotFound)) throw error;
      }
    }));
  }
}

function kindOf(kind: TestManifest["kind"]): Kind<Identified> {
  return meshKinds[PLURALS[kind]];
}

async function create(client: KubeClient, manifest: TestManifest): Promise<void> {
  const { kind, name, namespace = "default", labels, annotations, status, created: _, ...rest } = manifest;
  const resource = client.resource(kindOf(kind));
  const metadata = { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) };
  const body = kind === "Service" ? { ...rest, spec: completeService(rest["spec"] as Record<string, unknown>) } : rest;
  await resource.create({ metadata, ...body });
  if (status) await resource.mergeStatus(namespace, name, status as Record<string, unknown>);
}

/** What the tables leave out of a Service, and a server wants to be told. */
function completeService({ clusterIP, clusterIPs, ...spec }: Record<string, unknown>): Record<string, unknown> {
  if (spec["type"] === "ExternalName") return spec;
  const addresses = Array.isArray(clusterIPs) ? clusterIPs : [clusterIP];
  return {
    ports: [{ port: 80 }],
    ...spec,
    clusterIP: addresses[0],
    clusterIPs: addresses,
    ...(addresses.length > 1 && { ipFamilyPolicy: "RequireDualStack" }),
  };
}

/** The whole cluster, as an agent lists it. */
async function listed(client: KubeClient): Promise<MemoryCluster> {
  const cluster = new MemoryCluster();
  const hold = async <K extends MeshKindName>(kind: K) =>
    void cluster.hold(kind, await client.resource(meshKinds[kind]).list());
  await Promise.all((Object.keys(meshKinds) as MeshKindName[]).map((kind) => hold(kind)));
  return cluster;
}
