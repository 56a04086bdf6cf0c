/**
 * Certificates for a server that lives as long as one test: an authority, a server certificate for 127.0.0.1, client
 * certificates, and the key that signs service account tokens. Made by openssl, X.509 v3 (rustls accepts nothing less).
 */
export interface TestPki {
  readonly directory: string;
  readonly ca: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly serviceAccountKeyFile: string;
  /** A certificate for the user `name` in `groups`, signed by the authority. */
  client(name: string, groups?: readonly string[]): Promise<{ certFile: string; keyFile: string }>;
}

async function openssl(args: readonly string[]) {
  const { code, stderr } = await new Deno.Command("openssl", { args: [...args], stdout: "null", stderr: "piped" })
    .output();
  if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
}

async function sign(directory: string, name: string, subject: string, extensions: string) {
  const at = (suffix: string) => `${directory}/${name}.${suffix}`;
  await Deno.writeTextFile(at("ext"), extensions);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(["req", ...key, "-keyout", at("key"), "-out", at("csr"), "-subj", subject]);
  const authority = ["-CA", `${directory}/ca.crt`, "-CAkey", `${directory}/ca.key`, "-CAcreateserial"];
  await openssl([
    "x509",
    "-req",
    "-in",
    at("csr"),
    ...authority,
    "-days",
    "2",
    "-extfile",
    at("ext"),
    "-out",
    at("crt"),
  ]);
  return { certFile: at("crt"), keyFile: at("key") };
}

export async function createTestPki(directory: string): Promise<TestPki> {
  const caFile = `${directory}/ca.crt`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl([
    "req",
    "-x509",
    ...key,
    "-keyout",
    `${directory}/ca.key`,
    "-out",
    caFile,
    "-days",
    "2",
    "-subj",
    "/CN=test-ca",
  ]);
  const server = await sign(
    directory,
    "server",
    "/CN=kube-apiserver",
    "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
  );
  const serviceAccountKeyFile = `${directory}/service-account.key`;
  await openssl(["genrsa", "-out", serviceAccountKeyFile, "2048"]);
  return {
    directory,
    ca: await Deno.readTextFile(caFile),
    caFile,
    ...server,
    serviceAccountKeyFile,
    client: (name, groups = []) => {
      const subject = [...groups.map((group) => `/O=${group}`), `/CN=${name}`].join("");
      return sign(directory, `client-${name.replaceAll(/[^a-z0-9]/gi, "_")}`, subject, "extendedKeyUsage=clientAuth\n");
    },
  };
}
