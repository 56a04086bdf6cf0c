import { ApiError, type Asked } from "./api_error.ts";
import { JsonItems } from "./json_items.ts";
import { apiVersion, type Identified, type Kind, type Manifest, pathOf, resourceName } from "./kind.ts";
import type { Answer, RequestOptions } from "./request.ts";
import type { Selection } from "./selection.ts";
import { StreamBroken } from "./stream_broken.ts";
import { Unreachable } from "./unreachable.ts";

/** The part of a client that a resource needs. */
export interface ResourceClient {
  request(options: RequestOptions): Promise<Answer>;
  json(options: RequestOptions): Promise<unknown>;
  usedVersion(kind: Kind<Identified>, signal?: AbortSignal): Promise<string | undefined>;
  forgetVersion(kind: Kind<Identified>): void;
}

/** What must hold for a deletion to happen; else 409. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

interface Call {
  readonly verb: string;
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The objects of one kind on one server. Every method throws ApiError when the server refuses (404 also when the kind
 * is not served at all) and Unreachable when there is no answer. Objects come back as the kind's `parse` gives them.
 */
export class Resource<T extends Identified> {
  readonly kind: Kind<T>;
  readonly #client: ResourceClient;

  constructor(client: ResourceClient, kind: Kind<T>) {
    this.#client = client;
    this.kind = kind;
  }

  async get(namespace: string, name: string, signal?: AbortSignal): Promise<T> {
    return this.kind.parse(await this.getRaw(namespace, name, signal));
  }

  /** The object as the server sent it. */
  async getRaw(namespace: string, name: string, signal?: AbortSignal): Promise<Manifest> {
    return await this.#object({ verb: "get", namespace, name, signal });
  }

  /** All objects of a selection, page by page, parsed; for small collections. Bad objects throw. */
  async list(selection: Selection = {}, signal?: AbortSignal): Promise<T[]> {
    return (await this.listRaw(selection, signal)).map((raw) => this.kind.parse(raw));
  }

