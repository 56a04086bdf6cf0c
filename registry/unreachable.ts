/** No answer came from the API server: connection, TLS, proxy, time limit, or a body that was cut off. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  /** A time limit of ours passed, as against a failure that the network reported. */
  readonly timedOut: boolean;

  constructor(message: string, options: { timedOut?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.timedOut = options.timedOut ?? false;
  }
}

/** Deno reports TLS and connection failures as text only; each pattern with what a person can do about it. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/UnknownIssuer/, "its certificate is not signed by the CA that is configured"],
  [/certificate not valid for name|NotValidForName/, "its certificate carries other names; set tls-server-name"],
  [/certificate expired|: Expired/, "its certificate has expired, or this machine's clock is wrong"],
  [/NotValidYet/, "its certificate is not valid yet; is this machine's clock wrong?"],
  [/UnsupportedCertVersion/, "its certificate is of X.509 version 1"],
  [/CertificateRequired/, "it wants a client certificate"],
  [
    /fatal alert: (?:UnknownCA|BadCertificate|CertificateUnknown|CertificateExpired)/,
    "it refuses the client certificate",
  ],
  [/Connection refused/, "nothing listens there"],
  [/failed to lookup address|dns error/, "its name cannot be resolved"],
  [/Requests to port \d+ are blocked/, "that port is on the web platform's list of blocked ports; use another"],
];

/** Turns what `fetch` threw into one sentence that names the server. Credentials in URLs are left out. */
export function unreachable(server: string, what: string, error: unknown): Unreachable {
  const text = chainOf(error);
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1];
  return new Unreachable(`cannot ${what} at ${withoutUserinfo(server)}: ${hint ? `${hint} (${text})` : text}`, {
    cause: error,
  });
}

/** `https://user:secret@host/` -> `https://host/`, anywhere in a text. */
export function withoutUserinfo(text: string): string {
  return text.replaceAll(/(\w+:\/\/)[^/@\s]*@/g, "$1");
}

/** The innermost message says most; the outer ones repeat the URL. */
function chainOf(error: unknown): string {
  let innermost: unknown = error;
  while (innermost instanceof Error && innermost.cause !== undefined) innermost = innermost.cause;
  const text = innermost instanceof Error ? innermost.message : String(innermost);
  return withoutUserinfo(text).replace(/^error sending request for url \(.*?\): /, "");
}
