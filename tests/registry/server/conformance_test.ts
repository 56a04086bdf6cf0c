import { suite } from "uvu";
import { ApiServer } from "../../../registry/server/mod.ts";
import { addConformanceCases } from "./conformance_suite.ts";

const test = suite("conformance of the API server in memory");
addConformanceCases(test, () => {
  const server = new ApiServer({
    access: "rbac",
    users: {
      "admin-token": { username: "admin", groups: ["system:masters"] },
      "alice-token": { username: "alice", groups: [] },
    },
  });
  return Promise.resolve({
    url: server.listen().url,
    token: "admin-token",
    aliceToken: "alice-token",
    compact: () => Promise.resolve(server.compact()),
    forget: () => Promise.resolve(server.compact()),
    stop: () => server.close(),
  });
});
test.run();
