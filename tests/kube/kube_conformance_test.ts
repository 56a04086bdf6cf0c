import { runConformance } from "../registry/server/conformance_suite.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

const skipped = await buildKube();

runConformance("kube-apiserver", async () => {
  const server = await KubeApiserver.start({ users: [{ token: "alice-token", username: "alice" }] });
  return {
    url: server.url,
    token: server.adminToken,
    aliceToken: "alice-token",
    client: server.client,
    compact: () => server.compact(),
    stop: () => server.stop(),
  };
}, skipped);
