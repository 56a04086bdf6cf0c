import { Buffer } from "node:buffer";
import { decode, encode } from "dns-packet";
import { ApiServer } from "../../registry/server/mod.ts";
import { must } from "../../scripts/net/command.ts";

/** Names that the VMs' former DNS server knows; every other does not exist. */
const OUTSIDE: Readonly<Record<string, string>> = { "www.outside.example": "198.51.100.7" };

/** What test machines find at their gateway: a DNS server with a life of its own, and a cluster's API over TLS. */
export class ClusterSide {
  /** What `token` may: everything, as the machines' own rights are not what these suites are about. */
  readonly token = "the-machines-token";
  readonly api = new ApiServer({ users: { [this.token]: { username: "vm", groups: ["system:masters"] } } });
  /** As a machine reaches it, with the certificate of `caFile`. */
  readonly url: string;
  readonly caFile: string;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>[] = [];

  private constructor(hostname: string, folder: string) {
    this.caFile = `${folder}/ca.crt`;
    const upstream = this.api.listen().url;
    const front = Deno.serve({
      hostname,
      port: 0,
      cert: Deno.readTextFileSync(this.caFile),
      key: Deno.readTextFileSync(`${folder}/ca.key`),
      signal: this.#stop.signal,
      onListen: () => {},
    }, (request) => forward(request, upstream));
    this.url = `https://${hostname}:${front.addr.port}`;
    this.#running.push(front.finished, this.#serveDns(hostname));
  }

  /** Starts both on the host's address in a network of machines. `folder` gets the certificate and its key. */
  static async start(hostname: string, folder: string): Promise<ClusterSide> {
    await must([
      ...[
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=cluster", "-addext", `subjectAltName=IP:${hostname}`],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-keyout", `${folder}/ca.key`, "-out", `${folder}/ca.crt`],
    ]);
    return new ClusterSide(hostname, folder);
  }

  /** Puts a small mesh in: a Service, and a WorkloadGroup for the machines. */
  fill(): void {
    const { admin } = this.api;
    admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "bookinfo" } });
    admin.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "productpage", namespace: "bookinfo" },
      spec: { clusterIP: "10.96.1.1", clusterIPs: ["10.96.1.1"], ports: [{ name: "http", port: 9080 }] },
    });
    admin.create({
      apiVersion: "networking.istio.io/v1",
      kind: "WorkloadGroup",
      metadata: { name: "vms", namespace: "bookinfo" },
      spec: { metadata: { labels: { app: "vm" } }, template: { ports: { http: 8080 }, serviceAccount: "vm" } },
    });
  }

  /** The machines' entries, as the cluster has them. */
  entries(): { readonly name: string; readonly uid: string }[] {
    return this.api.admin.list("WorkloadEntry", "bookinfo").map(({ metadata }) => {
      return { name: String(metadata.name), uid: String(metadata.uid) };
    });
  }

  async #serveDns(hostname: string): Promise<void> {
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 53 });
    this.#stop.signal.addEventListener("abort", () => socket.close());
    for await (const [packet, from] of socket) {
      const query = decode(Buffer.from(packet));
      const question = query.questions?.[0];
      const data = OUTSIDE[question?.name.toLowerCase() ?? ""];
      const flags = 0x180 | (data ? 0 : 3);
      const found = data && question?.type === "A";
      const answers = found ? [{ type: "A" as const, name: question.name, ttl: 60, data }] : [];
      const reply = { type: "response" as const, id: query.id ?? 0, flags, questions: query.questions ?? [], answers };
      await socket.send(encode(reply), from);
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    await this.api.close();
  }
}

/** Passes a request on, its body and that of the response as streams. */
async function forward(request: Request, upstream: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const { method, headers, body } = request;
  try {
    return await fetch(upstream + pathname + search, { method, headers, body, redirect: "manual" });
  } catch (error) {
    // The server is switched off, or the machine has gone.
    return new Response(String(error), { status: 502 });
  }
}
