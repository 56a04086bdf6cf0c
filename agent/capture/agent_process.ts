/**
 * Who answers on the agent's port: whose questions capture lets through. Read by the system's own tools, since the
 * runtime keeps /proc from a program that is not allowed everything.
 */
import { parseListenAddress } from "../../dns/mod.ts";
import { AGENT_GROUP } from "./own_group.ts";
import { runTool, type Tool } from "./tool.ts";

/** By what the kernel knows the agent's sockets. */
export interface AgentProcess {
  /** Effective user. */
  readonly uid: number;
  /** Effective group; only that of root's agent is looked up, -1 otherwise. */
  readonly gid: number;
}

/** Who holds the UDP socket on the port of a listener such as `127.0.0.1:15053`; undefined when nobody does. */
export async function agentProcess(listener: string, tool: Tool = runTool): Promise<AgentProcess | undefined> {
  // Without IPv6 the second is missing, and cat ends with 1.
  const { out } = await tool("cat", ["/proc/net/udp", "/proc/net/udp6"]);
  const holder = socketHolder(out, parseListenAddress(listener).port);
  if (holder === undefined) return undefined;
  if (holder.uid !== 0) return { uid: holder.uid, gid: -1 };
  return { uid: 0, gid: await groupOf(holder.inode, tool) };
}

/**
 * Why this process cannot be exempted, in one sentence; undefined if it can. Root's questions cannot all be let
 * through: programs of root ask too.
 */
export function whyNotExempt({ uid, gid }: AgentProcess): string | undefined {
  if (uid !== 0 || gid === AGENT_GROUP) return undefined;
  return "the agent runs as root without capture: start it with capture.mode nftables, or as a user of its own";
}

/** Whether anybody listens: an open TCP port, which tells at once when its process is gone. */
export async function isListening(listener: string): Promise<boolean> {
  const { address, port } = parseListenAddress(listener);
  const hostname = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  try {
    (await Deno.connect({ hostname, port, signal: AbortSignal.timeout(CONNECT_LIMIT_MS) })).close();
    return true;
  } catch (error) {
    // A process that is stopped, or has all it can take, is there all the same.
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}

/** Loopback connects in microseconds, or the queue is full. */
const CONNECT_LIMIT_MS = 200;

/** Columns of /proc/net/udp: 1 local `ADDRESS:PORT` in hexadecimal, 7 uid, 9 inode (proc_net_udp(5)). */
function socketHolder(tables: string, port: number): { uid: number; inode: string } | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of tables.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(wanted)) return { uid: Number(columns[7]), inode: columns[9] ?? "" };
  }
  return undefined;
}

async function groupOf(inode: string, tool: Tool): Promise<number> {
  const inFolders = ["/proc", "-mindepth", "3", "-maxdepth", "3", "-path", "/proc/[0-9]*/fd/*"];
  const { out } = await tool("find", [...inFolders, "-lname", `socket:\\[${inode}\\]`]);
  const pid = /^\/proc\/(\d+)\//m.exec(out)?.[1];
  if (pid === undefined) return -1;
  // `Gid:` real, effective, saved, filesystem (proc_pid_status(5)).
  const status = await tool("cat", [`/proc/${pid}/status`]);
  return Number(/^Gid:\s+\d+\s+(\d+)/m.exec(status.out)?.[1] ?? -1);
}
