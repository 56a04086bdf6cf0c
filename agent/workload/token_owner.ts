/** What the API server will take us for, read from our own token without verifying it. */
export interface TokenClaims {
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly subject: string;
  /** The token's own id. */
  readonly id: string;
  /** Wall-clock milliseconds; undefined where the token does not say. */
  readonly issued: number | undefined;
  readonly expires: number | undefined;
}

/** @returns the claims of a JWT; undefined for any other text. */
export function tokenClaims(token: string): TokenClaims | undefined {
  const [, payload = "", ...rest] = token.trim().split(".");
  if (rest.length !== 1) return undefined;
  try {
    const text = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const claims = JSON.parse(text) as Record<string, unknown>;
    const seconds = (value: unknown) => typeof value === "number" ? value * 1000 : undefined;
    const { sub, jti, iat, exp } = claims;
    return { subject: String(sub ?? ""), id: String(jti ?? ""), issued: seconds(iat), expires: seconds(exp) };
  } catch {
    return undefined; // no JWT
  }
}

/**
 * The owner that the admission policy and the agent write into `moorline.dev/owner`: service accounts `moorline-*` are
 * one VM's, and the owner is the user; every other service account is shared, and the owner is the token, `JTI=<jti>`.
 * Empty where neither can be known (certificates, cloud plugins).
 */
export function ownerOf(token: string): string {
  const claims = tokenClaims(token);
  const account = claims?.subject.match(/^system:serviceaccount:[^:]+:(.+)$/)?.[1];
  if (!claims || account === undefined) return "";
  if (account.startsWith("moorline-")) return claims.subject;
  return claims.id ? `JTI=${claims.id}` : "";
}
