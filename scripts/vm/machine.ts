import { dirname } from "node:path";
import { type CommandOptions, type CommandResult, must, runCommand } from "../net/command.ts";
import { isAbandoned, ownedName } from "../net/owned_name.ts";
import { ensureBaseImage } from "./base_image.ts";
import { type Attachment, type MachineNetwork, MACHINES_FOLDER } from "./machine_network.ts";

export interface MachineOptions {
  readonly network: MachineNetwork;
  /** cloud-init's user-data; without it cloud-init has nothing to do. */
  readonly userData?: string;
  /** Debian's; `bookworm` unless given. */
  readonly suite?: string;
  /** A unit that fails at boot is what the test is about, and no reason to give up. */
  readonly degraded?: boolean;
}

/** Memory for what a machine writes: the package twice, journals, state. */
const DISK = "1500m";
const BOOT_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 45_000;
const POLL_MS = 100;

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Unmounts the disks of machines whose test was killed. Their processes ended with the test or with their namespace. */
async function sweepMachines(): Promise<void> {
  for (const entry of Deno.readDirSync(MACHINES_FOLDER)) {
    if (!isAbandoned(entry.name)) continue;
    const folder = `${MACHINES_FOLDER}/${entry.name}`;
    await runCommand(["umount", "--lazy", `${folder}/root`]);
    await runCommand(["umount", "--lazy", folder]);
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * A small real machine for tests: Debian with its own systemd, networkd, resolved and cloud-init, booted by
 * systemd-nspawn in a network namespace of its own, also where process 1 of the host is not systemd. Its disk is an
 * overlay in memory over the shared base image. It shares the host's kernel. Root needed.
 */
export class Machine {
  readonly name: string;
  readonly #folder: string;
  readonly #attachment: Attachment;
  #supervisor: Deno.ChildProcess | undefined;
  #leader = 0;
  readonly #degraded: boolean;

  private constructor(name: string, attachment: Attachment, degraded: boolean) {
    this.name = name;
    this.#folder = `${MACHINES_FOLDER}/${ownedName(name)}`;
    this.#attachment = attachment;
    this.#degraded = degraded;
  }

  /** Makes a machine and boots it; returns when its systemd says that it is up. */
  static async boot(name: string, { network, userData, suite, degraded }: MachineOptions): Promise<Machine> {
    const base = await ensureBaseImage(suite);
    await Deno.mkdir(MACHINES_FOLDER, { recursive: true });
    await sweepMachines();
    const machine = new Machine(name, await network.attach(), degraded ?? false);
    try {
      await machine.#makeDisk(base);
      await machine.#configure(network.hostAddress, userData ?? "#cloud-config\n{}\n");
      await machine.start();
    } catch (error) {
      await machine.remove();
      throw error;
    }
    return machine;
  }

  /** Its address, which the host and the other machines of its network reach. */
  get address(): string {
    return this.#attachment.address;
  }

  async #makeDisk(base: string): Promise<void> {
    const folder = this.#folder;
    await Deno.mkdir(folder);
    await must(["mount", "-t", "tmpfs", "-o", `size=${DISK},mode=0700`, "moorline-vm", folder]);
    for (const part of ["upper", "work", "root"]) await Deno.mkdir(`${folder}/${part}`);
    const layers = `lowerdir=${base},upperdir=${folder}/upper,workdir=${folder}/work`;
    await must(["mount", "-t", "overlay", "-o", layers, "moorline-vm", `${folder}/root`]);
  }

  async #configure(host: string, userData: string): Promise<void> {
    const network = [
      "[Match]",
      "Name=eth0",
      "[Network]",
      `Address=${this.address}/24`,
      `Gateway=${host}`,
      `DNS=${host}`,
      "IPv6AcceptRA=no",
    ];
    await this.write("/etc/systemd/network/10-eth0.network", `${network.join("\n")}\n`);
    await this.write("/etc/machine-id", `${crypto.randomUUID().replaceAll("-", "")}\n`);
    const seed = "/var/lib/cloud/seed/nocloud";
    await this.write(`${seed}/meta-data`, `instance-id: ${crypto.randomUUID()}\nlocal-hostname: ${this.name}\n`);
    await this.write(`${seed}/user-data`, userData);
  }

  /** Boots it from its disk. */
  async start(): Promise<void> {
    const nspawn = [
      ...["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--console=pipe", "--settings=no"],
      ...[`--machine=${this.name}`, `--directory=${this.#folder}/root`],
      ...["--resolv-conf=off", "--timezone=off", "--link-journal=no"],
      ...[`--network-namespace-path=${this.#attachment.namespace.path}`, "--capability=CAP_NET_ADMIN,CAP_SYS_ADMIN"],
    ];
    const script = `exec ${nspawn.join(" ")} >>${this.#folder}/console 2>&1`;
    this.#supervisor = new Deno.Command("sh", { args: ["-c", script], stdin: "null" }).spawn();
    this.#leader = 0;
    let said = "";
    for (let waited = 0; waited < BOOT_LIMIT_MS; waited += POLL_MS) {
      said = await this.#bootState();
      if (said === "running" || (said === "degraded" && this.#degraded)) return;
      if (said === "degraded") {
        throw new Error(
          `${this.name} booted, but failed: ${await this.must("systemctl --failed --plain --no-legend")}`,
        );
      }
      await pause(POLL_MS);
    }
    const console = await Deno.readTextFile(`${this.#folder}/console`);
    throw new Error(`${this.name} did not come up in ${BOOT_LIMIT_MS / 1000} s (${said}): ${console.slice(-1000)}`);
  }

  /** What its systemd says of itself; empty while there is none to ask. */
  async #bootState(): Promise<string> {
    // The supervisor's first child makes the machine's first process and ends: it is not the one to enter.
    if (!await hasNamespaces(this.#leader)) {
      const { out } = await runCommand(["pgrep", "-P", String(this.#supervisor!.pid)]);
      this.#leader = Number(out.split("\n")[0]);
      if (this.#leader === 0) return "";
    }
    return (await this.run("systemctl is-system-running")).out.trim();
  }

  /** Runs a line of shell inside, as root. */
  run(line: string, options?: CommandOptions): Promise<CommandResult> {
    const enter = ["nsenter", "-t", String(this.#leader), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--"];
    const clean = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME=/root", "LANG=C.UTF-8"];
    return runCommand([...enter, ...clean, "sh", "-c", line], options);
  }

  /** Runs a line of shell inside that has to succeed; returns what it printed. */
  async must(line: string, options?: CommandOptions): Promise<string> {
    const { code, out, err } = await this.run(line, options);
    if (code !== 0) throw new Error(`${this.name}: ${line}: exit code ${code}: ${(err || out).trim().slice(-1500)}`);
    return out.trimEnd();
  }

  /** Runs a line again and again until it succeeds; returns what it printed. Throws what it said last. */
  async until(line: string, limitMs = 20_000): Promise<string> {
    for (let waited = 0;; waited += POLL_MS) {
      if (waited >= limitMs) return await this.must(line);
      const { code, out } = await this.run(line);
      if (code === 0) return out.trimEnd();
      await pause(POLL_MS);
    }
  }

  /** Writes a file on its disk, running or not. */
  async write(path: string, text: string, mode = 0o644): Promise<void> {
    const target = `${this.#folder}/root${path}`;
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeTextFile(target, text);
    await Deno.chmod(target, mode);
  }

  /** Copies a file of the host onto its disk, with its mode. */
  async copy(from: string, path: string): Promise<void> {
    const target = `${this.#folder}/root${path}`;
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(from, target);
  }

  /** Shuts it down as an operator would; the disk stays. */
  async stop(): Promise<void> {
    // nspawn turns SIGTERM into the machine's own orderly shutdown.
    await this.#end("SIGTERM");
  }

  /** A power cut: everything that runs in it is gone at once, the disk stays as it is. */
  async powerCut(): Promise<void> {
    if (this.#leader !== 0) await runCommand(["kill", "-KILL", String(this.#leader)]);
    await this.#end("SIGKILL");
  }

  async reboot(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const supervisor = this.#supervisor;
    if (!supervisor) return;
    this.#supervisor = undefined;
    try {
      supervisor.kill(signal);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
    }
    const limit = setTimeout(() => supervisor.kill("SIGKILL"), STOP_LIMIT_MS);
    await supervisor.status;
    clearTimeout(limit);
    // The supervisor is gone before the last process of the machine is: until then one could still enter it.
    for (let waited = 0; waited < STOP_LIMIT_MS && await hasNamespaces(this.#leader); waited += POLL_MS) {
      await pause(POLL_MS);
    }
  }

  /** Ends it and forgets its disk. */
  async remove(): Promise<void> {
    await this.powerCut();
    await this.#attachment.namespace.remove();
    await runCommand(["umount", "--lazy", `${this.#folder}/root`]);
    await runCommand(["umount", "--lazy", this.#folder]);
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Whether a process is more than a zombie. */
async function hasNamespaces(pid: number): Promise<boolean> {
  return pid !== 0 && await Deno.readLink(`/proc/${pid}/ns/pid`).then(() => true, () => false);
}
