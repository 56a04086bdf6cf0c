/**
 * X.509 v3 certificates made by WebCrypto alone, so that TLS can be tested wherever Deno runs: an authority, and what it
 * signs. DER by hand, no more of it than a certificate needs (RFC 5280, 4.1).
 */
export interface Authority {
  readonly pem: string;
  /** A certificate for these subject alternative names, its subject `CN=name` and `O=group`s. */
  issue(options: IssueOptions): Promise<{ readonly cert: string; readonly key: string }>;
}

interface IssueOptions {
  readonly name: string;
  readonly groups?: readonly string[];
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
}

const DAY_MS = 86_400_000;
const OID = {
  commonName: [0x55, 0x04, 0x03],
  organization: [0x55, 0x04, 0x0a],
  ecdsaSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  basicConstraints: [0x55, 0x1d, 0x13],
  subjectAltName: [0x55, 0x1d, 0x11],
};

/** Makes an authority with a key of its own. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const subject = nameOf(name);
  const constraints = extension(OID.basicConstraints, sequence(tlv(0x01, [0xff])), true);
  const pem = await certificate(keys, subject, subject, keys.privateKey, [constraints]);
  return {
    pem,
    async issue({ name, groups = [], dns = [], ips = [] }) {
      const own = await newKeys();
      const names = [
        ...dns.map((host) => tlv(0x82, [...new TextEncoder().encode(host)])),
        ...ips.map((ip) => tlv(0x87, ip.split(".").map(Number))),
      ];
      const alternative = names.length > 0 ? [extension(OID.subjectAltName, sequence(...names))] : [];
      const key = pemOf("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", own.privateKey)));
      return { cert: await certificate(own, nameOf(name, groups), subject, keys.privateKey, alternative), key };
    },
  };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
}

async function certificate(
  keys: CryptoKeyPair,
  subject: number[],
  issuer: number[],
  signer: CryptoKey,
  extensions: number[][],
): Promise<string> {
  const algorithm = sequence(oid(OID.ecdsaSha256));
  const serial = [0x01, ...crypto.getRandomValues(new Uint8Array(8))];
  const body = sequence(
    tlv(0xa0, integer([2])), // v3
    integer(serial),
    algorithm,
    issuer,
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    subject,
    [...new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey))],
    ...(extensions.length > 0 ? [tlv(0xa3, sequence(...extensions))] : []),
  );
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, signer, new Uint8Array(body));
  const bits = tlv(0x03, [0, ...ecdsaSignature(new Uint8Array(signature))]);
  return pemOf("CERTIFICATE", new Uint8Array(sequence(body, algorithm, bits)));
}

/** WebCrypto gives r and s side by side; X.509 wants them as a sequence of two integers. */
function ecdsaSignature(raw: Uint8Array): number[] {
  const half = raw.length / 2;
  return sequence(integer([...raw.subarray(0, half)]), integer([...raw.subarray(half)]));
}

function nameOf(commonName: string, groups: readonly string[] = []): number[] {
  const attribute = (type: number[], value: string) =>
    tlv(0x31, sequence(oid(type), tlv(0x0c, [...new TextEncoder().encode(value)])));
  return sequence(...groups.map((group) => attribute(OID.organization, group)), attribute(OID.commonName, commonName));
}

function extension(type: number[], value: number[], critical = false): number[] {
  return sequence(oid(type), ...(critical ? [tlv(0x01, [0xff])] : []), tlv(0x04, value));
}

function time(milliseconds: number): number[] {
  const digits = new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, ""); // 20260102030405Z
  return tlv(0x18, [...new TextEncoder().encode(digits)]);
}

function integer(bytes: number[]): number[] {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? [0] : bytes.slice(first);
  return tlv(0x02, short[0]! >= 0x80 ? [0, ...short] : short);
}

function oid(bytes: number[]): number[] {
  return tlv(0x06, bytes);
}

function sequence(...parts: number[][]): number[] {
  return tlv(0x30, parts.flat());
}

/** Tag, length, value; lengths above 127 in their long form. */
function tlv(tag: number, value: number[]): number[] {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return [tag, ...size, ...value];
}

function pemOf(label: string, der: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...der)).replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
