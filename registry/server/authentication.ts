import type { UserInfo } from "./authorization.ts";
import type { ServiceAccountTokens } from "./service_account_tokens.ts";
import { unauthorized } from "./status_error.ts";

export const ADMINISTRATOR: UserInfo = { username: "admin", groups: ["system:masters", "system:authenticated"] };
export const ANONYMOUS: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] };

/** Says whom a request comes from, by its bearer token: a known user, or a service account. */
export class Authenticator {
  readonly #users: Map<string, UserInfo>;
  readonly #tokens: ServiceAccountTokens;
  readonly #nobody: UserInfo;

  /** @param nobody whom a request without a token comes from. */
  constructor(users: Readonly<Record<string, UserInfo>>, tokens: ServiceAccountTokens, nobody: UserInfo) {
    this.#users = new Map(Object.entries(users));
    this.#tokens = tokens;
    this.#nobody = nobody;
  }

  add(token: string, user: UserInfo): void {
    this.#users.set(token, user);
  }

  remove(token: string): void {
    this.#users.delete(token);
  }

  /** @throws {StatusError} 401 for a token that is unknown, expired or revoked. */
  identify(request: Request): UserInfo {
    const token = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (!token) return this.#nobody;
    const user = this.#users.get(token) ?? this.#tokens.authenticate(token);
    if (!user) throw unauthorized();
    const groups = new Set([...user.groups, "system:authenticated"]);
    return { ...user, groups: [...groups] };
  }
}
