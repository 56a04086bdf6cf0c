/** Questions about names that only the upstream server knows, and questions that are none. */
import * as dnsPacket from "dns-packet";
import { encodeQuestion, type Question } from "./exchange.ts";

const NAMES: readonly [string, string][] = [
  ["a.origin.example", "A"],
  ["A.Origin.EXAMPLE", "A"],
  ["a.origin.example", "AAAA"],
  ["a.origin.example", "HTTPS"],
  ["a.origin.example", "TYPE65280"],
  ["many.origin.example", "A"],
  ["crowd.origin.example", "A"],
  ["six.origin.example", "AAAA"],
  ["zero.origin.example", "A"],
  ["alias.origin.example", "A"],
  ["alias2.origin.example", "A"],
  ["alias2.origin.example", "CNAME"],
  ["dangling.origin.example", "A"],
  ["empty.origin.example", "A"],
  ["text.origin.example", "TXT"],
  ["long.origin.example", "TXT"],
  ["mail.origin.example", "MX"],
  ["_ldap._tcp.origin.example", "SRV"],
  ["caa.origin.example", "CAA"],
  ["1.0.18.198.in-addr.arpa", "PTR"],
  ["origin.example", "NS"],
  ["origin.example", "SOA"],
  ["missing.origin.example", "A"],
  ["below.missing.origin.example", "A"],
  ["servfail.origin.example", "A"],
  ["refused.origin.example", "A"],
];

/** Each name as clients of different ages ask. */
export const FORWARDED: readonly Question[] = NAMES.flatMap(([name, type]): Question[] => [
  { name, type },
  { name, type, via: "tcp" },
  { name, type, edns: { size: 1232 } },
  { name, type, edns: { size: 4096, dnssecOk: true } },
  { name, type, flags: dnsPacket.AUTHENTIC_DATA },
  { name, type, flags: dnsPacket.CHECKING_DISABLED, edns: { size: 1232 } },
]);

/** The header's second word, with everything else of a plain question. */
function withFlags(flags: number): Uint8Array {
  const packet = encodeQuestion({ name: "a.origin.example", type: "A" });
  packet[2] = flags >> 8;
  packet[3] = flags & 255;
  return packet;
}

function withCounts(questions: number, answers: number, more: Uint8Array = new Uint8Array(0)): Uint8Array {
  const packet = Uint8Array.of(...encodeQuestion({ name: "a.origin.example", type: "A" }), ...more);
  packet[5] = questions;
  packet[7] = answers;
  return packet;
}

const plain = encodeQuestion({ name: "a.origin.example", type: "A" });

/** What is no plain question. `name` tells what it is. */
export const MANNERS: readonly Question[] = [
  { name: "a.origin.example", type: "ANY" },
  { name: "version.bind", type: "TXT", class: "CH" },
  { name: "id.server", type: "TXT", class: "CH" },
  { name: "other.name", type: "TXT", class: "CH" },
  { name: "a.origin.example", type: "A", edns: { size: 1232, version: 1 } },
  { name: "localhost", type: "A" },
  { name: "localhost", type: "AAAA" },
  { name: "localhost", type: "MX" },
  { name: "x.localhost", type: "A" },
  { name: "x.invalid", type: "A" },
  { name: "1.0.0.127.in-addr.arpa", type: "PTR" },
  { name: ".", type: "NS" },
  { name: "a response", type: "A", packet: withFlags(0x8100) },
  { name: "opcode STATUS", type: "A", packet: withFlags(0x1000) },
  { name: "opcode 15", type: "A", packet: withFlags(0x7800) },
  { name: "TC set", type: "A", packet: withFlags(0x0300) },
  { name: "without RD", type: "A", packet: withFlags(0) },
  { name: "no question", type: "A", packet: withCounts(0, 0).slice(0, 12) },
  { name: "two questions", type: "A", packet: withCounts(2, 0, plain.slice(12)) },
  { name: "a count too high", type: "A", packet: withCounts(1, 1) },
  { name: "a question cut short", type: "A", packet: plain.slice(0, 20) },
  { name: "half a header", type: "A", packet: plain.slice(0, 6) },
  {
    name: "a name that points to itself",
    type: "A",
    packet: Uint8Array.of(...plain.slice(0, 12), 0xc0, 12, 0, 1, 0, 1),
  },
];
