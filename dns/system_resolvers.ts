/**
 * Which servers this machine asks without us, and its search list: resolv.conf, or, where that names only
 * systemd-resolved's stub, the list that resolved itself keeps for others. Followed while the agent runs: DHCP, VPNs and
 * people rewrite these files.
 */
import { parseResolvConf } from "./resolv_conf.ts";
import { type ServerAddress, serverAddress } from "./server_address.ts";
import type { Clock, Log } from "./time.ts";

/** resolv.conf's own servers are always asked here. */
const NAMESERVER_PORT = 53;
/** resolved's stub and its proxy stub (resolved.conf(5)): it would ask the server that captured it, which may be us. */
const RESOLVED_STUBS = ["127.0.0.53", "127.0.0.54"];
/** In this order: the first file that names a usable server gives the servers. */
export const SYSTEM_FILES: readonly string[] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
/** Two reads of some hundred bytes: 2 s follows a change of network faster than people do, for no cost worth naming. */
const CHECK_EVERY_MS = 2_000;

/** What was found. */
export interface SystemResolvers {
  readonly servers: readonly ServerAddress[];
  /** The first readable file's search list: what this machine's programs append. */
  readonly search: readonly string[];
  /** The file that gave the servers; "" when none did. */
  readonly source: string;
  /** One sentence for each line that could not be used. */
  readonly problems: readonly string[];
}

/** Where to look, and what never to use. */
export interface SystemResolversOptions {
  readonly files?: readonly string[];
  /** Whether we answer there ourselves: asking it would be a loop. */
  readonly isOwn: (address: string, port: number) => boolean;
  /** The text of a file, undefined when it cannot be read. */
  readonly readText?: (path: string) => string | undefined;
}

/** Reads the files once. */
export function readSystemResolvers(options: SystemResolversOptions): SystemResolvers {
  const { files = SYSTEM_FILES, isOwn, readText = readFile } = options;
  let servers: ServerAddress[] = [];
  let search: readonly string[] | undefined;
  let source = "";
  const problems: string[] = [];
  for (const path of files) {
    const text = readText(path);
    if (text === undefined) continue;
    const parsed = parseResolvConf(text);
    problems.push(...parsed.problems.map((problem) => `${path} ${problem}`));
    search ??= parsed.search;
    if (servers.length > 0) continue;
    servers = parsed.nameservers
      .filter((address) => !RESOLVED_STUBS.includes(address) && !isOwn(address, NAMESERVER_PORT))
      .map((address) => serverAddress("plain", address, NAMESERVER_PORT));
    if (servers.length > 0) source = path;
  }
  return { servers, search: search ?? [], source, problems };
}

function readFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // absent, unreadable, or being replaced at this moment: the next round sees it
  }
}

/** Reads again every two seconds and calls `onChange` when something differs. Ends when `signal` aborts. */
export async function watchSystemResolvers(
  options: SystemResolversOptions & {
    readonly clock: Clock;
    readonly log: Log;
    readonly onChange: (found: SystemResolvers) => void;
  },
  current: SystemResolvers,
  signal: AbortSignal,
): Promise<void> {
  let known = JSON.stringify(current);
  while (!signal.aborted) {
    try {
      await options.clock.sleep(CHECK_EVERY_MS, signal);
    } catch {
      return; // stopped
    }
    const found = readSystemResolvers(options);
    const text = JSON.stringify(found);
    if (text === known) continue;
    known = text;
    const servers = found.servers.map((server) => server.label);
    options.log("info", "the system's name servers changed", { servers, search: found.search, file: found.source });
    options.onChange(found);
  }
}
