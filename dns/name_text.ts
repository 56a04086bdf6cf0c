/** Names between text and bytes. For cold paths: packing the name table, rules, listings. */
import { MAX_LABEL, MAX_NAME } from "./wire.ts";

/**
 * A name in wire form (RFC 1035, 3.1), lower case.
 *
 * @param name presentation form; a trailing dot is allowed, `""` and `"."` are the root; `\.` and `\DDD` stand for bytes.
 * @throws Error on an empty or overlong label or name, and on characters outside ASCII.
 */
export function nameToWire(name: string): Uint8Array {
  const wire: number[] = [];
  let label: number[] = [];
  const close = () => {
    if (label.length === 0) throw new Error(`The name '${name}' has an empty label`);
    if (label.length > MAX_LABEL) {
      throw new Error(`The name '${name}' has a label of ${label.length} bytes, 63 is the most`);
    }
    wire.push(label.length, ...label);
    label = [];
  };
  const text = name === "." ? "" : name.toLowerCase();
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7e || code < 0x21) throw new Error(`The name '${name}' has a character that is not printable ASCII`);
    const escape = code === 0x5c ? /^\\(?:([0-9]{3})|([^0-9]))/.exec(text.slice(i)) : null;
    if (escape) {
      label.push(escape[1] ? Number(escape[1]) & 0xff : escape[2]!.charCodeAt(0));
      i += escape[0].length - 1;
    } else if (code === 0x2e) close();
    else label.push(code);
  }
  if (label.length > 0) close();
  wire.push(0);
  if (wire.length > MAX_NAME) throw new Error(`The name '${name}' takes ${wire.length} bytes, 255 is the most`);
  return Uint8Array.from(wire);
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
