/** Names between text and bytes. For cold paths: packing the name table, rules, listings. */
import { lowerByte, MAX_LABEL, MAX_NAME } from "./wire.ts";

/**
 * A name in wire form (RFC 1035, 3.1), lower case.
 *
 * @param name presentation form; a trailing dot is allowed, `""` and `"."` are the root; `\.` and `\DDD` stand for bytes.
 * @throws Error on an empty or overlong label or name, on characters outside ASCII and escapes above `\255`.
 */
export function nameToWire(name: string): Uint8Array {
  return scratch.slice(0, writeWireName(name, scratch, 0));
}

/** The longest name, and one more label before that is noticed. */
const scratch = new Uint8Array(2 * MAX_NAME);

/** As `nameToWire`, into `into` at `at`, where 510 bytes must be free. Returns where the name ends. */
export function writeWireName(name: string, into: Uint8Array, at: number): number {
  const length = name === "." ? 0 : name.length;
  const start = at;
  let label = at++;
  for (let i = 0; i < length; i++) {
    let code = name.charCodeAt(i);
    if (code === DOT) {
      closeLabel(name, into, label, at);
      label = at++;
      continue;
    }
    if (code < 0x21 || code > 0x7e) throw new Error(`The name '${name}' has a character that is not printable ASCII`);
    if (code === BACKSLASH) {
      const escape = /^\\(?:([0-9]{3})|(.))/.exec(name.slice(i));
      code = escape?.[1] ? Number(escape[1]) : escape?.[2]?.charCodeAt(0) ?? BACKSLASH;
      if (code > 0xff) throw new Error(`The name '${name}' has an escape above \\255`);
      i += (escape?.[0].length ?? 1) - 1;
    }
    into[at++] = lowerByte(code);
    if (at - label > MAX_LABEL + 1) throw new Error(`The name '${name}' has a label of more than 63 bytes`);
    if (at - start > MAX_NAME) throw new Error(`The name '${name}' takes more than 255 bytes`);
  }
  if (at > label + 1) closeLabel(name, into, label, at);
  else at--;
  into[at++] = 0;
  if (at - start > MAX_NAME) throw new Error(`The name '${name}' takes more than 255 bytes`);
  return at;
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;

function closeLabel(name: string, into: Uint8Array, label: number, end: number): void {
  if (end === label + 1) throw new Error(`The name '${name}' has an empty label`);
  into[label] = end - label - 1;
}

/** The presentation form of a whole uncompressed name in wire form, without the trailing dot; `.` for the root. */
export function wireToName(wire: Uint8Array, at = 0): string {
  const labels: string[] = [];
  while (wire[at]! !== 0) {
    let label = "";
    for (const byte of wire.subarray(at + 1, at + 1 + wire[at]!)) {
      if (byte === 0x2e || byte === 0x5c) label += "\\" + String.fromCharCode(byte);
      else if (byte < 0x21 || byte > 0x7e) label += "\\" + String(byte).padStart(3, "0");
      else label += String.fromCharCode(byte);
    }
    labels.push(label);
    at += wire[at]! + 1;
  }
  return labels.join(".") || ".";
}
