import type { Access } from "./access.ts";
import type { Clock } from "./clock.ts";
import { type ExecCredential, type ExecPlugin, runExecPlugin } from "./exec_plugin.ts";
import { AccessError, checkPem, MaterialReader } from "./material.ts";

/** What one connection and one request carry. */
export interface Credential {
  /** `Bearer ...`, or the empty string. */
  readonly authorization: string;
  /** PEM of the client certificate and its key, or empty strings. */
  readonly cert: string;
  readonly key: string;
}

/** A plugin that failed is not run again at once: ten waiting requests would start it ten times a second. */
const FAILED_EXEC_REST_MS = 10_000;
/** A credential is renewed this long before it ends, or at 90 % of a shorter life: requests take a moment to arrive. */
const EXPIRY_MARGIN_MS = 60_000;

/** Holds the credentials of an access and keeps them fresh. */
export class Credentials {
  readonly #clock: Clock;
  readonly #run: (plugin: ExecPlugin) => Promise<ExecCredential>;
  readonly #plugin: ExecPlugin | undefined;
  readonly #token: MaterialReader | undefined;
  readonly #cert: MaterialReader | undefined;
  readonly #key: MaterialReader | undefined;
  #given: (ExecCredential & { readonly renewAt: number }) | undefined;
  #running: Promise<ExecCredential> | undefined;
  #failed: { readonly at: number; readonly error: unknown } | undefined;

  constructor(access: Access, clock: Clock, run: (plugin: ExecPlugin) => Promise<ExecCredential> = runExecPlugin) {
    this.#clock = clock;
    this.#run = run;
    this.#plugin = access.exec;
    this.#token = access.token && new MaterialReader(access.token);
    this.#cert = access.cert && new MaterialReader(access.cert);
    this.#key = access.key && new MaterialReader(access.key);
  }

  /**
   * The credentials as they are now: files as they are on disk, the plugin's until they expire.
   *
   * @throws AccessError when a file cannot be read or the plugin fails.
   */
  async current(): Promise<Credential> {
    const cert = await this.#cert?.read() ?? "";
    const key = await this.#key?.read() ?? "";
    if (this.#cert) checkPem(cert, this.#cert.label, "CERTIFICATE");
    if (this.#key) checkPem(key, this.#key.label, "[A-Z ]*PRIVATE KEY");
    if (this.#plugin) {
      const given = await this.#fromPlugin(this.#plugin);
      return { authorization: bearer(given.token ?? ""), cert: given.cert ?? cert, key: given.key ?? key };
    }
    const token = (await this.#token?.read() ?? "").trim();
    if (this.#token && !token) throw new AccessError(`${this.#token.label}: it is empty`);
    if (/[^\x21-\x7e]/.test(token)) throw new AccessError(`${this.#token?.label}: it is no token`);
    return { authorization: bearer(token), cert, key };
  }

  /** The server said 401: what the plugin gave is thrown away, so that `current` runs it again. */
  refused(): void {
    this.#given = undefined;
  }

  /** When the plugin's credential ends, in wall-clock milliseconds. */
  get expires(): number | undefined {
    return this.#given?.expires;
  }

  async #fromPlugin(plugin: ExecPlugin): Promise<ExecCredential> {
    if (this.#given && this.#clock.now() < this.#given.renewAt) return this.#given;
    if (this.#failed && this.#clock.monotonic() - this.#failed.at < FAILED_EXEC_REST_MS) {
      return this.#stillGood(this.#failed.error);
    }
    this.#running ??= this.#run(plugin).finally(() => this.#running = undefined);
    try {
      const given = await this.#running;
      this.#failed = undefined;
      this.#given = { ...given, renewAt: this.#renewAt(given.expires) };
      return given;
    } catch (error) {
      this.#failed = { at: this.#clock.monotonic(), error };
      return this.#stillGood(error);
    }
  }

  /** A renewal that failed early does not end what is still valid. */
  #stillGood(error: unknown): ExecCredential {
    if (this.#given?.expires !== undefined && this.#clock.now() < this.#given.expires) return this.#given;
    throw error;
  }

  #renewAt(expires: number | undefined): number {
    if (expires === undefined) return Infinity;
    const now = this.#clock.now();
    return Math.max(now, expires - Math.min(EXPIRY_MARGIN_MS, (expires - now) / 10));
  }
}

function bearer(token: string): string {
  return token && `Bearer ${token}`;
}
