/**
 * Forgets redirected connections. A client's open socket is bound to where its first packet went: with any other nat
 * table beside ours (Docker, kube-proxy, libvirt) it would go on asking a port where nobody answers, each retry keeping
 * the entry alive.
 */
import { runTool, type Tool } from "./tool.ts";

/** conntrack(8) ends with 1 also when there was nothing to delete; its last line says which. */
const NOTHING_DELETED = /0 flow entries have been deleted/;

/**
 * Deletes every entry from port 53 to one of the agent's ports.
 *
 * @returns what could not be done, in one sentence; undefined when all was.
 */
export async function forgetRedirected(ports: readonly number[], tool: Tool = runTool): Promise<string | undefined> {
  for (const port of new Set(ports)) {
    for (const family of ["ipv4", "ipv6"]) {
      for (const protocol of ["udp", "tcp"]) {
        const match = ["-f", family, "-p", protocol, "--orig-port-dst", "53", "--reply-port-src", String(port)];
        const { code, err } = await tool("conntrack", ["-D", ...match]);
        if (code === 127) {
          return "conntrack is not installed: open sockets may stay redirected to the agent after it is gone";
        }
        if (code !== 0 && !NOTHING_DELETED.test(err)) return `conntrack -D: ${err.trim().split("\n").at(-1)}`;
      }
    }
  }
  return undefined;
}
