import { KubeClient, loadAccess, systemClock } from "../../registry/mod.ts";
import type { SuiteCluster } from "../registry/source_suite.ts";
import { BreakableProxy } from "./breakable_proxy.ts";
import { KubeApiserver } from "./kube_apiserver.ts";

/** The real server behind a proxy that can break connections; a restart forgets what its watch cache knew. */
export async function realCluster(): Promise<SuiteCluster> {
  const server = await KubeApiserver.start();
  const proxy = new BreakableProxy({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
  const tokenFile = `${server.pki.directory}/admin-token`;
  await Deno.writeTextFile(tokenFile, server.adminToken);
  const options = { clock: systemClock, random: Math.random, log: () => {}, userAgent: "moorline-tests" };
  const clientOf = async (url: string) =>
    new KubeClient(
      await loadAccess({ parseYaml: JSON.parse, server: url, caFile: server.pki.caFile, tokenFile }),
      options,
    );
  const client = await clientOf(`https://127.0.0.1:${proxy.port}`);
  const others = await clientOf(server.url);
  for (const name of ["suite", "other"]) {
    const body = JSON.stringify({ metadata: { name } });
    const headers = { "content-type": "application/json" };
    await (await server.request("/api/v1/namespaces", { method: "POST", headers, body })).body?.cancel();
  }
  return {
    client,
    others,
    namespace: "suite",
    otherNamespace: "other",
    async expire() {
      await server.stopApiserver();
      await server.compact();
      await server.startApiserver();
    },
    cut: () => proxy.cut(),
    async close() {
      client.close();
      others.close();
      proxy.close();
      await server.stop();
    },
  };
}
