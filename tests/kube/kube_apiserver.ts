import { createTestPki, type TestPki } from "./test_pki.ts";
import { type SupervisedProcess, superviseProcess } from "./supervised_process.ts";

/**
 * A real etcd and kube-apiserver on free ports of loopback, with RBAC, a token file, TokenRequest and Istio's custom
 * resource definitions; nothing else of a cluster: no controllers, so that EndpointSlices are what a test writes and
 * owner references collect nothing.
 */

/** A user of the token file. `admin-token` (group system:masters) is always there. */
export interface TokenUser {
  readonly token: string;
  readonly username: string;
  readonly groups?: readonly string[];
}

export interface KubeApiserverOptions {
  readonly users?: readonly TokenUser[];
  /** Another etcd binary, such as a distribution's older one; MOORLINE_ETCD names one for every server. */
  readonly etcd?: string;
  readonly apiserverFlags?: readonly string[];
}

export const ADMIN_TOKEN = "admin-token";
const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const CRDS = new URL("../../scripts/kube/istio_crds.yaml", import.meta.url);
const BUILD = new URL("../../scripts/kube/build.sh", import.meta.url);

/** Where build.sh puts the binaries. */
export function kubeCache(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
  return `${Deno.env.get("MOORLINE_CACHE") || `${cache}/moorline`}/kube`;
}

/**
 * Builds the binaries if they are not there yet, which takes five minutes the first time.
 * @returns an empty string, or why they cannot be had, for `endToEnd`.
 */
export async function buildKube(): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("bash", { args: [BUILD.pathname], stdin: "null" }).output();
  if (code === 0) return "";
  const text = new TextDecoder();
  const output = text.decode(stderr).trim() || text.decode(stdout).trim();
  return `no kube-apiserver to test against: ${output.split("\n").at(-1) || `build.sh ended with code ${code}`}`;
}

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

