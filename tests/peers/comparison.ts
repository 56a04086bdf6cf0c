/** Ours beside theirs: what differs, which side is right, and why. */
import { type Digest, digest, encodeQuestion, exchange, type Question, SILENT } from "./exchange.ts";
import type { Peer, PeerName } from "./peer.ts";

/** One field of one answer in which a peer says something else. */
export interface Difference {
  readonly peer: PeerName;
  readonly question: Question;
  readonly field: keyof Digest;
  readonly ours: string;
  readonly theirs: string;
}

/** A difference that is as it should be. */
export interface Explanation {
  readonly peers: readonly PeerName[];
  readonly fields: readonly (keyof Digest)[];
  /** Narrows it down further. */
  readonly when?: (difference: Difference) => boolean;
  /** `either`: the standards leave it open. */
  readonly right: "ours" | "theirs" | "either";
  readonly why: string;
}

/** Asks both twice, so that the second answer comes from their caches where they have one. */
export async function compare(ours: number, peer: Peer, questions: readonly Question[]): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const question of questions) {
    const query = encodeQuestion(question);
    const via = question.via ?? "udp";
    for (let round = 0; round < 2; round++) {
      const [left, right] = await Promise.all(
        [ours, peer.port].map(async (port) => digest(query, await exchange(port, query, via))),
      );
      for (const field of Object.keys(left!) as (keyof Digest)[]) {
        if (left![field] === right![field]) continue;
        const silent = left!.rcode === SILENT || right!.rcode === SILENT;
        if (silent && field !== "rcode") continue; // of silence there is nothing to compare
        differences.push({ peer: peer.name, question, field, ours: left![field], theirs: right![field] });
      }
    }
  }
  return differences;
}

/** Prints each kind of difference once, with its reason; gives back those for which there is none. */
export function explain(
  differences: readonly Difference[],
  explanations: readonly Explanation[],
  print: (line: string) => void,
): { readonly unexplained: string[]; readonly unused: string[] } {
  const unexplained = new Set<string>();
  const used = new Map<Explanation, Difference[]>();
  for (const difference of differences) {
    const explanation = explanations.find(({ peers, fields, when }) =>
      peers.includes(difference.peer) && fields.includes(difference.field) && (when?.(difference) ?? true)
    );
    if (!explanation) unexplained.add(differenceText(difference));
    else used.set(explanation, [...used.get(explanation) ?? [], difference]);
  }
  for (const [{ right, why }, found] of used) {
    const peers = [...new Set(found.map(({ peer }) => peer))].join(", ");
    print(`${found.length} x ${peers}: right: ${right}. ${why}\n    ${differenceText(found[0]!)}`);
  }
  return {
    unexplained: [...unexplained],
    unused: explanations.filter((explanation) => !used.has(explanation)).map(({ why }) => why),
  };
}

function differenceText({ peer, question, field, ours, theirs }: Difference): string {
  const { name, type, via = "udp", flags = 0, edns } = question;
  const how = `${via}${flags ? ` flags ${flags.toString(16)}` : ""}${edns ? ` edns ${JSON.stringify(edns)}` : ""}`;
  const short = (value: string) => value.length > 120 ? `${value.slice(0, 120)} ...` : value || "-";
  return `${peer} ${name || "."} ${question.class ?? "IN"} ${type} (${how}): ${field}: ours ${short(ours)}; theirs ${
    theirs || "-"
  }`;
}
