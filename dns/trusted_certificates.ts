/** Whom DNS over TLS trusts. */

/** Where Linux distributions keep the certificates that they trust: Debian, Fedora and RHEL, openSUSE, Alpine. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** The certificates to trust: those of `caFile`, else the system's. Throws an Error that names the file. */
export async function readTrusted(caFile: string): Promise<string> {
  if (caFile) {
    const text = await Deno.readTextFile(caFile).catch((error) => {
      throw new Error(`dns.upstreamCaFile ${caFile} cannot be read: ${error.message}`);
    });
    if (!text.includes("-----BEGIN CERTIFICATE-----")) {
      throw new Error(`dns.upstreamCaFile ${caFile} holds no certificate`);
    }
    return text;
  }
  for (const path of SYSTEM_BUNDLES) {
    try {
      return await Deno.readTextFile(path);
    } catch {
      // Not this distribution's place.
    }
  }
  throw new Error(`no system certificates at ${SYSTEM_BUNDLES.join(", ")}; set dns.upstreamCaFile`);
}
