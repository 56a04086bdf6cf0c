import { isJsonObject, type KubeObject } from "./kube_object.ts";
import type { ListOptions } from "./list_options.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import { badRequest, expired, tooLargeRevision } from "./status_error.ts";
import type { Storage } from "./storage.ts";

export interface ObjectList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly Pick<KubeObject, "metadata">[];
}

interface ContinueToken {
  /** -1: an inconsistent continuation, over the newest state. */
  readonly revision: number;
  /** The first key that is not yet delivered. */
  readonly start: string;
}

function encodeToken(token: ContinueToken): string {
  return btoa(JSON.stringify({ v: "meta.k8s.io/v1", rv: token.revision, start: token.start }));
}

function decodeToken(text: string): ContinueToken {
  try {
    const token: unknown = JSON.parse(atob(text));
    if (isJsonObject(token) && typeof token.rv === "number" && typeof token.start === "string") {
      return { revision: token.rv, start: token.start };
    }
  } catch {
    // Neither base64 nor JSON: refused below like every other token that is not ours.
  }
  throw badRequest("invalid continue token: continue key is not valid");
}

const LIST_EXPIRED = "The resourceVersion for the provided list is too old.";
const TOKEN_EXPIRED =
  "The provided continue parameter is too old to display a consistent list result. You can start a " +
  "new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the " +
  "results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

/** The revision whose state a list shows (API concepts, "Semantics for get and list"). */
function revisionOf(storage: Storage, options: ListOptions, token: ContinueToken | undefined): number {
  if (token) {
    if (token.revision < 0) return storage.revision;
    if (token.revision >= storage.compacted) return token.revision;
    throw expired(TOKEN_EXPIRED, encodeToken({ revision: -1, start: token.start }));
  }
  const wanted = options.revision ?? 0;
  if (wanted > storage.revision) throw tooLargeRevision(wanted, storage.revision);
  // A limit with a revision and no match means exactly that revision, as it did before there was a match.
  const exact = options.match === "Exact" || (wanted > 0 && options.limit > 0 && options.match === "");
  if (!exact) return storage.revision;
  if (wanted < storage.compacted) throw expired(LIST_EXPIRED);
  return wanted;
}

export function listObjects(
  storage: Storage,
  kind: ServerKind,
  version: string,
  namespace: string,
  options: ListOptions,
): ObjectList {
  const token = options.continueToken ? decodeToken(options.continueToken) : undefined;
  const revision = revisionOf(storage, options, token);
  const all = revision === storage.revision ? storage.list(tableName(kind)) : storage.listAt(tableName(kind), revision);
  const prefix = namespace ? `${namespace}/` : "";
  const chosen = all.filter(([key, object]) =>
    key.startsWith(prefix) && (!token || key >= token.start) && options.matches(object)
  );
  // resourceVersion=0 is answered from the watch cache, which knows no pages.
  const limit = options.limit > 0 && options.revision !== 0 ? options.limit : Infinity;
  const next = chosen[limit];
  const apiVersion = apiVersionOf(kind, version);
  return {
    apiVersion,
    kind: `${kind.kind}List`,
    metadata: {
      resourceVersion: String(revision),
      ...(next ? { continue: encodeToken({ revision, start: next[0] }) } : {}),
      ...(next && !options.selective ? { remainingItemCount: chosen.length - limit } : {}),
    },
    items: chosen.slice(0, limit).map(([, object]) => kind.custom ? asVersion(object, apiVersion) : untyped(object)),
  };
}

/** Items of a built-in kind's list carry neither apiVersion nor kind. */
function untyped({ apiVersion: _, kind: __, ...rest }: KubeObject) {
  return rest;
}

/** The object in the version that the client asked for; all versions of a kind have one schema. */
export function asVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
