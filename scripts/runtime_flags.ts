/**
 * What the program is allowed to do and how its engine is set, in one place: `compile.ts` bakes it into the binary,
 * `bundle_check.ts` runs the bundle under exactly this, and `package.ts` writes it into the launcher.
 */

/** Every permission with its reason. What is not here is refused without asking, importing code above all. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  "--allow-net": "DNS, the API server, probes, admin: addresses come from the configuration",
  "--allow-read": "configuration, credentials and CA wherever they are mounted, resolv.conf, the snapshot",
  "--allow-write": "state, the admin socket",
  "--allow-env": "MOORLINE_*, KUBECONFIG, proxies; what exec plugins of kubeconfigs inherit",
  "--allow-sys=hostname,networkInterfaces,osRelease,uid,gid": "the VM's addresses and identity",
  "--allow-run": "exec plugins of kubeconfigs; exec probes where the configuration allows them",
  "--allow-ffi": "batched system calls and sd_notify",
  "--deny-import": "no code comes over the network",
};

/** Flags of `deno run` and `deno compile` alike. */
export const RUNTIME_FLAGS: readonly string[] = [
  ...Object.keys(PERMISSIONS),
  "--no-prompt",
  "--unstable-net", // Deno.listenDatagram
  // A young generation of 1 MB instead of 16: an agent that is idle most of the day gives memory back sooner. And the old
  // one is collected when it has grown by a fifth, not when it has doubled: 10 to 40 MB less at the peak of a large list,
  // for 0.2 to 0.5 s more CPU (scripts/bench/README.md).
  "--v8-flags=--max-semi-space-size=1,--heap-growing-percent=20",
];

/** The environment of the same: the unit sets it, and so does the launcher of the bundle. */
export const RUNTIME_ENVIRONMENT: Readonly<Record<string, string>> = {
  // One arena for all of the runtime's threads instead of one for each: 20 MB less at the peak of a large list.
  MALLOC_ARENA_MAX: "1",
};
