import type { Clock, Random } from "../clock.ts";
import type { UserInfo } from "./authorization.ts";
import { isJsonObject, type JsonObject, type KubeObject, kubeTime, objectKey } from "./kube_object.ts";
import { randomUuid } from "./random_uuid.ts";
import { badRequest, invalid, invalidValue, StatusError } from "./status_error.ts";
import type { Storage } from "./storage.ts";

/** The server's own audience; a token for others does not open it. */
export const API_AUDIENCE = "https://kubernetes.default.svc";

const MIN_SECONDS = 600;
const DEFAULT_SECONDS = 3600;
const MAX_SECONDS = 2 ** 32;

/** What a token may live and die with. */
const BINDABLE = ["Secret", "Pod", "Node"];

interface Binding {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

interface IssuedToken {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly jti: string;
  readonly expires: number;
  readonly audiences: readonly string[];
  readonly bound: Binding | undefined;
}

/** Issues tokens of service accounts (TokenRequest) and says whom a token that comes back stands for. */
export class ServiceAccountTokens {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #issued = new Map<string, IssuedToken>();

  constructor(storage: Storage, clock: Clock, random: Random) {
    this.#storage = storage;
    this.#clock = clock;
    this.#random = random;
  }

  /** Answers a TokenRequest for an existing service account. */
  request(account: KubeObject, body: unknown): KubeObject {
    const spec = isJsonObject(body) && isJsonObject(body.spec) ? body.spec : {};
    const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
    this.#checkSeconds(seconds);
    const audiences = Array.isArray(spec.audiences) && spec.audiences.length
      ? spec.audiences.map(String)
      : [API_AUDIENCE];
    const { namespace = "", name = "", uid = "" } = account.metadata;
    const bound = this.#bind(spec.boundObjectRef, namespace);
    const now = Math.floor(this.#clock.now() / 1000);
    const jti = randomUuid(this.#random);
    const expires = now + Number(seconds);
    const token = this.#write({
      aud: audiences,
      exp: expires,
      iat: now,
      iss: API_AUDIENCE,
      jti,
      "kubernetes.io": {
        namespace,
        ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
        serviceaccount: { name, uid },
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    this.#issued.set(token, { namespace, name, uid, jti, expires: expires * 1000, audiences, bound });
    const expirationTimestamp = kubeTime(expires * 1000);
    return {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, uid, creationTimestamp: kubeTime(this.#clock.now()) },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp },
    };
  }

  /** The user of a valid token: not expired, account and bound object still there, for this server. */
  authenticate(token: string): UserInfo | undefined {
    const issued = this.#issued.get(token);
    if (!issued || issued.expires <= this.#clock.now() || !issued.audiences.includes(API_AUDIENCE)) return undefined;
    const { namespace, name, uid, bound } = issued;
    if (this.#storage.get("/serviceaccounts", objectKey(namespace, name))?.metadata.uid !== uid) return undefined;
    if (bound && this.#boundObject(bound.kind, namespace, bound.name)?.metadata.uid !== bound.uid) return undefined;
    return {
      username: `system:serviceaccount:${namespace}:${name}`,
      uid,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": [`JTI=${issued.jti}`] },
    };
  }

  #checkSeconds(seconds: unknown) {
    const refuse = (explanation: string) => {
      const cause = invalidValue("spec.expirationSeconds", String(seconds), explanation);
      throw invalid({ kind: "TokenRequest", group: "authentication.k8s.io" }, "", [cause]);
    };
    if (typeof seconds !== "number" || seconds < MIN_SECONDS) refuse("may not specify a duration less than 10 minutes");
    else if (seconds > MAX_SECONDS) refuse("may not specify a duration larger than 2^32 seconds");
  }

  #bind(reference: unknown, namespace: string): Binding | undefined {
    if (!isJsonObject(reference)) return undefined;
    const { kind = "", name = "", uid } = reference as { kind?: string; name?: string; uid?: string };
    if (!BINDABLE.includes(kind)) throw badRequest(`cannot bind token to object of type ${typeOf(reference)}`);
    const object = this.#boundObject(kind, namespace, name);
    const resource = `${kind.toLowerCase()}s`;
    if (!object) throw new StatusError(404, "NotFound", `${resource} "${name}" not found`, { name, kind: resource });
    const stored = object.metadata.uid ?? "";
    if (uid && uid !== stored) {
      const message = `Operation cannot be fulfilled on ${kind} "${name}": the UID in the bound object reference ` +
        `(${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw new StatusError(409, "Conflict", message, { name, kind });
    }
    return { kind, name, uid: stored };
  }

  #boundObject(kind: string, namespace: string, name: string): KubeObject | undefined {
    if (kind === "Node") return this.#storage.get("/nodes", name);
    return this.#storage.get(`/${kind.toLowerCase()}s`, objectKey(namespace, name));
  }

  /** A JSON Web Token by looks: nobody checks its signature, the server knows the tokens it gave out. */
  #write(claims: Readonly<Record<string, unknown>>): string {
    const part = (value: unknown) => base64Url(new TextEncoder().encode(JSON.stringify(value)));
    const signature = Uint8Array.from({ length: 256 }, () => Math.floor(this.#random() * 256));
    return `${part({ alg: "RS256", kid: "moorline-in-process" })}.${part(claims)}.${base64Url(signature)}`;
  }
}

/** `/v1, Kind=ConfigMap`, as Go prints a group, version and kind. */
function typeOf({ apiVersion = "v1", kind }: JsonObject): string {
  const [version, group = ""] = String(apiVersion).split("/").reverse();
  return `${group}/${version}, Kind=${kind}`;
}

function base64Url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
