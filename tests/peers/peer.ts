/** The servers that moorline is compared with, each on a free port of loopback, asking the same upstream server. */
import { type SupervisedProcess, superviseProcess } from "../kube/supervised_process.ts";
import { encodeQuestion, exchange } from "./exchange.ts";

/** A running server. */
export interface Peer {
  readonly name: PeerName;
  readonly port: number;
  stop(): Promise<void>;
}

export type PeerName = "coredns" | "dnsmasq" | "unbound";

const CACHE = Deno.env.get("MOORLINE_CACHE") ??
  `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/moorline`;
/** From the start of a process to its first answer. */
const START_MS = 20_000;

/** Why the comparison cannot run here; builds CoreDNS when it is missing. */
export async function whyNoPeers(): Promise<string | undefined> {
  for (const command of ["dnsmasq", "unbound"]) {
    const found = await new Deno.Command("sh", { args: ["-c", `PATH=$PATH:/usr/sbin command -v ${command}`] }).output();
    if (!found.success) return `${command} is not installed (Debian: apt-get install dnsmasq-base unbound)`;
  }
  const script = new URL("./build_coredns.sh", import.meta.url).pathname;
  const build = await new Deno.Command("bash", { args: [script], stderr: "piped" }).output();
  return build.success ? undefined : `CoreDNS cannot be built: ${new TextDecoder().decode(build.stderr).trim()}`;
}

/** CoreDNS as a forwarder with its cache, and, with `api`, with its kubernetes plugin in front. */
export async function startCoreDns(folder: string, upstream: number, api?: string): Promise<Peer> {
  const port = freePort();
  const kubernetes = api
    ? `kubernetes cluster.local in-addr.arpa ip6.arpa {\n endpoint ${api}\n ttl 30\n fallthrough in-addr.arpa ip6.arpa\n }`
    : "";
  const file = `${folder}/Corefile-${port}`;
  await Deno.writeTextFile(
    file,
    `.:${port} {\n bind 127.0.0.1\n ${kubernetes}\n cache\n forward . 127.0.0.1:${upstream}\n}\n`,
  );
  return await ready("coredns", port, superviseProcess("coredns", `${CACHE}/peers/coredns`, ["-conf", file]));
}

export async function startDnsmasq(upstream: number): Promise<Peer> {
  const port = freePort();
  const process = superviseProcess("dnsmasq", "/usr/sbin/dnsmasq", [
    ...["--keep-in-foreground", "--no-hosts", "--no-resolv", "--conf-file=/dev/null", "--pid-file=", "--user=root"],
    ...["--log-facility=-", "--bind-interfaces", "--listen-address=127.0.0.1", "--cache-size=1000"],
    ...[`--port=${port}`, `--server=127.0.0.1#${upstream}`],
  ]);
  return await ready("dnsmasq", port, process);
}

export async function startUnbound(folder: string, upstream: number): Promise<Peer> {
  const port = freePort();
  const file = `${folder}/unbound.conf`;
  await Deno.writeTextFile(
    file,
    `server:
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  num-threads: 1
  do-not-query-localhost: no
  module-config: "iterator"
  edns-buffer-size: 1232
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstream}
`,
  );
  return await ready("unbound", port, superviseProcess("unbound", "/usr/sbin/unbound", ["-d", "-c", file]));
}

function freePort(): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}

/** Waits for the first answer. Throws with what the process wrote when it ends or stays silent. */
async function ready(name: PeerName, port: number, process: SupervisedProcess): Promise<Peer> {
  let ended = false;
  process.exited.then(() => ended = true);
  const query = encodeQuestion({ name: "ready.origin.example", type: "A" });
  const limit = performance.now() + START_MS;
  while (!ended && performance.now() < limit) {
    if (await exchange(port, query, "udp", 200)) return { name, port, stop: () => process.stop() };
  }
  await process.stop();
  throw new Error(`${name} does not answer on port ${port}: ${process.tail()}`);
}
