import { Buffer } from "node:buffer";
import { decode, encode, type Packet, type RecordType, type SoaData } from "dns-packet";

const SOA: SoaData = {
  mname: "ns.example",
  rname: "hostmaster.example",
  serial: 1,
  refresh: 7200,
  retry: 1800,
  expire: 86_400,
  minimum: 60,
};
const RECURSION_AVAILABLE = 0x80;
const NXDOMAIN = 3;

/** A DNS server on a free port of loopback that knows the A records it is given, and remembers what it was asked. */
export class OutsideNames implements Disposable {
  /** Each as `name type`. */
  readonly asked: string[] = [];
  readonly #names: Readonly<Record<string, string>>;
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });

  constructor(names: Readonly<Record<string, string>>) {
    this.#names = names;
    this.#serve();
  }

  /** `host:port` */
  get address(): string {
    const { hostname, port } = this.#socket.addr as Deno.NetAddr;
    return `${hostname}:${port}`;
  }

  /** What was asked since the last call. */
  takeAsked(): string[] {
    return this.asked.splice(0);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #serve(): Promise<void> {
    for await (const [packet, from] of this.#socket) {
      await this.#socket.send(new Uint8Array(encode(this.#answer(decode(Buffer.from(packet))))), from);
    }
  }

  #answer({ id = 0, questions = [] }: Packet): Packet {
    const [question = { name: ".", type: "A" as RecordType }] = questions;
    this.asked.push(`${question.name} ${question.type}`);
    const address = this.#names[question.name.toLowerCase()];
    const common: Packet = { type: "response", id, questions };
    if (address !== undefined && question.type === "A") {
      const answer = { type: "A", name: question.name, ttl: 300, data: address } as const;
      return { ...common, flags: RECURSION_AVAILABLE, answers: [answer] };
    }
    const flags = RECURSION_AVAILABLE | (address === undefined ? NXDOMAIN : 0);
    return { ...common, flags, authorities: [{ type: "SOA", name: ".", ttl: 60, data: SOA }] };
  }
}
