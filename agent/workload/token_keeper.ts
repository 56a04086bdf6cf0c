import type { Clock, Log } from "../../registry/mod.ts";
import { ApiError } from "../../registry/mod.ts";
import { readText, removeFile, writeWhole } from "./state_file.ts";
import { joinedAccount, ownerOf, type TokenClaims, tokenClaims } from "./token_claims.ts";
import { takeOver, type TokenPlace } from "./token_place.ts";

/** What makes tokens: the registry's client. */
export interface TokenIssuer {
  requestToken(namespace: string, serviceAccount: string, options: {
    readonly expirationSeconds: number;
    readonly boundObjectRef?: Readonly<Record<string, string>>;
  }): Promise<{ readonly token: string; readonly expires: number }>;
  readonly clockSkew: number | undefined;
}

/** Something whose objects carry the owner: a registration. */
export interface OwnerBearer {
  /** Keeps everything of this bearer from being written until the result is called. */
  hold(): Promise<() => void>;
  /** Writes the present owner into every object; only while it is held. */
  rewrite(): Promise<void>;
}

/** What a keeper of the token needs. */
export interface TokenKeeperOptions {
  readonly place: TokenPlace;
  readonly issuer: TokenIssuer;
  readonly bearers: () => readonly OwnerBearer[];
  readonly clock: Clock;
  readonly log: Log;
}

/** What `status` shows of the token. */
export interface TokenStatus {
  readonly file: string;
  readonly account: string;
  /** As in `moorline.dev/owner`; empty where it is not known. */
  readonly owner: string;
  /** RFC 3339; empty for a token that does not say. */
  readonly expires: string;
  /** One sentence: why it is not renewed; empty when all is well. */
  readonly problem: string;
}

/** How often the files and the token's age are looked at. */
const LOOK_MS = 60_000;
/** A token is renewed when this part of its life is over. */
const RENEW_AT = 0.8;
/** Kubernetes' least, and the most that the policy allows (30 days). */
const MIN_LIFE_S = 600;
const MAX_LIFE_S = 2_592_000;
/** A VM that joined by a join token gets one day at a time; it renews after 19 hours. */
const JOINED_LIFE_MS = 86_400_000;
/** Once one object has changed its owner the others must follow: so many tries, a second apart. */
const REWRITE_TRIES = 5;
const REWRITE_PAUSE_MS = 1_000;

/**
 * Keeps this agent's token alive: takes over a new one that an operator put down, exchanges a join token for one of its
 * own, and renews it by TokenRequest. Where the token itself is the owner of the entry (a shared service account), the
 * old token first writes the new one's id into every object; a crash in between is finished at the next start, since
 * the new token lies beside the old one from before the first write.
 */
export class TokenKeeper {
  readonly #options: TokenKeeperOptions;
  readonly #settled = Promise.withResolvers<void>();
  #token = "";
  #owner = "";
  #problem = "";

  constructor(options: TokenKeeperOptions) {
    this.#options = options;
  }

  /** What everything that is written must carry now. */
  get owner(): string {
    return this.#owner;
  }

