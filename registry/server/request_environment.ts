import type { Clock } from "../clock.ts";
import { type Attributes, type Authorizer, refusal, type UserInfo } from "./authorization.ts";
import type { ResourceWrites } from "./resource_writes.ts";
import type { ServerKind } from "./server_kind.ts";
import type { ServiceAccountTokens } from "./service_account_tokens.ts";
import { forbidden, StatusError } from "./status_error.ts";
import type { Storage } from "./storage.ts";
import type { WatchScope } from "./watch_cache.ts";

/** The parts that requests are answered from. */
export interface RequestEnvironment {
  readonly storage: Storage;
  readonly writes: ResourceWrites;
  readonly tokens: ServiceAccountTokens;
  readonly authorizer: Authorizer | undefined;
  readonly clock: Clock;
  /** The kinds that are served now. */
  readonly kinds: () => readonly ServerKind[];
  readonly watch: (scope: WatchScope) => ReadableStream<Uint8Array>;
}

/** A request of a known user. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  readonly user: UserInfo;
}

/** @throws {StatusError} 403 in the words of RBAC. */
export function authorize(env: RequestEnvironment, user: UserInfo, attributes: Attributes): void {
  if (!env.authorizer || env.authorizer.allows(user, attributes)) return;
  const sentence = refusal(user, attributes);
  if (attributes.path !== undefined) throw new StatusError(403, "Forbidden", `forbidden: ${sentence}`, {});
  throw forbidden(attributes.group, attributes.resource, attributes.name, sentence);
}
