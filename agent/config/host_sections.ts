import { z } from "zod";
import { choice, choiceOrOff, duration, ip, ipPort, key, list, onOff, section, text } from "./field.ts";

const mode = choice("none", "auto", "nftables", "resolved", "resolv-conf");
const networkInterface = text("an interface such as docker0 or br-*", (name) => /^[^\s/:]{1,15}$/.test(name));

/** How this VM's DNS reaches the agent. */
export const captureSection = section({
  mode: key(mode, "none", "auto: the first of resolved, nftables, resolv-conf that `check` finds possible"),
  address: key(ip(), "127.15.0.53", "resolved and resolv-conf: an extra listener, on port 53"),
  names: key(choice("all", "mesh"), "all", "resolved: all names, or only those of the clusters' domains"),
  interfaces: key(list(networkInterface, "interfaces"), [], "containers' interfaces whose DNS is captured too"),
  fallback: key(onOff(), true, "resolv-conf: the former servers stay behind ours"),
  grace: key(duration("0s", "5m"), "2s", "how long capture waits for a successor after the agent died"),
});

/** sun_path of unix(7) is 108 bytes with the closing NUL. */
const SOCKET_PATH_MAX = 107;

const socket = text(`a path of at most ${SOCKET_PATH_MAX} bytes, or empty`, (value) => {
  return new TextEncoder().encode(value).length <= SOCKET_PATH_MAX;
});
const listen = z.union([z.literal(""), ipPort()], { error: "IP:port such as 127.0.0.1:15021, or empty" });

/** HTTP for operators. */
export const adminSection = section({
  socket: key(socket, "/run/moorline/admin.sock", "unix socket that serves everything; 0660; empty: none"),
  listen: key(listen, "127.0.0.1:15021", "health, metrics and GET /api without the cache; empty: none"),
  public: key(listen, "", "health and metrics only, for load balancers and Prometheus; empty: none"),
});

/** What the agent writes to stderr. */
export const logSection = section({
  level: key(choice("debug", "info", "warn", "error"), "info", "the least important lines that are written"),
  format: key(choice("text", "json"), "text", "text, or one JSON object a line"),
  queries: key(choiceOrOff("errors", "all"), "off", "which DNS questions are logged"),
});
