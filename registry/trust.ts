import { AccessError } from "./material.ts";

/**
 * Makes this process trust nobody by itself: only the CAs that a connection names. Deno would otherwise add Mozilla's
 * list to every connection's own CAs, and any of its hundred members could sign for an API server. It reads the variable
 * when the first TLS connection of the process is made, so call this before.
 */
export function trustNobody(): void {
  Deno.env.set("DENO_TLS_CA_STORE", "");
}

/** Where the distributions keep the bundle of CAs that the system trusts; in the order in which Go looks. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, RHEL, Amazon Linux
  "/etc/ssl/ca-bundle.pem", // SUSE
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7 and later
  "/etc/ssl/cert.pem", // Alpine, macOS
];

/**
 * The PEM bundle of the CAs that the system trusts: for a kubeconfig that names no CA, whose API server has a public
 * certificate. `SSL_CERT_FILE` wins, as in OpenSSL and Go.
 *
 * @throws AccessError when there is none.
 */
export async function systemBundle(): Promise<string> {
  const own = Deno.env.get("SSL_CERT_FILE");
  for (const path of own ? [own] : BUNDLES) {
    try {
      return await Deno.readTextFile(path);
    } catch (error) {
      if (own) throw new AccessError(`SSL_CERT_FILE: cannot read ${path}: ${(error as Error).message}`);
    }
  }
  throw new AccessError("no CA is configured, and this system has no CA bundle; give certificate-authority or caFile");
}
