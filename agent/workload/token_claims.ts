/** What the API server will take us for, read from our own token without verifying it. */
export interface TokenClaims {
  readonly namespace: string;
  /** The service account's name. */
  readonly account: string;
  /** `system:serviceaccount:<namespace>:<account>` */
  readonly user: string;
  /** The token's own id. */
  readonly id: string;
  /** Wall-clock milliseconds of the API server; undefined where the token does not say. */
  readonly issued: number | undefined;
  readonly expires: number | undefined;
  /** The Secret that the token is bound to, and dies with. */
  readonly secret: { readonly name: string; readonly uid: string } | undefined;
}

/** @returns the claims of a service account's token; undefined for any other text. */
export function tokenClaims(token: string): TokenClaims | undefined {
  const [, payload = "", ...rest] = token.trim().split(".");
  if (rest.length !== 1) return undefined;
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" }));
    const claims = JSON.parse(text) as Record<string, unknown>;
    const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(String(claims["sub"])) ?? [];
    if (!namespace || !account) return undefined;
    const bound = claims["kubernetes.io"] as { secret?: { name?: unknown; uid?: unknown } } | undefined;
    const { name, uid } = bound?.secret ?? {};
    return {
      ...{ namespace, account },
      user: String(claims["sub"]),
      id: String(claims["jti"] ?? ""),
      issued: milliseconds(claims["iat"]),
      expires: milliseconds(claims["exp"]),
      secret: typeof name === "string" && typeof uid === "string" ? { name, uid } : undefined,
    };
  } catch {
    return undefined; // no JWT
  }
}

function milliseconds(seconds: unknown): number | undefined {
  return typeof seconds === "number" ? seconds * 1000 : undefined;
}

/** A join token's one right is to make tokens of the VMs' account, whose name this suffix extends. */
const JOIN_SUFFIX = "-join";

/** @returns the account whose tokens a join token may make; undefined for any other token. */
export function joinedAccount(claims: TokenClaims): string | undefined {
  return claims.account.endsWith(JOIN_SUFFIX) ? claims.account.slice(0, -JOIN_SUFFIX.length) : undefined;
}

/**
 * The owner that the admission policy and the agent write into `moorline.dev/owner`: service accounts `moorline-*` are
 * one VM's, and the owner is the user; every other service account is shared, and the owner is the token, `JTI=<jti>`.
 * Empty where neither can be known (certificates, cloud plugins).
 */
export function ownerOf(token: string): string {
  const claims = tokenClaims(token);
  if (!claims) return "";
  if (claims.account.startsWith("moorline-")) return claims.user;
  return claims.id ? `JTI=${claims.id}` : "";
}
