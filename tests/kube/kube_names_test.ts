import { KubeClient, loadAccess, systemClock } from "../../registry/mod.ts";
import { addServedTables, type ServedContext, TABLE_NAMESPACES } from "../agent/mesh/served_tables.ts";
import { endToEnd } from "../end_to_end.ts";
import { applyManifests } from "./cluster_setup.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

interface KubeContext extends ServedContext {
  server: KubeApiserver;
}

const test = await endToEnd<KubeContext>(
  "the tables of names, from kube-apiserver",
  async () => await buildKube() || undefined,
);

/** The ClusterIPs of the tables. The server's own range stays another one: `default/kubernetes` lives there. */
const CLUSTER_IPS = ["10.0.0.0/12", "1234:abcd::/64", "10::/64", "fd00::/64"];

test.before(async (context) => {
  const server = context.server = await KubeApiserver.start();
  const tokenFile = `${server.pki.directory}/names-token`;
  await Deno.writeTextFile(tokenFile, server.adminToken);
  const access = await loadAccess({ parseYaml: JSON.parse, server: server.url, caFile: server.pki.caFile, tokenFile });
  const options = { clock: systemClock, random: Math.random, log: () => {}, userAgent: "moorline-tests" };
  context.client = new KubeClient(access, options);
  const namespaces = TABLE_NAMESPACES.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  await applyManifests(server, namespaces);
  await Promise.all(CLUSTER_IPS.map((cidr, index) => addClusterIps(server, `tables-${index}`, cidr)));
});

/** A range of ClusterIPs, which counts once a controller, that is not here, has said that it is ready. */
async function addClusterIps(server: KubeApiserver, name: string, cidr: string): Promise<void> {
  const apiVersion = "networking.k8s.io/v1";
  await applyManifests(server, [{ apiVersion, kind: "ServiceCIDR", metadata: { name }, spec: { cidrs: [cidr] } }]);
  const lastTransitionTime = "2026-01-01T00:00:00Z";
  const ready = { type: "Ready", status: "True", reason: "Tests", message: "", lastTransitionTime };
  const response = await server.request(`/apis/${apiVersion}/servicecidrs/${name}/status`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ status: { conditions: [ready] } }),
  });
  if (!response.ok) throw new Error(`ServiceCIDR ${name} is not ready: ${await response.text()}`);
  await response.body?.cancel();
}

test.after(async ({ client, server }) => {
  client?.close();
  await server?.stop();
});

addServedTables(test, 8);

test.run();
