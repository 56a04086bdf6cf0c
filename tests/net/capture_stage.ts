import { type CommandResult, must, runCommand } from "../../scripts/net/command.ts";
import { connectNamespaces, NetworkNamespace } from "../../scripts/net/network_namespace.ts";
import { whyNoNamespaces } from "../../scripts/net/requirements.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const HERE = new URL(".", import.meta.url).pathname;

/** The VM's name server, and a second one that it moves to. */
export const UPSTREAM = "10.99.0.1";
export const SECOND_UPSTREAM = "10.99.0.3";
/** A name that tells who answered: the agent has a record of its own, the upstream says the same of everything. */
export const NAME = "who.corp";
export const BY_AGENT = "10.0.0.5";
export const BY_UPSTREAM = "192.0.2.53";

/** Why capture cannot be tried here, in one clause; undefined if it can. */
export async function whyNoCapture(): Promise<string | undefined> {
  const reason = await whyNoNamespaces();
  if (reason) return reason;
  for (const [program, version] of [["nft", "-v"], ["conntrack", "-V"], ["dig", "-v"], ["unshare", "-V"]] as const) {
    if ((await runCommand([program, version])).code !== 0) return `${program} is not installed`;
  }
  return undefined;
}

/** A process in the VM whose lines are kept. */
export class StageProcess {
  readonly child: Deno.ChildProcess;
  readonly lines: string[] = [];
  #heard = () => {};

  constructor(command: readonly string[]) {
    const [program = "", ...args] = command;
    this.child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    for (const stream of [this.child.stdout, this.child.stderr]) this.#read(stream);
  }

  /** The next line with a word, from `from` on. @throws Error when none comes in time. */
  async line(word: string, from = 0, limitMs = 30_000): Promise<string> {
    const limit = AbortSignal.timeout(limitMs);
    limit.addEventListener("abort", () => this.#heard());
    while (true) {
      const found = this.lines.slice(from).find((line) => line.includes(word));
      if (found !== undefined) return found;
      if (limit.aborted) throw new Error(`no line with ${word}: ${this.lines.slice(-20).join("\n")}`);
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
  }

  async end(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    try {
      this.child.kill(signal);
    } catch {
      // It has ended already.
    }
    await this.child.status;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
      this.#heard();
    }
  }
}

/** A VM whose name server is in another namespace, and Docker's nat table beside ours. */
export class CaptureStage {
  readonly vm: NetworkNamespace;
  readonly outside: NetworkNamespace;
  readonly folder: string;
  readonly upstream: StageProcess;
  readonly #processes: StageProcess[] = [];

  private constructor(vm: NetworkNamespace, outside: NetworkNamespace, folder: string, upstream: StageProcess) {
    this.vm = vm;
    this.outside = outside;
    this.folder = folder;
    this.upstream = upstream;
    this.#processes.push(upstream);
  }

  static async create(): Promise<CaptureStage> {
    const vm = await NetworkNamespace.create("vm");
    const outside = await NetworkNamespace.create("out");
    await connectNamespaces(
      { namespace: vm, link: "eth0", address: "10.99.0.2/24" },
      { namespace: outside, link: "eth0", address: `${UPSTREAM}/24` },
    );
    await outside.addAddress(`${SECOND_UPSTREAM}/24`, "eth0");
    await vm.must(["nft", "-f", "-"], { stdin: DOCKER_LIKE });
    const folder = await Deno.makeTempDir({ prefix: "moorline-capture-" });
    await Deno.mkdir(`${folder}/state`, { mode: 0o700 });
    await must(["cp", "-a", "/etc", folder]);
    await must(["rm", "-f", `${folder}/etc/resolv.conf`]);
    const upstream = new StageProcess(outside.command(deno("plain_upstream.ts", "0.0.0.0")));
    const stage = new CaptureStage(vm, outside, folder, upstream);
    await stage.useServers(UPSTREAM);
    await upstream.line("listening");
    return stage;
  }

  /** The VM's resolv.conf. */
  get resolvConf(): string {
    return `${this.folder}/etc/resolv.conf`;
  }

