import * as assert from "uvu/assert";
import { ApiServer } from "../../registry/server/mod.ts";
import { endToEnd } from "../end_to_end.ts";
import { FORWARDED } from "./forwarded_questions.ts";
import { startMeshAgent } from "./mesh_agent.ts";
import { createObjects } from "./mesh_objects.ts";
import { MESH } from "./mesh_questions.ts";
import { startOrigin } from "./origin.ts";

const test = await endToEnd("dig reads what we write", async () => {
  const found = await new Deno.Command("sh", { args: ["-c", "command -v dig"] }).output();
  return found.success ? undefined : "dig is not installed (Debian: apt-get install bind9-dnsutils)";
});

/** What dig prints when a message is not as it should be. */
const COMPLAINT = /malformed|warning|got bad|extra bytes|communications error|no servers/i;
/** Of the question, not of the answer: the cluster's domain is one that multicast DNS claims. */
const OF_THE_QUESTION = "is reserved for Multicast DNS";

test("no answer makes dig complain, over UDP or TCP, with and without DNSSEC and cookies", async () => {
  const folder = await Deno.makeTempDir();
  const origin = startOrigin();
  await using server = new ApiServer({});
  createObjects(server);
  const agent = await startMeshAgent(server.listen().url, origin.port, folder);
  const names = new Set([...MESH, ...FORWARDED].map(({ name, type }) => `${name} ${type}`));
  const complaints: string[] = [];
  try {
    for (const how of [["+notcp"], ["+tcp"], ["+dnssec", "+nocookie"], ["+noedns"]]) {
      // dig reads its questions from a file: one process for all.
      const questions = `${folder}/questions`;
      await Deno.writeTextFile(questions, [...names].join("\n") + "\n");
      const args = ["@127.0.0.1", "-p", agent.dns.split(":").at(-1)!, "+tries=1", "+time=3", ...how, "-f", questions];
      const { code, stdout } = await new Deno.Command("dig", { args }).output();
      const lines = new TextDecoder().decode(stdout).split("\n");
      const answers = lines.filter((line) => line.startsWith(";; ->>HEADER<<-")).length;
      assert.equal([code, answers], [0, names.size], `exit code and answers with ${how.join(" ")}`);
      const bad = lines.filter((line) => COMPLAINT.test(line) && !line.includes(OF_THE_QUESTION));
      complaints.push(...bad.map((line) => `${how.join(" ")}: ${line}`));
    }
  } finally {
    await agent.stop();
    origin.close();
    await Deno.remove(folder, { recursive: true });
  }
  assert.equal(complaints, []);
});

test.run();
