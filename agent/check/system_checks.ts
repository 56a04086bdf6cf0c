import { bad, type Finding, good } from "./finding.ts";

/** Reads a file; undefined when there is none or it may not be read. */
export type ReadText = (path: string) => string | undefined;

/** Names of the mesh that somebody wrote into /etc/hosts win over every answer of ours. Pure but for `readText`. */
export function checkHostsFile(readText: ReadText, domains: readonly string[]): Finding[] {
  const name = "/etc/hosts";
  const text = readText(name);
  if (text === undefined) return [good(name, "there is none")];
  const found = text.split("\n").flatMap((line, index) => {
    const [address, ...hosts] = line.replace(/#.*/, "").trim().split(/\s+/);
    return hosts.filter((host) => isUnder(host, domains)).map((host) => ({ host, address, line: index + 1 }));
  });
  if (found.length === 0) return [good(name, "holds no name of the mesh")];
  return found.map(({ host, address, line }) => {
    return bad(
      name,
      `line ${line} says that ${host} is ${address}, whatever the mesh says`,
      `remove ${host} from line ${line}`,
    );
  });
}

/** Programs that ask through the C library come to DNS only where nsswitch.conf leads there. */
export function checkNameSwitch(readText: ReadText): Finding {
  const name = "/etc/nsswitch.conf";
  const line = /^\s*hosts:(.*)$/m.exec(readText(name) ?? "")?.[1]?.replace(/#.*/, "").trim();
  if (line === undefined) return good(name, "has no line for hosts: the C library asks files, then DNS");
  const sources = line.split(/\s+/);
  if (sources.includes("dns") || sources.includes("resolve")) return good(name, `hosts: ${line}`);
  return bad(name, `hosts: ${line}: the C library never asks DNS`, "add dns to the line that begins with hosts:");
}

/** The state folder, as far as it can be told without making anything. */
export function checkState(folder: string): Finding {
  const name = `state ${folder}`;
  try {
    const { isDirectory, mode } = Deno.statSync(folder);
    if (!isDirectory) return bad(name, "is no folder", "move it away, or set state to another folder");
    if ((mode ?? 0) & 0o022) return bad(name, "may be written by others", `chmod go-w ${folder}`);
    return good(name, "is there");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return good(name, "is made at the first start");
    return bad(name, "may not be read by this user", "run as the agent's user, or set state to another folder");
  }
}

function isUnder(host: string, domains: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return domains.some((domain) => name.endsWith(`.${domain}`));
}
