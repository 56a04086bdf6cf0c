import { portHolder } from "../../dns/mod.ts";
import type { StatusDocument } from "../admin/mod.ts";
import * as checks from "../check/mod.ts";
import { connectClusters } from "../clients.ts";
import type { Config } from "../config/mod.ts";
import { usableFamilies } from "../families.ts";
import { connectToAgent } from "./agent_client.ts";
import { askDns, NoReplyError } from "./resolve_query.ts";
import { answerRecords, responseCode } from "./resolve_records.ts";
import { type CommandContext, NoAgentError } from "./verb.ts";

/** `moorline check`: everything the agent needs, or with `--to` the way to one destination; 1 if anything is wrong. */
export async function checkCommand(context: CommandContext): Promise<number> {
  const { flags, print, loadConfig } = context;
  const { config, file } = await loadConfig();
  const destination = flags.text("to");
  const running = await runningAgent(context);
  const found = destination === undefined
    ? await checkEverything(config, file, running)
    : await checkDestination(config, running, destination);
  const ok = found.every((finding) => finding.ok);
  if (flags.text("output") === "json") print(`${JSON.stringify({ ok, checks: found }, null, 2)}\n`);
  else print(findingsText(found));
  return ok ? 0 : 1;
}

async function checkEverything(
  config: Config,
  file: string | undefined,
  running: StatusDocument | undefined,
): Promise<checks.Finding[]> {
  const domains = config.clusters.map(({ domain }) => domain);
  const groups = await Promise.all([
    [checks.good("configuration", file ?? "the defaults; there is no file")],
    [agentFinding(running)],
    checkClusters(config),
    checks.checkPorts(config, running, portHolder),
    checks.checkUpstreams(config),
    checks.checkHostsFile(readText, domains),
    [checks.checkNameSwitch(readText), checks.checkState(config.state)],
  ]);
  return groups.flat();
}

function agentFinding(running: StatusDocument | undefined): checks.Finding {
  if (running === undefined) return checks.good("agent", "is not running; what it would need is looked at");
  const { pid, version } = running.agent;
  if (running.ready) return checks.good("agent", `is running and ready (version ${version}, process ${pid})`);
  return checks.bad("agent", `is running and waits for ${running.pending.join(", ")}`, "moorline status");
}

async function checkClusters(config: Config): Promise<checks.Finding[]> {
  try {
    const clusters = await connectClusters(config, () => {});
    const found = await Promise.all(clusters.map(async (cluster, index) => {
      const findings = await checks.checkCluster(cluster, index === 0 ? config.workloads : []);
      cluster.client.close();
      return findings;
    }));
    return found.flat();
  } catch (error) {
    return [
      checks.bad("cluster", checks.messageOf(error), "moorline config check; docs/join-a-vm.md says what to write"),
    ];
  }
}

/** Asks the running agent, so that what it serves is followed; without one there is nobody to ask. */
async function checkDestination(
  config: Config,
  running: StatusDocument | undefined,
  destination: string,
): Promise<checks.Finding[]> {
  if (running === undefined) return [agentMissing()];
  const server = (running.dns.listen[0] ?? "").replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
  const families = usableFamilies(config.dns.families, Deno.networkInterfaces());
  return await checks.checkDestination(destination, families, async (name, type) => {
    try {
      const { packet } = await askDns(server, name, type);
      const addresses = answerRecords(packet).filter((record) => record.type === type).map(({ data }) => data);
      const rcode = responseCode(packet);
      return { addresses, reason: rcode === "NOERROR" ? "no record" : rcode };
    } catch (error) {
      if (!(error instanceof NoReplyError)) throw error;
      return { addresses: [], reason: error.message };
    }
  });
}

function agentMissing(): checks.Finding {
  return checks.bad(
    "agent",
    "is not running, and only it knows the mesh's names",
    "moorline run, or systemctl start moorline",
  );
}

async function runningAgent(context: CommandContext): Promise<StatusDocument | undefined> {
  try {
    using agent = await connectToAgent(context);
    return await agent.get("/api/status") as StatusDocument;
  } catch (error) {
    if (error instanceof NoAgentError) return undefined;
    throw error;
  }
}

function findingsText(findings: readonly checks.Finding[]): string {
  const lines = findings.flatMap(({ name, ok, message, fix }) => {
    const line = `${ok ? "ok   " : "WRONG"}  ${name}: ${message}`;
    return ok ? [line] : [line, `       -> ${fix}`];
  });
  const wrong = findings.filter(({ ok }) => !ok).length;
  const sum = wrong === 0 ? "nothing is wrong" : `${wrong} of ${findings.length} ${wrong === 1 ? "is" : "are"} wrong`;
  return `${[...lines, sum].join("\n").replaceAll(/[^\P{Cc}\n]/gu, "?")}\n`;
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // absent or unreadable: the finding says so
  }
}
