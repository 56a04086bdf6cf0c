import { KubeClient, loadAccess, systemClock } from "../../registry/mod.ts";
import { ApiServer } from "../../registry/server/mod.ts";
import type { SuiteCluster } from "./source_suite.ts";

/** The in-process API server, as the source suite wants a cluster. */
export async function inProcessCluster(): Promise<SuiteCluster> {
  const server = new ApiServer();
  const { url } = server.listen();
  const access = await loadAccess({ parseYaml: JSON.parse, server: url });
  const client = new KubeClient(access, {
    clock: systemClock,
    random: Math.random,
    log: () => {},
    userAgent: "moorline-tests",
  });
  server.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "suite" } });
  server.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
  return {
    client,
    namespace: "suite",
    otherNamespace: "other",
    expire: () => Promise.resolve(server.compact()),
    cut: () => server.cutWatches({ midLine: true }),
    async close() {
      client.close();
      await server.close();
    },
  };
}
