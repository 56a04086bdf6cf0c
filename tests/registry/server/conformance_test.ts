import { ApiServer } from "../../../registry/server/mod.ts";
import { runConformance } from "./conformance_suite.ts";

runConformance("the in-process API server", () => {
  const server = new ApiServer({
    access: "rbac",
    users: {
      "admin-token": { username: "admin", groups: ["system:masters"] },
      "alice-token": { username: "alice", groups: [] },
    },
  });
  const { url } = server.listen();
  return Promise.resolve({
    url,
    token: "admin-token",
    aliceToken: "alice-token",
    compact: () => Promise.resolve(server.compact()),
    forget: () => Promise.resolve(server.compact()),
    stop: () => server.close(),
  });
});
