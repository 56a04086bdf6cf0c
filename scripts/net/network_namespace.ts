import { type CommandOptions, type CommandResult, must, runCommand } from "./command.ts";
import { isAbandoned, ownedName } from "./owned_name.ts";

/** As `ip -json link` shows it; iproute2 prints an empty object for each link that a filter leaves out. */
interface Link {
  readonly ifname?: string;
}

/** Ends every process that lives in a namespace: of a machine's whole system, its process 1 is enough. */
async function endProcesses(name: string): Promise<void> {
  const { out } = await runCommand(["ip", "netns", "pids", name]);
  for (const pid of out.split("\n").filter((line) => line !== "").map(Number)) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch (error) {
      // It ended between the listing and the signal.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Removes the namespaces and links of tests that were killed, with the processes in them. */
export async function sweepNamespaces(): Promise<void> {
  for (const line of (await must(["ip", "netns", "list"])).split("\n")) {
    const name = line.split(" ")[0] ?? "";
    if (!isAbandoned(name)) continue;
    await endProcesses(name);
    await must(["ip", "netns", "del", name]);
  }
  for (const { ifname = "" } of JSON.parse(await must(["ip", "-json", "link", "show"])) as Link[]) {
    // A veth goes with its other end: it may be gone already.
    if (isAbandoned(ifname)) await runCommand(["ip", "link", "del", ifname]);
  }
}

/**
 * A network namespace for a test, with `lo` up. Needs root on Linux and iproute2.
 *
 * Processes are put inside by `nsenter`, which leaves /sys and the cgroups as they are (`ip netns exec` would not).
 */
export class NetworkNamespace {
  /** As `ip netns list` shows it. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes it; `name` is short (up to 5 characters), for it becomes part of interface names. */
  static async create(name: string): Promise<NetworkNamespace> {
    await sweepNamespaces();
    const namespace = new NetworkNamespace(ownedName(name));
    await must(["ip", "netns", "add", namespace.name]);
    await namespace.must(["ip", "link", "set", "lo", "up"]);
    return namespace;
  }

  /** The file by which the kernel knows it, for `nsenter --net=` and systemd-nspawn. */
  get path(): string {
    return `/run/netns/${this.name}`;
  }

  /** The command line that runs a command inside. */
  command(command: readonly string[]): string[] {
    return ["nsenter", `--net=${this.path}`, "--", ...command];
  }

  run(command: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    return runCommand(this.command(command), options);
  }

  must(command: readonly string[], options?: CommandOptions): Promise<string> {
    return must(this.command(command), options);
  }

  /** Gives `lo` one more address, as a service of its own (`10.96.0.10/32`) or as a resolver (`127.0.0.53/8`). */
  async addAddress(address: string, link = "lo"): Promise<void> {
    await this.must(["ip", "address", "add", address, "dev", link, ...(address.includes(":") ? ["nodad"] : [])]);
  }

  /** Ends what runs inside, then removes it with its links. */
  async remove(): Promise<void> {
    await endProcesses(this.name);
    // The kernel would remove them as well, but some time later, and the other ends with them.
    for (const link of JSON.parse(await this.must(["ip", "-json", "link", "show", "type", "veth"])) as Link[]) {
      if (link.ifname) await this.must(["ip", "link", "del", link.ifname]);
    }
    await must(["ip", "netns", "del", this.name]);
  }
}

/** Joins two namespaces by a cable (a veth pair) and gives each end its address, `10.1.0.1/24`. Returns nothing: the
 * links go with the namespaces. */
export async function connectNamespaces(
  a: { readonly namespace: NetworkNamespace; readonly link: string; readonly address: string },
  b: { readonly namespace: NetworkNamespace; readonly link: string; readonly address: string },
): Promise<void> {
  const peer = ["peer", "name", b.link, "netns", b.namespace.name];
  await must(["ip", "link", "add", a.link, "netns", a.namespace.name, "type", "veth", ...peer]);
  for (const end of [a, b]) {
    await end.namespace.addAddress(end.address, end.link);
    await end.namespace.must(["ip", "link", "set", end.link, "up"]);
  }
}
