import * as assert from "uvu/assert";

/** A server under test: ours, or a real one. */
export interface ConformanceTarget {
  readonly url: string;
  /** A bearer token of an administrator, and one of the user `alice`, who has no rights. */
  readonly token: string;
  readonly aliceToken: string;
  /** Trusts the server's certificate. */
  readonly client?: Deno.HttpClient;
  /** Whether storage notifies of progress, without which there are no watch-lists (etcd before 3.5 does not). */
  readonly watchList: boolean;
  /** Storage forgets every revision older than the newest; open watches go on. */
  readonly compact: () => Promise<void>;
  /** Storage and every cache forget; connections may break. */
  readonly forget: () => Promise<void>;
}

/** How cases are written: each gets a namespace of its own. */
export type AddCase = (name: string, run: (kube: KubeProbe) => Promise<void>) => void;

// deno-lint-ignore no-explicit-any -- JSON of a foreign server: the cases say what they expect of it
export type Json = any;

export interface Answer {
  readonly code: number;
  readonly body: Json;
  readonly headers: Headers;
}

export const ISTIO = "/apis/networking.istio.io/v1";

/** Plain fetch with what every case needs: JSON in and out, a namespace of its own, event streams. */
export class KubeProbe {
  readonly target: ConformanceTarget;
  readonly namespace: string;

  constructor(target: ConformanceTarget, namespace: string) {
    this.target = target;
    this.namespace = namespace;
  }

  /** The collection of a kind in this case's namespace: `workloadentries`, `services`, `leases`, ... */
  path(plural: string, name = ""): string {
    const groups: Record<string, string> = {
      services: "/api/v1",
      configmaps: "/api/v1",
      secrets: "/api/v1",
      events: "/api/v1",
      serviceaccounts: "/api/v1",
      endpointslices: "/apis/discovery.k8s.io/v1",
      leases: "/apis/coordination.k8s.io/v1",
      roles: "/apis/rbac.authorization.k8s.io/v1",
      rolebindings: "/apis/rbac.authorization.k8s.io/v1",
    };
    return `${groups[plural] ?? ISTIO}/namespaces/${this.namespace}/${plural}${name && `/${name}`}`;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    options: { type?: string; token?: string } = {},
  ): Promise<Answer> {
    const response = await this.open(method, path, body, options);
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type") ?? "");
    return { code: response.status, body: json && text ? JSON.parse(text) : text, headers: response.headers };
  }

  open(
    method: string,
    path: string,
    body?: unknown,
    { type = "application/json", token = this.target.token, signal }: {
      type?: string;
      token?: string;
      signal?: AbortSignal;
    } = {},
  ): Promise<Response> {
    const headers: Record<string, string> = { "user-agent": "conformance/1" };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = type;
    const { client } = this.target;
    return fetch(this.target.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(client ? { client } : {}),
      ...(signal ? { signal } : {}),
    });
  }

  get = (path: string) => this.send("GET", path);
  delete = (path: string, body?: unknown) => this.send("DELETE", path, body);
  put = (path: string, body: unknown) => this.send("PUT", path, body);
  merge = (path: string, patch: unknown) => this.send("PATCH", path, patch, { type: "application/merge-patch+json" });

  /** Creates and requires that it worked. */
  async create(plural: string, object: Json): Promise<Json> {
    return this.ok(await this.send("POST", this.path(plural), object));
  }

  apply(path: string, config: unknown, manager: string, force = false): Promise<Answer> {
    const query = `?fieldManager=${manager}${force ? "&force=true" : ""}`;
    return this.send("PATCH", path + query, config, { type: "application/apply-patch+yaml" });
  }

  /** The body of an answer that must be a success. */
  ok(answer: Answer): Json {
    assert.ok(answer.code < 300, `${answer.code} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A status must be this refusal. */
  refused(answer: Answer, code: number, reason: string, message?: string | RegExp): Json {
    assert.is(answer.code, code, JSON.stringify(answer.body));
    assert.is(answer.body.kind, "Status");
    assert.is(answer.body.status, "Failure");
    assert.is(answer.body.code, code);
    assert.is(answer.body.reason ?? "", reason);
    if (typeof message === "string") assert.is(answer.body.message, message);
    else if (message) assert.match(answer.body.message, message);
    return answer.body;
  }

  /** Opens a watch; the events come one by one. */
  async watch(path: string, query: string): Promise<EventReader> {
    const stop = new AbortController();
    const response = await this.open("GET", `${path}?watch=1&${query}`, undefined, { signal: stop.signal });
    return new EventReader(response, stop);
  }
}

export interface ProbeEvent {
  readonly type: string;
  readonly object: Json;
}

/** The lines of a watch. */
export class EventReader {
  readonly response: Response;
  readonly #stop: AbortController;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response, stop: AbortController) {
    this.response = response;
    this.#stop = stop;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event, or undefined at the end of the stream. */
  async next(): Promise<ProbeEvent | undefined> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line ? JSON.parse(line) : await this.next();
  }

  async take(count: number): Promise<ProbeEvent[]> {
    const events: ProbeEvent[] = [];
    for (let i = 0; i < count; i++) {
      const event = await this.next();
      assert.ok(event, `the watch ended after ${i} of ${count} events`);
      events.push(event);
    }
    return events;
  }

  /** `TYPE name` of the next events. */
  async brief(count: number): Promise<string[]> {
    return (await this.take(count)).map(({ type, object }) => `${type} ${object.metadata.name ?? ""}`.trim());
  }

  close() {
    this.#stop.abort();
    // The read that was under way fails by this abort, and nobody waits for it.
    this.#reader.closed.catch(() => {});
  }
}

/** One manifest of each kind that cases need. */
export const workloadEntry = (name: string, spec: Json = { address: "10.0.0.1" }, metadata: Json = {}): Json => ({
  apiVersion: "networking.istio.io/v1",
  kind: "WorkloadEntry",
  metadata: { name, ...metadata },
  spec,
});

export const configMap = (name: string, data: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});

export const owner = (uid: string): Json => ({
  apiVersion: "networking.istio.io/v1",
  kind: "WorkloadGroup",
  name: uid,
  uid,
});

/** Manager, operation, subresource and fields of each entry of managedFields. */
export const managers = (object: Json): Json[] =>
  object.metadata.managedFields.map((entry: Json) => [
    entry.manager,
    entry.operation,
    entry.subresource ?? "",
    entry.fieldsV1,
  ]);
