/**
 * `deno run -A scripts/vm/base_image.ts [SUITE]`: the root file system that test machines share: Debian with its own
 * systemd, networkd, resolved and cloud-init, made once by debootstrap (about a minute) into
 * `${MOORLINE_CACHE:-~/.cache/moorline}/vm/<suite>`. Prints where it is. Needs root.
 */
import { must, runCommand } from "../net/command.ts";

/** Debian 12: systemd 252. */
export const DEFAULT_SUITE = "bookworm";
const DEBOOTSTRAP_LIMIT_MS = 600_000;

/** What a small server has, and what tests look with. */
const PACKAGES = [
  ...["systemd", "systemd-sysv", "systemd-resolved", "libnss-resolve", "dbus", "kmod", "procps"],
  ...["iproute2", "nftables", "conntrack", "ca-certificates", "bind9-dnsutils", "curl"],
];

/** Beside debootstrap's own work: what makes it a machine that boots quickly and alone. */
const FILES: Readonly<Record<string, string>> = {
  "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
  "etc/hostname": "vm\n",
  // cloud-init takes what the harness puts on the disk and asks no cloud.
  "etc/cloud/cloud.cfg.d/99-harness.cfg":
    "datasource_list: [NoCloud, None]\nnetwork: {config: disabled}\nlocale: false\n",
};

function cacheFolder(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/root"}/.cache`;
  return `${Deno.env.get("MOORLINE_CACHE") ?? `${home}/moorline`}/vm`;
}

/** The mirror that this machine's own apt uses if it is Debian, else Debian's. */
async function mirror(): Promise<string> {
  const release = await Deno.readTextFile("/etc/os-release");
  if (!/^ID=debian$/m.test(release)) return "http://deb.debian.org/debian";
  const { out } = await runCommand(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  return out.split("\n").find((uri) => /debian\/?$/.test(uri)) ?? "http://deb.debian.org/debian";
}

/** cloud-init needs apt's own order of configuring, which debootstrap has not; apt inside sees the net as we do. */
async function installCloudInit(root: string): Promise<void> {
  for (const path of ["etc/resolv.conf", "etc/hosts"]) {
    await Deno.remove(`${root}/${path}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.copyFile(`/${path}`, `${root}/${path}`);
  }
  const settings = await runCommand(["apt-config", "dump", "Acquire"]);
  const proxies = settings.out.split("\n").filter((line) => /^Acquire::https?::Proxy/.test(line)).join("\n");
  await Deno.writeTextFile(`${root}/etc/apt/apt.conf.d/99harness`, `${proxies}\n`);
  const apt = ["chroot", root, "apt-get", "-qq"];
  const options = { limitMs: DEBOOTSTRAP_LIMIT_MS, env: { DEBIAN_FRONTEND: "noninteractive" } };
  await must([...apt, "update"], options);
  await must([...apt, "install", "-y", "--no-install-recommends", "cloud-init"], options);
  await must([...apt, "clean"], options);
}

async function make(suite: string, root: string): Promise<void> {
  await Deno.remove(root, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const include = `--include=${PACKAGES.join(",")}`;
  await must(["debootstrap", "--variant=minbase", include, suite, root, await mirror()], {
    limitMs: DEBOOTSTRAP_LIMIT_MS,
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
  await installCloudInit(root);
  for (const [path, text] of Object.entries(FILES)) await Deno.writeTextFile(`${root}/${path}`, text);
  await must(["chroot", root, "systemctl", "enable", "systemd-networkd", "systemd-resolved"]);
  await must(["chroot", root, "systemctl", "disable", "apt-daily.timer", "apt-daily-upgrade.timer"]);
  await must(["ln", "-sf", "../run/systemd/resolve/stub-resolv.conf", `${root}/etc/resolv.conf`]);
}

/** The folder of the base image, made if it is not there yet. Concurrent callers wait for the first. */
export async function ensureBaseImage(suite: string = DEFAULT_SUITE): Promise<string> {
  const folder = cacheFolder();
  const [root, done] = [`${folder}/${suite}`, `${folder}/${suite}.done`];
  await Deno.mkdir(folder, { recursive: true });
  const recipe = JSON.stringify([PACKAGES, FILES]);
  using lock = await Deno.open(`${folder}/${suite}.lock`, { create: true, write: true });
  await lock.lock(true);
  const made = await Deno.readTextFile(done).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  if (made !== recipe) {
    await make(suite, root);
    await Deno.writeTextFile(done, recipe);
  }
  return root;
}

if (import.meta.main) console.log(await ensureBaseImage(Deno.args[0]));
