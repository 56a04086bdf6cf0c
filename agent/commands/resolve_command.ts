import type { ResolveExplanation } from "../admin/mod.ts";
import { isIp, isIpv4 } from "../config/mod.ts";
import { connectToAgent } from "./agent_client.ts";
import { askDns, isRecordType, NoReplyError, serverAt } from "./resolve_query.ts";
import { explanationText } from "./explanation_text.ts";
import { answerRecords, extendedErrors, type RecordText, responseCode } from "./resolve_records.ts";
import { type CommandContext, UsageError } from "./verb.ts";

/** Exit codes: an answer; SERVFAIL, REFUSED or no reply; the name or the type does not exist. */
const ANSWERED = 0;
const FAILED = 1;
const NOT_FOUND = 4;

/** `resolve -o json`; `rcode` is empty and `milliseconds` null when nobody answered. */
interface ResolveDocument {
  readonly name: string;
  readonly type: string;
  readonly server: string;
  readonly rcode: string;
  readonly answers: readonly RecordText[];
  readonly errors: readonly { readonly code: number; readonly text: string }[];
  readonly milliseconds: number | null;
}

/** `moorline resolve NAME [TYPE]`: asks the agent's DNS server, prints like `dig +short`. */
export async function resolveCommand(context: CommandContext): Promise<number> {
  const { flags, print, note } = context;
  const { name, type } = questionOf(context.operands);
  const asJson = flags.text("output") === "json";
  if (flags.on("explain")) return await explainCommand(context, name, type, asJson);
  const server = flags.text("server");
  if (server !== undefined && !serverAt(server)) {
    throw new UsageError(`--server: "${server}" is not allowed; it must be IP or IP:port`);
  }
  const document = await ask(server ?? await configuredServer(context), name, type);
  if (asJson) print(`${JSON.stringify(document, null, 2)}\n`);
  else {
    for (const { data } of document.answers) print(`${data}\n`);
    const remark = remarkOn(document);
    const isAway = document.rcode === "" && server === undefined;
    if (remark !== "") note(isAway ? `${remark}; is an agent running? moorline status` : remark);
  }
  return exitCode(document);
}

async function ask(server: string, name: string, type: string): Promise<ResolveDocument> {
  try {
    const { packet, milliseconds } = await askDns(server, name, type);
    return {
      name,
      type,
      server,
      rcode: responseCode(packet),
      answers: answerRecords(packet),
      errors: extendedErrors(packet),
      milliseconds: Math.round(milliseconds * 100) / 100,
    };
  } catch (error) {
    if (!(error instanceof NoReplyError)) throw error;
    const errors = [{ code: 0, text: error.message }];
    return { name, type, server, rcode: "", answers: [], errors, milliseconds: null };
  }
}

/** Why there is no answer, for stderr; empty when there is one. */
function remarkOn(document: ResolveDocument): string {
  const { name, type, rcode, errors } = document;
  if (exitCode(document) === ANSWERED) return "";
  const what = rcode === "NXDOMAIN"
    ? `NXDOMAIN: ${name} does not exist`
    : rcode === "NOERROR"
    ? `NODATA: ${name} has no ${type} record`
    : rcode;
  return [what, ...errors.map(({ text }) => text)].filter((part) => part !== "").join("; ");
}

async function explainCommand(context: CommandContext, name: string, type: string, asJson: boolean): Promise<number> {
  using agent = await connectToAgent(context);
  const path = `/api/names/${encodeURIComponent(name)}?type=${encodeURIComponent(type)}`;
  const explanation = await agent.get(path) as ResolveExplanation;
  context.print(asJson ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation));
  return exitCode(explanation);
}

type Outcome = Pick<ResolveDocument, "rcode" | "type" | "answers">;

function exitCode({ rcode, type, answers }: Outcome): number {
  if (rcode === "NXDOMAIN") return NOT_FOUND;
  if (rcode !== "NOERROR") return FAILED;
  return answers.some((answer) => answer.type === type || type === "ANY") ? ANSWERED : NOT_FOUND;
}

/** The name and type to ask; an address asks for its name (PTR) unless a type is given. */
function questionOf(operands: readonly string[]): { name: string; type: string } {
  const [given = "", asked] = operands;
  const type = (asked ?? (isIp(given) ? "PTR" : "A")).toUpperCase();
  if (!/^[A-Z][A-Z0-9]{0,11}$/.test(type) || !isRecordType(type)) {
    throw new UsageError(`TYPE is "${asked}"; it must be a record type such as A, AAAA, SRV or TYPE65`);
  }
  const name = isIp(given) && type === "PTR" ? reverseName(given) : given.replace(/(.)\.$/, "$1");
  const labels = name.split(".");
  if (
    name.length > 253 ||
    (name !== "." && labels.some((label) => label === "" || label.length > 63 || /[\s\p{Cc}]/u.test(label)))
  ) {
    throw new UsageError(`NAME is "${given}"; it must be a domain name of labels with 1 to 63 characters, 253 in all`);
  }
  return { name, type };
}

/** RFC 1035 3.5 and RFC 3596 2.5. */
function reverseName(address: string): string {
  if (isIpv4(address)) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail = ""] = canonical.split("::");
  const [left, right] = [head, tail].map((half) => half === "" ? [] : half.split(":")) as [string[], string[]];
  const groups = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return `${groups.map((group) => group.padStart(4, "0")).join("").split("").reverse().join(".")}.ip6.arpa`;
}

/** The first address of `dns.listen`; one that means every address is asked on loopback. */
async function configuredServer({ loadConfig }: CommandContext): Promise<string> {
  const [first = ""] = (await loadConfig()).config.dns.listen;
  return first.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}
