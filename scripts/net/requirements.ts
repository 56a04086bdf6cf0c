import { runCommand } from "./command.ts";
import { ownedName } from "./owned_name.ts";

/** Why this machine cannot make network namespaces, in one clause; undefined if it can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "network namespaces need root on Linux";
  for (const [program, version] of [["ip", "-V"], ["nsenter", "-V"]] as const) {
    if ((await runCommand([program, version])).code !== 0) return `${program} is not installed`;
  }
  const probe = ownedName("probe");
  const { code, err } = await runCommand(["ip", "netns", "add", probe]);
  if (code !== 0) return `ip netns add does not work here: ${err.trim()}`;
  await runCommand(["ip", "netns", "del", probe]);
  return undefined;
}

/** Why this machine cannot boot test machines, in one clause; undefined if it can. */
export async function whyNoMachines(): Promise<string | undefined> {
  const reason = await whyNoNamespaces();
  if (reason) return reason;
  for (const program of ["debootstrap", "systemd-nspawn"]) {
    if ((await runCommand([program, "--version"])).code !== 0) return `${program} is not installed`;
  }
  return undefined;
}
