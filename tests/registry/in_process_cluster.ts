import { KubeClient, loadAccess, systemClock } from "../../registry/mod.ts";
import { ApiServer } from "../../registry/server/mod.ts";
import type { SuiteCluster } from "./source_suite.ts";

/** The in-process API server, as the source suite wants a cluster. */
export async function inProcessCluster(): Promise<SuiteCluster> {
  const server = new ApiServer();
  const { url } = server.listen();
  const access = await loadAccess({ parseYaml: JSON.parse, server: url });
  const options = { clock: systemClock, random: Math.random, log: () => {}, userAgent: "moorline-tests" };
  const [client, others] = [new KubeClient(access, options), new KubeClient(access, options)];
  server.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "suite" } });
  server.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
  return {
    client,
    others,
    namespace: "suite",
    otherNamespace: "other",
    expire: () => Promise.resolve(server.compact()),
    cut: () => server.cutWatches({ midLine: true }),
    async close() {
      client.close();
      others.close();
      await server.close();
    },
  };
}
