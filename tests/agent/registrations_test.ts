import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseDocument } from "../../agent/config/mod.ts";
import { eventually } from "../../agent/demo/eventually.ts";
import { StoryAgent } from "../../agent/demo/mod.ts";
import { Logger } from "../../agent/log.ts";
import { systemClock } from "../../registry/mod.ts";
import { ApiServer } from "../../registry/server/mod.ts";

const test = suite("registrations of a whole agent");

const folder = await Deno.makeTempDir();
const server = new ApiServer();
const { url } = server.listen();
for (const name of ["old", "new"]) {
  server.admin.create({ kind: "WorkloadGroup", metadata: { namespace: "default", name }, spec: { template: {} } });
}

test.after(async () => {
  await server.close();
  await Deno.remove(folder, { recursive: true });
});

const names = (kind: string) => server.admin.list(kind, "default").map(({ metadata }) => metadata.name ?? "").join();

/** Runs an agent that keeps its entry when it stops, until something holds. */
async function runUntil(workload: Record<string, unknown>, what: string, holds: () => boolean): Promise<void> {
  const parsed = parseDocument({
    cluster: { server: url },
    workload: { address: "10.0.0.5", onStop: "keep", ...workload },
    dns: { listen: ["127.0.0.1:0"], answers: "cluster-ip", upstream: ["127.0.0.1:1"], search: [] },
    admin: { socket: `${folder}/admin.sock`, listen: "" },
    state: `${folder}/state`,
  });
  if ("problems" in parsed) throw new Error(`this is no configuration: ${JSON.stringify(parsed.problems)}`);
  const logger = new Logger({ level: "error", format: "text", clock: systemClock, write: console.error });
  const agent = await StoryAgent.start(parsed.config, logger);
  try {
    await eventually(what, () => Promise.resolve(holds()));
  } finally {
    await agent.stop();
  }
}

test("what a former configuration registered goes when the agent starts with another", async () => {
  await runUntil({ group: "old" }, "registered in the old group", () => names("Lease") === "old-10.0.0.5");
  assert.is(names("WorkloadEntry"), "old-10.0.0.5", "kept over the stop");
  const isMoved = () => names("WorkloadEntry") === "new-10.0.0.5" && names("Lease") === "new-10.0.0.5";
  await runUntil({ group: "new" }, "registered in the new group alone", isMoved);
  await runUntil({ group: "new", publish: "none" }, "registered nowhere", () => names("WorkloadEntry") === "");
});

test.run();