const delay = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class KubeApiserver {
  readonly url: string;
  readonly adminToken = ADMIN_TOKEN;
  readonly pki: TestPki;
  /** Trusts this server's authority; for `fetch(url, { client })`. */
  readonly client: Deno.HttpClient;
  readonly #directory: string;
  readonly #options: KubeApiserverOptions;
  readonly #ports: { readonly etcd: number; readonly peer: number; readonly secure: number };
  #definitions: string[] = [];
  #etcd: SupervisedProcess | undefined;
  #apiserver: SupervisedProcess | undefined;

  private constructor(directory: string, pki: TestPki, options: KubeApiserverOptions) {
    const [etcd = 0, peer = 0, secure = 0] = freePorts(3);
    this.#directory = directory;
    this.#options = options;
    this.#ports = { etcd, peer, secure };
    this.pki = pki;
    this.url = `https://127.0.0.1:${secure}`;
    this.client = Deno.createHttpClient({ caCerts: [pki.ca] });
  }

  /** Starts both, applies the definitions and returns when lists of every Istio kind answer. */
  static async start(options: KubeApiserverOptions = {}): Promise<KubeApiserver> {
    const directory = await Deno.makeTempDir({ prefix: "moorline-kube-" });
    const pki = await createTestPki(directory).catch(async (error) => {
      await Deno.remove(directory, { recursive: true });
      throw error;
    });
    const server = new KubeApiserver(directory, pki, options);
    try {
      await server.#writeTokens();
      server.#startEtcd();
      await server.startApiserver();
      await server.#applyDefinitions();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** One request as administrator, unless the headers say otherwise. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${ADMIN_TOKEN}`);
    return fetch(this.url + path, { ...init, headers, client: this.client });
  }

  /** Starts the API server again on the same port, over the same etcd; resolves when it is ready. */
  async startApiserver(): Promise<void> {
    const { pki } = this;
    this.#apiserver = superviseProcess("kube-apiserver", `${kubeCache()}/kube-apiserver`, [
      `--etcd-servers=http://127.0.0.1:${this.#ports.etcd}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${this.#ports.secure}`,
      `--tls-cert-file=${pki.certFile}`,
      `--tls-private-key-file=${pki.keyFile}`,
      `--client-ca-file=${pki.caFile}`,
      `--cert-dir=${this.#directory}`,
      `--token-auth-file=${this.#directory}/tokens.csv`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${pki.serviceAccountKeyFile}`,
      `--service-account-signing-key-file=${pki.serviceAccountKeyFile}`,
      "--service-cluster-ip-range=10.96.0.0/12,fd00:10:96::/108",
      "--disable-admission-plugins=ServiceAccount",
      "--endpoint-reconciler-type=none",
      "--allow-privileged=true",
      ...this.#options.apiserverFlags ?? [],
    ]);
    await this.#waitFor("/readyz");
    await this.#waitForDefinitions();
  }

  /** Ends the API server as an outage does; etcd keeps the objects. */
  async stopApiserver(): Promise<void> {
    await this.#apiserver?.stop();
    this.#apiserver = undefined;
  }

  /** Whether etcd can tell its progress, without which the API server has no watch-lists. */
  async hasWatchList(): Promise<boolean> {
    const query =
      "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";
    const response = await this.request(`/api/v1/namespaces?${query}`);
    return !(await response.text()).includes("RequestWatchProgress is disabled");
  }

  /** Makes etcd forget every revision before the newest; the API server's watch cache keeps its own window. */
  async compact(): Promise<void> {
    const call = (path: string, body: unknown) =>
      fetch(`http://127.0.0.1:${this.#ports.etcd}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    const range = await (await call("kv/range", { key: btoa("/"), count_only: true })).json();
    const answer = await call("kv/compaction", { revision: range.header.revision, physical: true });
    if (!answer.ok) throw new Error(`etcd did not compact: ${await answer.text()}`);
    await answer.body?.cancel();
  }

  /** Ends both and removes their files. */
  async stop(): Promise<void> {
    this.client.close();
    await this.stopApiserver();
    await this.#etcd?.stop();
    if (!this.#etcd) await Deno.remove(this.#directory, { recursive: true });
  }

  async #writeTokens() {
    const admin = { token: ADMIN_TOKEN, username: "admin", groups: ["system:masters"] };
    const lines = [admin, ...this.#options.users ?? []].map(({ token, username, groups = [] }, i) =>
      [token, username, i + 1, ...(groups.length ? [`"${groups.join(",")}"`] : [])].join(",")
    );
    await Deno.writeTextFile(`${this.#directory}/tokens.csv`, `${lines.join("\n")}\n`);
  }

  #startEtcd() {
    const { etcd, peer } = this.#ports;
    this.#etcd = superviseProcess(
      "etcd",
      this.#options.etcd ?? (Deno.env.get("MOORLINE_ETCD") || `${kubeCache()}/etcd`),
      [
        `--data-dir=${this.#directory}/etcd`,
        `--listen-client-urls=http://127.0.0.1:${etcd}`,
        `--advertise-client-urls=http://127.0.0.1:${etcd}`,
        `--listen-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-cluster=default=http://127.0.0.1:${peer}`,
        "--quota-backend-bytes=4294967296",
        "--unsafe-no-fsync",
      ],
      this.#directory,
    );
  }

  async #waitFor(path: string) {
    const until = performance.now() + READY_WITHIN_MS;
    const process = this.#apiserver!;
    let ended: number | undefined;
    process.exited.then((code) => ended = code);
    let last = "";
    while (performance.now() < until) {
      if (ended !== undefined) throw new Error(`${process.name} ended with code ${ended}: ${process.tail()}`);
      try {
        const response = await this.request(path);
        const body = await response.text();
        if (response.ok) return;
        last = `${response.status} ${body}`;
      } catch (error) {
        last = String(error); // not listening yet
      }
      await delay(POLL_MS);
    }
    throw new Error(
      `kube-apiserver did not answer ${path} within ${READY_WITHIN_MS / 1000} s: ${last} ${process.tail()}`,
    );
  }

  /** A ready server may still answer 404 for a new kind, and 429 "storage is (re)initializing" after a restart. */
  async #waitForDefinitions() {
    await Promise.all(this.#definitions.map((plural) => this.#waitFor(`/apis/networking.istio.io/v1/${plural}`)));
  }

  async #applyDefinitions() {
    const documents = (await Deno.readTextFile(CRDS)).split(/^---$/m).filter((text) => /^kind:/m.test(text));
    await Promise.all(documents.map(async (body) => {
      const name = /^ {2}name: (\S+)$/m.exec(body)?.[1] ?? "";
      const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      const response = await this.request(`${definitions}/${name}?fieldManager=test&force=true`, {
        method: "PATCH",
        headers: { "content-type": "application/apply-patch+yaml" },
        body,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`definition ${name} was refused: ${text}`);
      this.#definitions.push(name.split(".")[0]!);
    }));
    await this.#waitForDefinitions();
  }
}
