import type { Answer, DecodedPacket } from "dns-packet";

/** Names of extended errors (RFC 8914 5.2) that a client of ours may see. */
const EXTENDED_ERRORS: Readonly<Record<number, string>> = {
  0: "other error",
  3: "stale answer",
  4: "forged answer",
  15: "blocked",
  18: "prohibited",
  19: "stale NXDOMAIN answer",
  21: "not supported",
  22: "no reachable authority",
  23: "network error",
  24: "invalid data",
};

/** OPT's option code of an extended error. */
const EXTENDED_ERROR_OPTION = 15;

/** Response codes by number (RFC 1035 4.1.1, RFC 2136 2.2, RFC 6891 9). */
const RESPONSE_CODES: Readonly<Record<number, string>> = {
  0: "NOERROR",
  1: "FORMERR",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  4: "NOTIMP",
  5: "REFUSED",
  16: "BADVERS",
};

export interface RecordText {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  /** In presentation form, as dig writes it. */
  readonly data: string;
}

/** The answer section, in order. */
export function answerRecords(packet: DecodedPacket): RecordText[] {
  return (packet.answers ?? []).filter(({ type }) => type !== "OPT").map((answer) => ({
    name: answer.name,
    type: answer.type.replace(/^UNKNOWN_/, "TYPE"),
    ttl: "ttl" in answer ? answer.ttl ?? 0 : 0,
    data: dataText(answer),
  }));
}

/** The response code's name; its upper eight bits travel in OPT. */
export function responseCode(packet: DecodedPacket): string {
  const opt = (packet.additionals ?? []).find((each) => each.type === "OPT");
  const upper = opt && "extendedRcode" in opt ? opt.extendedRcode : 0;
  const code = upper << 4 | (packet.flags ?? 0) & 0xf;
  return RESPONSE_CODES[code] ?? `RCODE${code}`;
}

/** `22 (no reachable authority): text` for each extended error of the response. */
export function extendedErrors(packet: DecodedPacket): { readonly code: number; readonly text: string }[] {
  const opt = (packet.additionals ?? []).find((each) => each.type === "OPT");
  const options = opt && "options" in opt ? opt.options : [];
  return options.filter((option) => Number(option.code) === EXTENDED_ERROR_OPTION && "data" in option).map((option) => {
    const bytes = (option as { data?: Uint8Array }).data ?? new Uint8Array(2);
    const code = bytes[0]! << 8 | bytes[1]!;
    const text = new TextDecoder().decode(bytes.subarray(2));
    return {
      code,
      text: [EXTENDED_ERRORS[code] ?? `extended error ${code}`, text].filter((part) => part !== "").join(": "),
    };
  });
}

function dataText(answer: Answer): string {
  switch (answer.type) {
    case "CNAME":
    case "DNAME":
    case "NS":
    case "PTR":
      return absolute(answer.data);
    case "SRV":
      return `${answer.data.priority ?? 0} ${answer.data.weight ?? 0} ${answer.data.port} ${
        absolute(answer.data.target)
      }`;
    case "MX":
      return `${answer.data.preference ?? 0} ${absolute(answer.data.exchange)}`;
    case "TXT":
      return [answer.data].flat().map((part) =>
        quoted(typeof part === "string" ? part : new TextDecoder().decode(part))
      )
        .join(" ");
    case "SOA": {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      return `${absolute(mname)} ${absolute(rname)} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
    case "CAA":
      return `${answer.data.flags ?? 0} ${answer.data.tag} ${quoted(answer.data.value)}`;
    default:
      return "data" in answer ? otherText(answer.data) : "";
  }
}

/** What has no form of its own here is written as RFC 3597 5 says. */
function otherText(data: unknown): string {
  if (typeof data === "string") return data;
  if (!(data instanceof Uint8Array)) return JSON.stringify(data);
  return `\\# ${data.length} ${Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("")}`.trimEnd();
}

function absolute(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

function quoted(text: string): string {
  return `"${
    text.replaceAll(/["\\]/g, "\\$&").replaceAll(
      /[^\x20-\x7e]/g,
      (c) => `\\${String(c.charCodeAt(0)).padStart(3, "0")}`,
    )
  }"`;
}