  /** Resolves after the first look: a join token has then been exchanged, if the API server answered. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Wall-clock milliseconds; undefined for a token that does not say. */
  get expires(): number | undefined {
    return tokenClaims(this.#token)?.expires;
  }

  status(): TokenStatus {
    const claims = tokenClaims(this.#token);
    const expires = claims?.expires;
    return {
      file: this.#options.place.file,
      account: claims ? `${claims.namespace}/${claims.account}` : "",
      owner: this.#owner,
      expires: expires === undefined ? "" : new Date(expires).toISOString(),
      problem: this.#problem,
    };
  }

  /** Reads the token before anything is written with it. */
  async load(): Promise<void> {
    this.#token = (await readText(this.#options.place.file))?.trim() ?? "";
    this.#owner = ownerOf(this.#token);
  }

  /** Looks after the token until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.lookOnce();
      this.#settled.resolve();
      await clock.sleep(LOOK_MS, signal).catch(() => {}); // aborted: the loop ends
    }
  }

  /** One look; never throws for what files and API server do. */
  async lookOnce(): Promise<void> {
    const { place, log } = this.#options;
    try {
      if (place.source && await takeOver(place)) {
        await removeFile(this.#nextFile); // it would have followed the former one
        log("info", "a new token was put down and is in use", { file: place.source });
      }
      await this.load();
      const claims = tokenClaims(this.#token);
      if (claims && (this.#isDue(claims) || await readText(this.#nextFile))) await this.#renew(claims);
      this.#problem = "";
    } catch (error) {
      const problem = problemOf(error);
      if (problem !== this.#problem) log("warn", "the token cannot be renewed", { file: place.file, problem });
      this.#problem = problem;
    }
  }

  get #nextFile(): string {
    return `${this.#options.place.file}.next`;
  }

  #isDue(claims: TokenClaims): boolean {
    if (joinedAccount(claims) !== undefined) return true;
    const { issued, expires } = claims;
    return issued !== undefined && expires !== undefined && this.#serverNow() >= issued + RENEW_AT * (expires - issued);
  }

  async #renew(claims: TokenClaims): Promise<void> {
    const { place, log } = this.#options;
    const token = await this.#unfinished() ?? await this.#request(claims);
    await writeWhole(this.#nextFile, `${token}\n`);
    const owner = ownerOf(token);
    const release = owner === this.#owner ? () => {} : await this.#handOver(owner);
    try {
      await Deno.rename(this.#nextFile, place.file);
      this.#token = token;
    } finally {
      release();
    }
    const expires = this.expires;
    log("info", "the token is renewed", {
      file: place.file,
      ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
    });
  }

  /** A new token whose hand-over a crash has cut short. */
  async #unfinished(): Promise<string | undefined> {
    const token = (await readText(this.#nextFile))?.trim();
    const expires = tokenClaims(token ?? "")?.expires;
    return token && expires !== undefined && expires > this.#serverNow() ? token : undefined;
  }

  async #request(claims: TokenClaims): Promise<string> {
    const { namespace, account, issued, expires, secret } = claims;
    const joined = joinedAccount(claims);
    const life = joined === undefined && issued !== undefined && expires !== undefined
      ? expires - issued
      : JOINED_LIFE_MS;
    const { token } = await this.#options.issuer.requestToken(namespace, joined ?? account, {
      expirationSeconds: Math.min(MAX_LIFE_S, Math.max(MIN_LIFE_S, Math.round(life / 1000))),
      ...(secret && joined === undefined ? { boundObjectRef: { apiVersion: "v1", kind: "Secret", ...secret } } : {}),
    });
    return token;
  }

  /**
   * Has the old token write the new owner everywhere, while nothing else is written.
   *
   * @returns what lets the others write again, once the new token is in place.
   * @throws ApiError, Unreachable when not even the first object could be written; nothing has changed then.
   */
  async #handOver(owner: string): Promise<() => void> {
    const { bearers, log } = this.#options;
    const before = this.#owner;
    const held = bearers();
    const releases = await Promise.all(held.map((bearer) => bearer.hold()));
    const release = () => releases.forEach((free) => free());
    this.#owner = owner;
    for (const [i, bearer] of held.entries()) {
      const failure = await this.#rewrite(bearer, i === 0 ? 1 : REWRITE_TRIES);
      if (failure === undefined) continue;
      if (i > 0) {
        log("error", "an entry could not be handed over to the renewed token", { problem: problemOf(failure) });
        continue;
      }
      this.#owner = before;
      release();
      throw failure;
    }
    return release;
  }

  async #rewrite(bearer: OwnerBearer, tries: number): Promise<unknown> {
    for (;;) {
      try {
        return await bearer.rewrite();
      } catch (error) {
        if (--tries <= 0) return error;
        await this.#options.clock.sleep(REWRITE_PAUSE_MS);
      }
    }
  }

  #serverNow(): number {
    const { clock, issuer } = this.#options;
    return clock.now() + (issuer.clockSkew ?? 0);
  }
}

function problemOf(error: unknown): string {
  if (error instanceof ApiError && error.isForbidden) {
    return `${error.message}; until then a new token must be put down before this one ends`;
  }
  return error instanceof Error ? error.message : String(error);
}
