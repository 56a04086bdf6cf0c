import { ApiError } from "./api_error.ts";
import { apiVersion, type Identified, isRecord, type Kind, resourceName } from "./kind.ts";
import type { RequestOptions } from "./request.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** The part of a client that discovery needs. */
interface Asker {
  json(options: RequestOptions): Promise<unknown>;
}

/** The plurals of one API version. */
type Served = ReadonlySet<string> | "forbidden";

/** Finds the version of a kind that a server serves, by its discovery documents, and remembers it. */
export class Versions {
  readonly #client: Asker;
  readonly #found = new Map<string, string>();
  /** Kinds of one group are looked up together at start: one question for all. */
  readonly #asking = new Map<string, Promise<Served>>();

  constructor(client: Asker) {
    this.#client = client;
  }

  /**
   * The first of the kind's versions that serves it; undefined when none does. A kind of one version is not looked up.
   *
   * @throws ApiError, Unreachable.
   */
  async of(kind: Kind<Identified>, signal?: AbortSignal): Promise<string | undefined> {
    const known = kind.versions.length === 1 ? kind.versions[0] : this.#found.get(keyOf(kind));
    return known ?? await this.ask(kind, signal);
  }

  /** As `of`, and always asks. */
  async ask(kind: Kind<Identified>, signal?: AbortSignal): Promise<string | undefined> {
    for (const version of kind.versions) {
      const served = await this.#served(apiVersion(kind.group, version), signal);
      // Whoever may not look can only try the preferred one.
      if (served === "forbidden") return kind.versions[0];
      if (!served.has(kind.plural)) continue;
      this.#found.set(keyOf(kind), version);
      return version;
    }
    return undefined;
  }

  forget(kind: Kind<Identified>): void {
    this.#found.delete(keyOf(kind));
  }

  #served(version: string, signal?: AbortSignal): Promise<Served> {
    let answer = this.#asking.get(version);
    if (!answer) {
      answer = this.#ask(version).finally(() => this.#asking.delete(version));
      this.#asking.set(version, answer);
    }
    return unlessAborted(answer, signal);
  }

  /** The plurals of an API version (APIResourceList); none when it is not served. */
  async #ask(version: string): Promise<Served> {
    const path = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
    try {
      const value = await this.#client.json({ asked: { verb: "get", resource: path, namespace: "", name: "" }, path });
      const resources = isRecord(value) && Array.isArray(value["resources"]) ? value["resources"] : [];
      return new Set(resources.filter(isRecord).map((resource) => String(resource["name"])));
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return new Set();
      if (error instanceof ApiError && error.isForbidden) return "forbidden";
      throw error;
    }
  }
}

/** Two readers of one resource may know different versions of it. */
function keyOf(kind: Kind<Identified>): string {
  return `${resourceName(kind)} ${kind.versions}`;
}