  /** Writes a resolv.conf with these servers. */
  async useServers(...servers: string[]): Promise<void> {
    await Deno.writeTextFile(this.resolvConf, servers.map((server) => `nameserver ${server}\n`).join(""));
  }

  /** A command line in the VM: its network, and its /etc in place of this machine's. */
  command(command: readonly string[]): string[] {
    const mount = `mount --bind ${this.folder}/etc /etc && exec "$@"`;
    return this.vm.command(["unshare", "--mount", "sh", "-c", mount, "sh", ...command]);
  }

  start(command: readonly string[]): StageProcess {
    const process = new StageProcess(this.command(command));
    this.#processes.push(process);
    return process;
  }

  /** The agent as root, with a cluster that cannot be reached. */
  async startAgent(settings: readonly string[] = ["capture.mode=nftables"]): Promise<StageProcess> {
    const agent = this.start(await this.moorline("run", settings));
    await agent.line("answering");
    return agent;
  }

  /** Runs one of moorline's verbs to its end. */
  async run(verb: string): Promise<CommandResult> {
    return await runCommand(this.command(await this.moorline(verb)));
  }

  /** A command line of moorline with the stage's configuration. */
  async moorline(verb: string, settings: readonly string[] = ["capture.mode=nftables"]): Promise<string[]> {
    const file = `${this.folder}/moorline.yaml`;
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        cluster: { server: "http://127.0.0.1:6443" },
        dns: { records: [{ name: NAME, a: [BY_AGENT] }] },
        admin: { socket: "admin.sock", listen: "" },
        state: "state",
      }),
    );
    const set = settings.flatMap((setting) => ["--set", setting]);
    const runtime = ["run", "-A", "--quiet", "--no-check", "--unstable-net", CLI];
    return [Deno.execPath(), ...runtime, ...verb.split(" "), "--config", file, ...set];
  }

  /** Who answers programs that ask the VM's name server; empty when nobody does. */
  async dig(...more: string[]): Promise<string> {
    const { out } = await this.vm.run(["dig", "+short", "+tries=1", "+time=1", `@${UPSTREAM}`, NAME, ...more]);
    return out.trim().split("\n").filter((line) => !line.startsWith(";")).join();
  }

  /** A client with one open socket. */
  openSocket(): StageProcess {
    return this.start(deno("open_socket.ts", UPSTREAM, NAME));
  }

  /** The capture's table as nft lists it; empty without one. */
  async table(): Promise<string> {
    return (await this.vm.run(["nft", "list", "table", "inet", "moorline_dns"])).out;
  }

  /** Waits until a question has an answer. @throws Error when it does not come in time. */
  async until(what: string, is: () => Promise<boolean>, limitMs = 20_000): Promise<void> {
    const limit = AbortSignal.timeout(limitMs);
    while (!await is()) {
      if (limit.aborted) throw new Error(`not within ${limitMs} ms: ${what}`);
    }
  }

  /** Ends what a test has started, but for the upstream. */
  async clear(): Promise<void> {
    for (const process of this.#processes.splice(1)) await process.end();
    await this.until("the table of the last test is gone", async () => await this.table() === "");
    await this.useServers(UPSTREAM);
  }

  async remove(): Promise<void> {
    for (const process of this.#processes) await process.end();
    await this.vm.remove();
    await this.outside.remove();
    await must(["rm", "-rf", this.folder]);
  }
}

function deno(script: string, ...args: string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--quiet", "--no-check", "--unstable-net", `${HERE}${script}`, ...args];
}

/** Any nat chain beside ours binds a client's open socket to where its first packet went. */
const DOCKER_LIKE = `
table ip nat {
  chain OUTPUT {
    type nat hook output priority -100; policy accept;
    ip daddr != 127.0.0.0/8 fib daddr type local counter
  }
  chain POSTROUTING {
    type nat hook postrouting priority 100; policy accept;
    ip saddr 172.17.0.0/16 oifname != "docker0" counter masquerade
  }
}
`;
