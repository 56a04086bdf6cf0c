import * as assert from "uvu/assert";
import { ApiServer } from "../../registry/server/mod.ts";
import { endToEnd } from "../end_to_end.ts";
import { compare, type Difference, explain } from "./comparison.ts";
import { startMeshAgent } from "./mesh_agent.ts";
import { MESH_EXPLANATIONS } from "./mesh_explanations.ts";
import { createObjects } from "./mesh_objects.ts";
import { MESH } from "./mesh_questions.ts";
import { startOrigin } from "./origin.ts";
import { startCoreDns, whyNoPeers } from "./peer.ts";

const test = await endToEnd("beside CoreDNS on one cluster", whyNoPeers);

test("the cluster's names: no difference without a reason", async () => {
  const folder = await Deno.makeTempDir();
  const origin = startOrigin();
  await using server = new ApiServer({});
  createObjects(server);
  const { url } = server.listen();
  const agent = await startMeshAgent(url, origin.port, folder);
  const coredns = await startCoreDns(folder, origin.port, url);
  let differences: Difference[] = [];
  try {
    differences = await compare(Number(agent.dns.split(":").at(-1)), coredns, MESH);
  } finally {
    await Promise.all([coredns.stop(), agent.stop()]);
    origin.close();
    await Deno.remove(folder, { recursive: true });
  }
  const { unexplained, unused } = explain(differences, MESH_EXPLANATIONS, console.log);
  assert.equal(unexplained, [], "differences without a reason");
  assert.equal(unused, [], "reasons without a difference");
});

test.run();
