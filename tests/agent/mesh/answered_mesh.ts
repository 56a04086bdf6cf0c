import * as dnsPacket from "dns-packet";
import { Buffer } from "node:buffer";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import { DnsService, type NameDelta } from "../../../dns/mod.ts";
import { serviceOptions } from "../../dns/service_options.ts";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

/** From objects to packets: what a client is told of them, in words. */

/** Nobody is there, which is enough to see that somebody was asked. */
const NOBODY = ["127.0.0.1:1"];

const RCODES: Record<number, string> = { 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED" };

/** A mesh that answers questions. */
export class AnsweredMesh {
  readonly #names: PublishedNames;
  readonly #dns: DnsService;

  private constructor(names: PublishedNames, dns: DnsService) {
    this.#names = names;
    this.#dns = dns;
  }

  static of(objects: readonly TestManifest[], rules: Partial<MeshRules> = {}): Promise<AnsweredMesh> {
    return AnsweredMesh.over(new MemoryCluster().apply(...objects), rules);
  }

  static async over(cluster: MemoryCluster, rules: Partial<MeshRules> = {}): Promise<AnsweredMesh> {
    const names = new PublishedNames([cluster], rules);
    names.settle();
    const options = serviceOptions({ upstream: NOBODY });
    const dns = new DnsService({ ...options, rules: { ...options.rules, domains: [cluster.domain] } });
    const delta: NameDelta = { put: [...names.entries.values()], remove: [] };
    await dns.publish(delta);
    return new AnsweredMesh(names, dns);
  }

  get names(): PublishedNames {
    return this.#names;
  }

  /**
   * The answer section in words, sorted, each record as `OWNER TYPE DATA` where the owner is not the question;
   * `NXDOMAIN`, `NODATA` or `upstream` when there is none.
   */
  async ask(name: string, type: dnsPacket.RecordType): Promise<string[]> {
    const query = dnsPacket.encode({ type: "query", id: 1, flags: 256, questions: [{ type, name }] });
    const { response, outcome } = await this.#dns.explain(new Uint8Array(query));
    if (response === undefined || (outcome?.asked.length ?? 0) > 0) return ["upstream"];
    const { answers = [], authorities = [], flags = 0 } = dnsPacket.decode(Buffer.from(response));
    const rcode = RCODES[flags & 15];
    if (rcode !== undefined) return [rcode];
    if (answers.length > 0) return answers.map((answer) => words(answer, name)).sort();
    return [authorities.some((record) => record.type === "SOA") ? "NODATA" : "NODATA without SOA"];
  }
}

/** Objects of one mesh, and many questions. */
export interface PacketTable {
  readonly objects: readonly TestManifest[];
  readonly rules?: Partial<MeshRules>;
  /** Name and type, then what `AnsweredMesh.ask` says to that. */
  readonly cases: readonly (readonly [name: string, type: dnsPacket.RecordType, ...answer: string[]])[];
}

/** Makes a test of each question. */
export async function testPackets(test: Test, { objects, rules, cases }: PacketTable): Promise<void> {
  const mesh = await AnsweredMesh.of(objects, rules);
  for (const [name, type, ...answer] of cases) {
    test(`${name} ${type}`, async () => assert.equal(await mesh.ask(name, type), answer));
  }
}

function words(answer: dnsPacket.Answer, question: string): string {
  const owner = answer.name.toLowerCase() === question.toLowerCase() ? "" : `${answer.name} ${answer.type} `;
  return `${owner}${dataOf(answer)}`;
}

function dataOf(answer: dnsPacket.Answer): string {
  switch (answer.type) {
    case "A":
    case "AAAA":
    case "PTR":
    case "NS":
    case "CNAME":
      return answer.data;
    case "SRV":
      return `${answer.data.priority} ${answer.data.weight} ${answer.data.port} ${answer.data.target}`;
    case "TXT":
      return [answer.data].flat().map(String).join(" ");
    case "SOA":
      return `${answer.data.mname} ${answer.data.rname} ${answer.data.minimum}`;
    default:
      return answer.type;
  }
}
