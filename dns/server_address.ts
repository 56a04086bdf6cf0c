/**
 * How an upstream server is written and named:
 * `1.1.1.1`, `1.1.1.1:53`, `2606:4700::1111`, `[2606:4700::1111]:53`, `fe80::1%eth0` (plain DNS, port 53 unless given),
 * `tls://name@1.1.1.1:853`, `tls://[2606:4700::1111]` (DNS over TLS, RFC 7858, port 853 unless given).
 */
import { canonicalIp } from "./ip_address.ts";

/** One upstream server. */
export interface ServerAddress {
  readonly protocol: "plain" | "tls";
  /** Canonical address, with its zone if it has one. */
  readonly address: string;
  readonly port: number;
  /** TLS: what the certificate must name; the address itself when nothing else was given. */
  readonly serverName: string;
  /** The one spelling by which status, metrics and logs call this server; equal for equal servers. */
  readonly label: string;
}

const PLAIN_PORT = 53;
const TLS_PORT = 853;

/** Reads one server. Throws an Error that names the text and what is allowed. */
export function parseServerAddress(text: string): ServerAddress {
  const wrong = (what: string) =>
    new Error(
      `upstream ${JSON.stringify(text)}: ${what}; write 1.1.1.1, 1.1.1.1:53, [2606:4700::1111]:53, ` +
        `tls://1.1.1.1:853 or tls://name@1.1.1.1:853`,
    );
  const tls = text.startsWith("tls://");
  if (!tls && text.includes("://")) throw wrong("only tls:// may precede the address");
  const rest = tls ? text.slice("tls://".length) : text;
  const at = rest.lastIndexOf("@");
  if (at >= 0 && !tls) throw wrong("a server name belongs to tls:// only");
  const name = at >= 0 ? rest.slice(0, at).toLowerCase().replace(/\.$/, "") : "";
  if (at >= 0 && !/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(name)) throw wrong("the server name is no host name");
  const { host, port } = splitPort(rest.slice(at + 1));
  const address = canonicalIp(host);
  if (address === undefined) throw wrong("no IP address");
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)) {
    throw wrong("the port is not between 1 and 65535");
  }
  const number = port === undefined ? (tls ? TLS_PORT : PLAIN_PORT) : Number(port);
  return serverAddress(tls ? "tls" : "plain", address, number, name);
}

/** A server from its parts; `address` canonical. */
export function serverAddress(protocol: "plain" | "tls", address: string, port: number, name = ""): ServerAddress {
  const hostPort = `${address.includes(":") ? `[${address}]` : address}:${port}`;
  const label = protocol === "plain" ? hostPort : `tls://${name ? `${name}@` : ""}${hostPort}`;
  return Object.freeze({ protocol, address, port, serverName: name || address, label });
}

/** Parts `1.1.1.1:53`, `[::1]:53` or an address without a port. */
export function splitPort(text: string): { host: string; port?: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return { host: bracketed[1]!, ...(bracketed[2] === undefined ? {} : { port: bracketed[2] }) };
  const colon = text.indexOf(":");
  // More than one colon without brackets is an IPv6 address, which then has no port.
  if (colon < 0 || text.includes(":", colon + 1)) return { host: text };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}
