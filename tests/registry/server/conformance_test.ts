import { suite } from "uvu";
import { ApiServer } from "../../../registry/server/mod.ts";
import { addConformanceCases, type StartedTarget } from "./conformance_suite.ts";

function start(watchList: boolean): Promise<StartedTarget> {
  const server = new ApiServer({
    access: "rbac",
    watchList,
    users: {
      "admin-token": { username: "admin", groups: ["system:masters"] },
      "alice-token": { username: "alice", groups: [] },
    },
  });
  return Promise.resolve({
    url: server.listen().url,
    token: "admin-token",
    aliceToken: "alice-token",
    watchList,
    compact: () => Promise.resolve(server.compact()),
    forget: () => Promise.resolve(server.compact()),
    stop: () => server.close(),
  });
}

const test = suite("conformance of the API server in memory");
addConformanceCases(test, () => start(true));
test.run();

const old = suite("conformance of the API server in memory without watch-lists");
addConformanceCases(old, () => start(false), ["watch-list"]);
old.run();
