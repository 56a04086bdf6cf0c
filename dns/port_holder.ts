/** Who holds a port, from /proc: a port in use is named with its holder, so that nobody has to go and look. */
import { formatIp } from "./ip_address.ts";

/** `/proc/net` tables by protocol; a v6 socket may hold a v4 port too. */
const TABLES = { udp: ["udp", "udp6"], tcp: ["tcp", "tcp6"] } as const;
/** TCP_LISTEN in include/net/tcp_states.h, as the table prints it; UDP sockets have no such state. */
const LISTENING = "0A";

/**
 * Who keeps us from binding `port` at `address`, or without one at any: something like `systemd-resolved (pid 412)`.
 * Undefined where /proc does not tell (another user's process, another system).
 */
export function portHolder(protocol: "udp" | "tcp", port: number, address = "0.0.0.0"): string | undefined {
  const inodes = new Set(TABLES[protocol].flatMap((table) => inodesOf(table, protocol, address, port)));
  if (inodes.size === 0) return undefined;
  for (const entry of list("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    for (const fd of list(`/proc/${entry}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${entry}/fd/${fd}`))?.[1];
      if (inode && inodes.has(inode)) return `${read(`/proc/${entry}/comm`).trim()} (pid ${entry})`;
    }
  }
  return undefined;
}

/** Columns of /proc/net/udp: 1 local `ADDRESS:PORT` in hexadecimal, 3 state, 9 inode (proc_net_udp(5)). */
function inodesOf(table: string, protocol: "udp" | "tcp", address: string, port: number): string[] {
  return read(`/proc/net/${table}`).split("\n").slice(1).flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [host = "", hexPort = ""] = (columns[1] ?? "").split(":");
    const holds = parseInt(hexPort, 16) === port && (protocol === "udp" || columns[3] === LISTENING);
    return holds && columns[9] && inTheWay(addressOf(host), address) ? [columns[9]] : [];
  });
}

/** A wildcard address, on either side, takes the port of every address. */
function inTheWay(held: string, wanted: string): boolean {
  const wildcards = ["0.0.0.0", "::"];
  return held === wanted || wildcards.includes(held) || wildcards.includes(wanted);
}

/** An address as the table prints it: words of 32 bits in the machine's byte order, which is little endian here. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  return formatIp(
    Uint8Array.from(words.flatMap((word) => (word.match(/../g) ?? []).reverse()), (byte) => parseInt(byte, 16)),
  );
}

// Processes end while we look, and other users' are closed to us: what cannot be read is not the holder we can name.
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function list(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), (entry) => entry.name);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}