  async listRaw(selection: Selection = {}, signal?: AbortSignal): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let from: string | undefined = ""; from !== undefined;) {
      const answer = await this.read("list", selection, { query: { limit: "500", continue: from }, signal });
      const items = new JsonItems();
      try {
        for await (const chunk of answer.bytes()) {
          for (const item of items.push(chunk)) if ("value" in item) found.push(item.value);
        }
        from = items.end().continue || undefined;
      } catch (error) {
        if (!(error instanceof StreamBroken)) throw error;
        throw new Unreachable(`cannot list ${resourceName(this.kind)}: ${error.message}`, { cause: error });
      }
    }
    return found;
  }

  /** @throws ApiError `isAlreadyExists`. */
  async create(manifest: Manifest, options: { fieldManager?: string; signal?: AbortSignal } = {}): Promise<T> {
    const namespace = manifest.metadata.namespace ?? "";
    const query = { fieldManager: options.fieldManager ?? "" };
    const call: Call = { verb: "create", method: "POST", namespace, query, body: manifest, signal: options.signal };
    return this.kind.parse(await this.#object(call));
  }

  /**
   * Server-side apply: creates the object, or makes it have what the manifest says and nothing more of what this manager
   * applied before.
   *
   * @param options.force takes fields over that other managers own.
   */
  async apply(manifest: Manifest, options: {
    readonly fieldManager: string;
    readonly force?: boolean;
    readonly signal?: AbortSignal;
  }): Promise<T> {
    return this.kind.parse(
      await this.#object({
        verb: "patch",
        method: "PATCH",
        ...named(manifest),
        query: { fieldManager: options.fieldManager, force: options.force ? "true" : "" },
        contentType: "application/apply-patch+yaml",
        body: manifest,
        signal: options.signal,
      }),
    );
  }

  /** Replaces the whole object by PUT; with `metadata.resourceVersion` only if nobody changed it since (else 409). */
  async replace(manifest: Manifest, options: { fieldManager?: string; signal?: AbortSignal } = {}): Promise<T> {
    const query = { fieldManager: options.fieldManager ?? "" };
    return this.kind.parse(
      await this.#object({
        verb: "update",
        method: "PUT",
        ...named(manifest),
        query,
        body: manifest,
        signal: options.signal,
      }),
    );
  }

  /**
   * Merge patch (RFC 7396): members given are set, null removes, lists are replaced whole.
   *
   * @param options.resourceVersion if somebody changed the object since, 409.
   */
  async mergePatch(
    namespace: string,
    name: string,
    patch: Readonly<Record<string, unknown>>,
    options: PatchOptions = {},
  ) {
    return this.kind.parse(await this.#patch(namespace, name, patch, options));
  }

  /**
   * Merge patch of the status alone.
   *
   * @param status the members of `status` to set.
   */
  async mergeStatus(
    namespace: string,
    name: string,
    status: Readonly<Record<string, unknown>>,
    options: PatchOptions = {},
  ): Promise<T> {
    return this.kind.parse(await this.#patch(namespace, name, { status }, options, "status"));
  }

  /** @throws ApiError `isConflict` when a precondition does not hold, `isNotFound` when it is gone already. */
  async delete(namespace: string, name: string, options: Preconditions & { signal?: AbortSignal } = {}): Promise<void> {
    const { uid, resourceVersion, signal } = options;
    const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    const body = Object.keys(preconditions).length > 0
      ? { apiVersion: "v1", kind: "DeleteOptions", preconditions }
      : undefined;
    const answer = await this.#client.request(
      await this.#options({ verb: "delete", method: "DELETE", namespace, name, body, signal }),
    );
    await answer.text();
  }

  /**
   * Reads the collection: what lists and watches are made of. The body of the answer is the caller's to read.
   *
   * @param verb `list` or `watch`.
   * @throws ApiError 404 also when the kind is not served.
   */
  async read(verb: "list" | "watch", selection: Selection, options: {
    readonly query: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
    readonly answerWithin?: number;
  }): Promise<Answer> {
    const { namespace = "", labelSelector = "", fieldSelector = "" } = selection;
    const query = { ...options.query, labelSelector, fieldSelector };
    const request = await this.#options({ verb, namespace, query, signal: options.signal });
    const { answerWithin } = options;
    return await this.#versioned(this.#client.request({ ...request, ...(answerWithin && { answerWithin }) }));
  }

  #patch(namespace: string, name: string, patch: object, options: PatchOptions, subresource = ""): Promise<Manifest> {
    const { resourceVersion, fieldManager = "", signal } = options;
    const body: Record<string, unknown> = { ...patch };
    if (resourceVersion) body["metadata"] = { ...(body["metadata"] as object | undefined), resourceVersion };
    const contentType = "application/merge-patch+json";
    const query = { fieldManager };
    return this.#object({
      verb: "patch",
      method: "PATCH",
      namespace,
      name,
      subresource,
      query,
      contentType,
      body,
      signal,
    });
  }

  async #object(call: Call): Promise<Manifest> {
    const options = await this.#options(call);
    const value = await this.#versioned(this.#client.json(options));
    if (value === null || typeof value !== "object" || !("metadata" in value)) {
      throw new Unreachable(`cannot ${call.verb} ${options.asked.resource}: the answer is no object`);
    }
    return value as Manifest;
  }

  /** A 404 without a reason is not the object's but the whole kind's: another version may be served by now. */
  async #versioned<R>(answer: Promise<R>): Promise<R> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound && !error.reason) this.#client.forgetVersion(this.kind);
      throw error;
    }
  }

  async #options(call: Call): Promise<RequestOptions & { asked: Asked }> {
    const { kind } = this;
    const { verb, namespace, name = "", subresource = "", signal } = call;
    const resource = subresource ? `${resourceName(kind)}/${subresource}` : resourceName(kind);
    const asked: Asked = { verb, resource, namespace, name };
    const version = await this.#client.usedVersion(kind, signal);
    if (version === undefined) {
      throw new ApiError(asked, 404, `the server serves none of ${kind.versions.join(", ")} of ${resourceName(kind)}`);
    }
    return {
      asked,
      path: pathOf(kind, version, namespace, name, subresource),
      ...(call.method && { method: call.method }),
      ...(call.query && { query: call.query }),
      ...(call.body !== undefined && { body: this.#complete(call, version) }),
      ...(call.contentType && { contentType: call.contentType }),
      ...(signal && { signal }),
    };
  }

  /** Fills apiVersion and kind into a manifest; patches and options go as they are. */
  #complete({ verb, body, contentType }: Call, version: string): unknown {
    const whole = verb === "create" || verb === "update" || contentType === "application/apply-patch+yaml";
    if (!whole) return body;
    return { ...(body as object), apiVersion: apiVersion(this.kind.group, version), kind: this.kind.kind };
  }
}

/** How a patch is sent. */
export interface PatchOptions {
  readonly resourceVersion?: string;
  readonly fieldManager?: string;
  readonly signal?: AbortSignal;
}

function named(manifest: Manifest): { namespace: string; name: string } {
  const { namespace = "", name } = manifest.metadata;
  if (!name) throw new TypeError("a manifest needs metadata.name");
  return { namespace, name };
}
