import type { DemoOptions } from "../commands/mod.ts";
import { clusterIpService, DEMO_GROUP, DEMO_NAMESPACE } from "./bookinfo.ts";
import { prepare, ready, type Stage, VM_HOST } from "./story.ts";

/** Slow enough to type a command in between, fast enough to see it happen. */
const CHANGE_EVERY_MS = 5_000;

/** Stays until the signal, changing the mesh every few seconds. */
export async function stay(stage: Stage, { print, signal }: DemoOptions): Promise<number> {
  await prepare(stage);
  const agent = await stage.startAgent();
  try {
    await ready(agent);
    print(instructions(agent.dns, agent.socket));
    print("\nWhat happens in the cluster from now on; Ctrl-C ends it:");
    for (let turn = 0; !signal.aborted; turn++) {
      await pause(signal);
      if (!signal.aborted) print(`${new Date().toISOString().slice(11, 19)}  ${await change(stage, turn)}`);
    }
    print("\nStopping: the VM leaves the mesh.");
    return 0;
  } finally {
    await agent.stop();
  }
}

/**
 * What stands for `moorline` in another terminal, which is in the same folder.
 *
 * @param npmCommand `exec` where npx started this: then no `deno` need be on the PATH.
 */
export function howToType(isCompiled: boolean, npmCommand: string | undefined): string {
  if (isCompiled) return "moorline";
  return npmCommand === "exec" ? `npx -y deno@${Deno.version.deno} task moorline` : "deno task moorline";
}

function instructions(dns: string, socket: string): string {
  const [host, port] = dns.split(":");
  const moorline = howToType(Deno.build.standalone, Deno.env.get("npm_command"));
  const lines = [
    `dig @${host} -p ${port} productpage.bookinfo.svc.cluster.local`,
    `dig @${host} -p ${port} SRV _http._tcp.reviews.bookinfo.svc.cluster.local`,
    `dig @${host} -p ${port} ${VM_HOST}`,
    `${moorline} resolve --server ${dns} mongodb.bookinfo.svc.cluster.local`,
    `${moorline} resolve --admin ${socket} --explain api.partner.example`,
    `${moorline} status --admin ${socket}`,
    `${moorline} names --admin ${socket}`,
  ];
  return `
The VM is in the mesh: its DNS answers on ${dns}, it is registered from the WorkloadGroup ${DEMO_NAMESPACE}/${DEMO_GROUP}.
Type in another terminal:

${lines.map((line) => `  ${line}`).join("\n")}`;
}

const CHANGES: readonly ((stage: Stage) => Promise<string>)[] = [
  async ({ others }) => {
    await others.apply(clusterIpService("shipping", "10.96.10.9"));
    return "shipping.bookinfo.svc.cluster.local now exists: 10.96.10.9";
  },
  ({ application }) => {
    application.healthy = false;
    return Promise.resolve(`the VM's application fails its probe: ${VM_HOST} loses its address`);
  },
  async ({ others }) => {
    await others.remove("Service", DEMO_NAMESPACE, "shipping");
    return "shipping.bookinfo.svc.cluster.local is gone: NXDOMAIN";
  },
  ({ application }) => {
    application.healthy = true;
    return Promise.resolve(`the VM's application recovers: ${VM_HOST} has its address again`);
  },
  async ({ stopServer }) => {
    await stopServer();
    return "the API server is down: names go on";
  },
  async ({ startServer }) => {
    await startServer();
    return "the API server is back";
  },
];

async function change(stage: Stage, turn: number): Promise<string> {
  return await CHANGES[turn % CHANGES.length]!(stage);
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CHANGE_EVERY_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
