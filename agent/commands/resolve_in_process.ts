import { Buffer } from "node:buffer";
import { decode, encode } from "dns-packet";
import type { ResolveExplanation } from "../admin/mod.ts";
import { queryPacket } from "./resolve_query.ts";
import { answerRecords, extendedErrors, responseCode } from "./resolve_records.ts";

/** How the agent's DNS answered one packet. */
export interface Explained {
  /** Absent when it deserves no answer. */
  readonly response?: Uint8Array;
  /** What gave it (`mesh`, `cache`, ...), which rule decided, in a few words, and which upstream servers were asked. */
  readonly outcome?: { readonly source: string; readonly rule: string; readonly asked: readonly string[] };
}

const NO_OUTCOME = { source: "", rule: "", asked: [] };

/** Asks the DNS of this process a question, as a client on this machine would, and says what came of it. */
export async function explainQuestion(
  ask: (packet: Uint8Array) => Promise<Explained>,
  name: string,
  type: string,
): Promise<Omit<ResolveExplanation, "cached" | "mesh">> {
  const { response, outcome: { source, rule, asked } = NO_OUTCOME } = await ask(
    new Uint8Array(encode(queryPacket(name, type))),
  );
  if (!response) return { name, type, rcode: "", source, rule, asked, answers: [], errors: [] };
  const packet = decode(Buffer.from(response));
  return {
    ...{ name, type, source, rule, asked },
    rcode: responseCode(packet),
    answers: answerRecords(packet),
    errors: extendedErrors(packet),
  };
}
