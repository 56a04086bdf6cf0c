import { must, runCommand } from "../net/command.ts";
import { NetworkNamespace } from "../net/network_namespace.ts";
import { isAbandoned, ownedName } from "../net/owned_name.ts";

/** Where machines and networks have their places while they exist. */
export const MACHINES_FOLDER = "/run/moorline-vm";
/** 10.99.N.0/24: one network for each test process; more at once than this machine can boot. */
const NETWORKS = 200;

/** Takes the first free N: making the folder is atomic, and its name tells whose it is. */
async function takeNumber(): Promise<number> {
  await Deno.mkdir(MACHINES_FOLDER, { recursive: true });
  for (let number = 1; number <= NETWORKS; number++) {
    const place = `${MACHINES_FOLDER}/network-${number}`;
    try {
      await Deno.mkdir(place);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      const owner = await Deno.readTextFile(`${place}/owner`).catch(() => ""); // its owner is between mkdir and write
      if (owner === "" || !isAbandoned(owner)) continue;
    }
    await Deno.writeTextFile(`${place}/owner`, ownedName("net"));
    return number;
  }
  throw new Error(`all ${NETWORKS} networks for test machines are taken: see ${MACHINES_FOLDER}`);
}

/** One end in a machine: its namespace and the address that it has to configure. */
export interface Attachment {
  readonly namespace: NetworkNamespace;
  /** Of the machine, without prefix length; the network is a /24. */
  readonly address: string;
}

/** A bridge on this machine to which test machines are attached: they reach each other and the host, nothing else. */
export class MachineNetwork {
  readonly #number: number;
  readonly #bridge = ownedName("br");
  #machines = 0;

  private constructor(number: number) {
    this.#number = number;
  }

  static async create(): Promise<MachineNetwork> {
    const network = new MachineNetwork(await takeNumber());
    await must(["ip", "link", "add", network.#bridge, "type", "bridge"]);
    await must(["ip", "address", "add", `${network.hostAddress}/24`, "dev", network.#bridge]);
    await must(["ip", "link", "set", network.#bridge, "up"]);
    return network;
  }

  /** This host as the machines see it: their gateway and their DNS server. */
  get hostAddress(): string {
    return `10.99.${this.#number}.1`;
  }

  /** Makes a namespace for a machine, with `eth0` inside and its other end in the bridge. */
  async attach(): Promise<Attachment> {
    const index = ++this.#machines;
    const namespace = await NetworkNamespace.create(`vm${index}`);
    const link = ownedName(`v${index}`);
    await must(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace.name]);
    await must(["ip", "link", "set", link, "master", this.#bridge, "up"]);
    return { namespace, address: `10.99.${this.#number}.${index + 1}` };
  }

  async remove(): Promise<void> {
    await runCommand(["ip", "link", "del", this.#bridge]);
    await Deno.remove(`${MACHINES_FOLDER}/network-${this.#number}`, { recursive: true });
  }
}
