import { suite } from "uvu";
import { ApiServer } from "../registry/server/mod.ts";
import { assertStory } from "./story_stage.ts";

const test = suite("a VM's life in a mesh");

for (const source of ["watch", "poll"]) {
  test(`is told from start to stop, by ${source}`, async () => {
    await using server = new ApiServer({ collectGarbage: true });
    const { url } = server.listen();
    await assertStory({
      cluster: { name: "demo", server: url, source, pollInterval: "1s" },
      stop: () => server.stop(),
      start: () => Promise.resolve(void server.start()),
    });
  });
}

test.run();
