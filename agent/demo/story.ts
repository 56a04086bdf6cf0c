import type { DemoApplication } from "./application.ts";
import { bookinfo, clusterIpService, DEMO_GROUP, DEMO_NAMESPACE, DEMO_VM_ADDRESS } from "./bookinfo.ts";
import { eventually } from "./eventually.ts";
import type { OtherClient } from "./other_client.ts";
import type { StoryAgent } from "./story_agent.ts";

/** Where the story takes place: an API server in memory, or a real one. */
export interface Stage {
  readonly others: OtherClient;
  readonly application: DemoApplication;
  /** The port on which `application` listens. */
  readonly probePort: number;
  startAgent(): Promise<StoryAgent>;
  /** The API server goes away, and comes back with all that it had. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
}

/** One thing that must be seen. */
interface Step {
  readonly title: string;
  /** @returns what was seen. @throws Error when it was something else. */
  readonly see: () => Promise<string>;
}

const SERVICE = "productpage.bookinfo.svc.cluster.local";
/** The name that the VM has in the mesh. */
export const VM_HOST = "inventory.bookinfo.mesh";

/**
 * The life of a VM in a mesh, from start to stop: told by `demo --once`, and by the tests on both API servers.
 *
 * @param tell called after each step, also with the one that fails.
 * @returns whether every step came true; the first that does not ends the story.
 */
export async function tellStory(
  stage: Stage,
  tell: (title: string, seen: string, ok: boolean) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  const told: { agent?: StoryAgent } = {};
  try {
    for await (const { title, see } of chapters(stage, told)) {
      try {
        signal?.throwIfAborted();
        tell(title, await see(), true);
      } catch (error) {
        tell(title, error instanceof Error ? error.message : String(error), false);
        return false;
      }
    }
    return true;
  } finally {
    await told.agent?.stop();
  }
}

async function* chapters(stage: Stage, told: { agent?: StoryAgent }): AsyncGenerator<Step> {
  yield { title: "the cluster has a mesh", see: () => prepare(stage) };
  yield {
    title: "the agent starts, and external names answer at once",
    see: async () => {
      told.agent = await stage.startAgent();
      return await answers(told.agent, "www.example.com", "203.0.113.80");
    },
  };
  const agent = told.agent!;
  yield* names(agent);
  yield* membership(stage, agent);
  yield* change(stage, agent);
  yield* outage(stage, agent);
  yield {
    title: "the agent stops: its entry and its lease are gone",
    see: async () => {
      await agent.stop();
      delete told.agent;
      return await noTrace(stage);
    },
  };
  yield {
    title: "it starts while the API server is down: names from the snapshot",
    see: async () => {
      await stage.stopServer();
      told.agent = await stage.startAgent();
      return `${await answers(told.agent, SERVICE, "10.96.10.1")}, and www.example.com ` +
        await answers(told.agent, "www.example.com", "203.0.113.80");
    },
  };
  yield {
    title: "the API server is back: the VM is registered again",
    see: async () => {
      await stage.startServer();
      await eventually("the VM has an entry", async () => (await entryOf(stage)) !== undefined);
      return await answers(told.agent!, VM_HOST, DEMO_VM_ADDRESS);
    },
  };
  yield {
    title: "the end leaves nothing behind",
    see: async () => {
      await told.agent!.stop();
      delete told.agent;
      return await noTrace(stage);
    },
  };
}

async function* names(agent: StoryAgent): AsyncGenerator<Step> {
  yield { title: "every kind is synced and the VM registered: ready", see: () => ready(agent) };
  const cases: readonly [title: string, name: string, type: string, expected: string][] = [
    ["a Service by its cluster IP", SERVICE, "A", "10.96.10.1"],
    ["a type that it has not: NODATA", SERVICE, "AAAA", "NODATA"],
    ["its named port (SRV)", `_http._tcp.${SERVICE}`, "SRV", `9080 ${SERVICE}`],
    ["the name of an address (PTR)", "1.10.96.10.in-addr.arpa", "PTR", SERVICE],
    ["a headless Service by its endpoints", "mongodb.bookinfo.svc.cluster.local", "A", "10.244.1.21 10.244.2.21"],
    ["one endpoint by its hostname", "mongodb-1.mongodb.bookinfo.svc.cluster.local", "A", "10.244.2.21"],
    ["an ExternalName", "catalogue.bookinfo.svc.cluster.local", "A", `10.96.10.1 ${SERVICE}`],
    ["a ServiceEntry's host outside the cluster", "api.partner.example", "A", "198.51.100.20"],
    ["what does not exist in the cluster", "nothing.bookinfo.svc.cluster.local", "A", "NXDOMAIN"],
  ];
  for (const [title, name, type, expected] of cases) {
    yield { title, see: async () => `${name} ${type} ${await answers(agent, name, expected, type)}` };
  }
}

async function* membership(stage: Stage, agent: StoryAgent): AsyncGenerator<Step> {
  yield {
    title: "the VM has a WorkloadEntry, healthy, and a lease",
    see: async () => {
      await eventually("the entry is healthy", async () => await healthOf(stage) === "True");
      const entry = await entryOf(stage);
      await eventually("a lease is held", async () => (await stage.others.list("Lease", DEMO_NAMESPACE)).length === 1);
      return `WorkloadEntry ${entry?.metadata.name}`;
    },
  };
  yield {
    title: "the mesh finds it by name",
    see: async () => `${VM_HOST} ${await answers(agent, VM_HOST, DEMO_VM_ADDRESS)}`,
  };
  yield {
    title: "its application fails: the condition says so, and the name loses it",
    see: async () => {
      stage.application.healthy = false;
      await eventually("the condition is False", async () => await healthOf(stage) === "False");
      return `${VM_HOST} ${await answers(agent, VM_HOST, "NODATA")}`;
    },
  };
  yield {
    title: "its application recovers",
    see: async () => {
      stage.application.healthy = true;
      await eventually("the condition is True", async () => await healthOf(stage) === "True");
      return `${VM_HOST} ${await answers(agent, VM_HOST, DEMO_VM_ADDRESS)}`;
    },
  };
}

async function* change(stage: Stage, agent: StoryAgent): AsyncGenerator<Step> {
  const name = "shipping.bookinfo.svc.cluster.local";
  yield {
    title: "a new Service answers",
    see: async () => {
      await stage.others.apply(clusterIpService("shipping", "10.96.10.9"));
      return `${name} ${await answers(agent, name, "10.96.10.9")}`;
    },
  };
  yield {
    title: "a deleted one does not",
    see: async () => {
      await stage.others.remove("Service", DEMO_NAMESPACE, "shipping");
      return `${name} ${await answers(agent, name, "NXDOMAIN")}`;
    },
  };
  yield {
    title: "the group gets a label: the entry follows",
    see: async () => {
      const labels = { tier: "stock" };
      await stage.others.patch("WorkloadGroup", DEMO_NAMESPACE, DEMO_GROUP, { spec: { metadata: { labels } } });
      await eventually("the entry has the label", async () => {
        return (await entryOf(stage))?.metadata.labels?.["tier"] === "stock";
      });
      return "tier=stock";
    },
  };
  yield {
    title: "somebody deletes the entry: it is put back",
    see: async () => {
      const before = await entryOf(stage);
      await stage.others.remove("WorkloadEntry", DEMO_NAMESPACE, before!.metadata.name);
      const took = await eventually("there is another entry", async () => {
        const entry = await entryOf(stage);
        return entry !== undefined && entry.metadata.uid !== before!.metadata.uid;
      });
      return `after ${Math.round(took)} ms`;
    },
  };
}

async function* outage(stage: Stage, agent: StoryAgent): AsyncGenerator<Step> {
  yield {
    title: "the API server goes away: names go on",
    see: async () => {
      await stage.stopServer();
      return `${SERVICE} ${await answers(agent, SERVICE, "10.96.10.1")}`;
    },
  };
  yield {
    title: "it comes back: changes arrive again",
    see: async () => {
      await stage.startServer();
      await stage.others.apply(clusterIpService("returned", "10.96.10.8"));
      return await answers(agent, "returned.bookinfo.svc.cluster.local", "10.96.10.8");
    },
  };
}

/** Puts the mesh into the cluster. @returns how many objects. */
export async function prepare({ others, probePort }: Pick<Stage, "others" | "probePort">): Promise<string> {
  const objects = bookinfo(probePort);
  for (const object of objects) {
    const { name, namespace = "" } = object.metadata;
    const exists = namespace !== DEMO_NAMESPACE && await others.find(object.kind, namespace, name);
    if (!exists) await others.apply(object);
  }
  return `${objects.length} objects`;
}

/** Waits until a name gives the expected answer. @returns what it gave, and how long that took. */
async function answers(agent: StoryAgent, name: string, expected: string, type = "A"): Promise<string> {
  let last = "";
  const took = await eventually(`${name} ${type} gives ${expected}`, async () => {
    last = await agent.resolve(name, type);
    if (last !== expected) throw new Error(`it gives ${last}`);
    return true;
  });
  return `${last} (${Math.round(took)} ms)`;
}

/** Waits until everything is read and the VM registered. @returns how long that took. */
export async function ready(agent: StoryAgent): Promise<string> {
  const took = await eventually("the agent is ready", async () => {
    const { ready, pending } = await agent.status();
    if (!ready) throw new Error(`pending: ${pending.join(", ")}`);
    return true;
  });
  return `after ${Math.round(took)} ms`;
}

interface Entry {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels?: Record<string, string> };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function entryOf({ others }: Stage): Promise<Entry | undefined> {
  return (await others.list("WorkloadEntry", DEMO_NAMESPACE))[0] as Entry | undefined;
}

async function healthOf(stage: Stage): Promise<string | undefined> {
  return (await entryOf(stage))?.status?.conditions?.find(({ type }) => type === "Healthy")?.status;
}

async function noTrace({ others }: Stage): Promise<string> {
  await eventually("neither entry nor lease is left", async () => {
    const left = await Promise.all(["WorkloadEntry", "Lease"].map((kind) => others.list(kind, DEMO_NAMESPACE)));
    return left.flat().length === 0;
  });
  return "no entry, no lease";
}
