import { Buffer } from "node:buffer";
import { decode, encode } from "dns-packet";
import { askDns, extendedErrors, openAgent, responseCode } from "../../agent/commands/mod.ts";
import { parseDocument } from "../../agent/config/mod.ts";
import { eventually } from "../../agent/demo/eventually.ts";
import { StoryAgent } from "../../agent/demo/mod.ts";
import { Logger } from "../../agent/log.ts";
import { systemClock } from "../../registry/mod.ts";
import { ApiServer, type Manifest } from "../../registry/server/mod.ts";

/** A whole agent on API servers in this process, asked from outside for names and for reasons. */

/** An API server that listens, with objects; their namespaces are made on the way. */
export function clusterOf(objects: readonly Manifest[], options: ConstructorParameters<typeof ApiServer>[0] = {}) {
  const server = new ApiServer(options);
  for (const object of objects) {
    const { namespace = "default" } = object.metadata as { namespace?: string };
    if (!server.admin.find("Namespace", "", namespace)) {
      server.admin.create({ kind: "Namespace", metadata: { name: namespace } });
    }
    server.admin.create(object);
  }
  server.listen();
  return server;
}

/** A Service with one port. */
export function service(namespace: string, name: string, clusterIP: string): Manifest {
  return { kind: "Service", metadata: { namespace, name }, spec: { clusterIP, ports: [{ name: "http", port: 80 }] } };
}

export function serviceEntry(namespace: string, name: string, spec: Record<string, unknown>): Manifest {
  return { kind: "ServiceEntry", metadata: { namespace, name }, spec };
}

/** The `dns` and cluster sections of a configuration; the rest is the least that runs. */
export interface AgentSections {
  readonly clusters: readonly (Readonly<Record<string, unknown>> & { readonly server: string })[];
  readonly dns: Readonly<Record<string, unknown>>;
}

export class NamedAgent implements AsyncDisposable {
  readonly #agent: StoryAgent;
  readonly #folder: string;

  private constructor(agent: StoryAgent, folder: string) {
    this.#agent = agent;
    this.#folder = folder;
  }

  /** Starts one; resolves when it answers, whatever it knows. */
  static async start({ clusters, dns }: AgentSections): Promise<NamedAgent> {
    const folder = await Deno.makeTempDir();
    const parsed = parseDocument({
      clusters: clusters.map((cluster, index) => ({ name: `cluster-${index}`, ...cluster })),
      workload: { namespace: "default" },
      dns: { listen: ["127.0.0.1:0"], answers: "cluster-ip", families: "both", search: [], ...dns },
      admin: { socket: `${folder}/admin.sock`, listen: "" },
      state: `${folder}/state`,
    });
    if ("problems" in parsed) throw new Error(`this is no configuration: ${JSON.stringify(parsed.problems)}`);
    const logger = new Logger({ level: "error", format: "text", clock: systemClock, write: console.error });
    return new NamedAgent(await StoryAgent.start(parsed.config, logger), folder);
  }

  /** Resolves when everything has been read. */
  async ready(): Promise<this> {
    await eventually("the agent is ready", async () => (await this.#agent.status()).ready);
    return this;
  }

  async get(path: string): Promise<unknown> {
    using client = openAgent(this.#agent.socket);
    return await client.get(path);
  }

  /** Records in words, in order, or the rcode (NODATA too) with the codes of extended errors: `REFUSED 20`. */
  async ask(name: string, type = "A"): Promise<string> {
    const answered = await this.#agent.resolve(name, type);
    if (!/^[A-Z]+$/.test(answered)) return answered;
    const { packet } = await askDns(this.#agent.dns, name, type);
    return [answered, ...extendedErrors(packet).map(({ code }) => code)].join(" ");
  }

  /** A and AAAA at once from one port, as glibc and musl ask; each answer in words, by type. */
  async askBoth(name: string): Promise<Record<string, string>> {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { 0: hostname = "", 1: port } = this.#agent.dns.split(":");
    const to = { transport: "udp", hostname, port: Number(port) } as const;
    const answers: Record<string, string> = {};
    try {
      for (const [id, type] of (["A", "AAAA"] as const).entries()) {
        await socket.send(new Uint8Array(encode({ type: "query", id, flags: 256, questions: [{ name, type }] })), to);
      }
      while (Object.keys(answers).length < 2) {
        const packet = decode(Buffer.from((await socket.receive())[0]));
        const data = (packet.answers ?? []).map((answer) => "data" in answer ? String(answer.data) : "");
        const type = packet.id === 0 ? "A" : "AAAA";
        answers[type] = data.join(" ") || (responseCode(packet) === "NOERROR" ? "NODATA" : responseCode(packet));
      }
      return answers;
    } finally {
      socket.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
