import { endToEnd } from "../end_to_end.ts";
import { addConformanceCases } from "../registry/server/conformance_suite.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

const test = await endToEnd("conformance of kube-apiserver", async () => await buildKube() || undefined);
addConformanceCases(test, async () => {
  const server = await KubeApiserver.start({ users: [{ token: "alice-token", username: "alice" }] });
  return {
    url: server.url,
    token: server.adminToken,
    aliceToken: "alice-token",
    watchList: await server.hasWatchList(),
    client: server.client,
    compact: () => server.compact(),
    // The API server answers old lists from snapshots of its own, which end with it.
    forget: async () => {
      await server.compact();
      await server.stopApiserver();
      await server.startApiserver();
    },
    stop: () => server.stop(),
  };
});
test.run();
