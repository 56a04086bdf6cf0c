import { ApiError } from "./api_error.ts";
import { backoff } from "./backoff.ts";
import { BadObjects } from "./bad_objects.ts";
import type { Clock, Random } from "./clock.ts";
import { type Identified, keyOf } from "./kind.ts";
import type { Log } from "./log_type.ts";
import { Pace } from "./pace.ts";
import type { Source, SourceEvent } from "./source.ts";
import type { StoreWriter } from "./store.ts";
import { StreamBroken, WentBack } from "./stream_broken.ts";
import { Unreachable } from "./unreachable.ts";

/**
 * A kind that is absent or forbidden is asked for again after the first, then after twice as long, up to the second:
 * somebody may install or grant it, and a server that has just started forbids everything while it reads its roles.
 */
export const ASK_AGAIN_FIRST_MS = 2_000;
export const ASK_AGAIN_MS = 300_000;
/**
 * After an outage, lists are spread over this long: 5,000 agents that list together would ask a server that has just
 * come back for 5,000 x 1 MB; spread, it is 83 lists a second. What is known goes on being served meanwhile.
 */
export const RELIST_SPREAD_MS = 60_000;
/** A watch that ends sooner than this without a word is a failure: a proxy or a server that does not mean it. */
const SHORT_WATCH_MS = 1_000;
/** Reading that went well for this long after it was confirmed ends a row of failures. */
const CALM_MS = 10_000;
/**
 * Objects whose kind is suddenly not found are kept this long: deleting a definition deletes its objects first, so that
 * a 404 without that is a proxy's or a load balancer's.
 */
const ABSENT_AFTER_MS = 60_000;
/** So are objects that may suddenly not be read: a server that starts forbids everything until it has its roles. */
const FORBIDDEN_AFTER_MS = 60_000;

/** Objects of a snapshot that are shown at once: about a millisecond of our own work. */
const RESUME_BATCH = 500;

/** Why a source was opened again. */
export type RestartReason = "ended" | "gone" | "idle" | "unreachable" | "refused" | "broken" | "switched";

/** What a reflector is made of. */
export interface ReflectorOptions<T> {
  readonly source: Source<T>;
  readonly writer: StoreWriter<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Objects and resourceVersion of a snapshot: they are shown at once, and reading goes on from there. */
  readonly resume?: { readonly items: readonly T[]; readonly resourceVersion: string };
  /** Told each time the source is opened again. */
  readonly onRestart?: (reason: RestartReason) => void;
}

/**
 * Keeps one part of a store equal to what a source shows, for ever: the loop around lists, watches and their failures.
 * While it cannot read, the store keeps what it has, and its state says so.
 */
export class Reflector<T extends Identified> {
  readonly #options: ReflectorOptions<T>;
  #source: Source<T>;
  /** Everything up to here is in the store; empty: a list is needed. */
  #version = "";
  /** The last resourceVersion that was seen: no list may be older. */
  #known = "";
  /** While a list is read: what was held before and has not come in it so far. */
  #unseen: Set<string> | undefined;
  /** Failures in a row. */
  #attempt = 0;
  /** The server was away since it last confirmed anything. */
  #lost = false;
  #confirmedAt: number;
  /** When this opening of the source was first confirmed, in monotonic milliseconds. */
  #goodSince: number | undefined;
  /** Answers in a row that the kind is absent or forbidden. */
  #refusals = 0;
  /** The refusal that the log has named last. */
  #refusal = "";
  #wake = new AbortController();
  #absentSince: number | undefined;
  #forbiddenSince: number | undefined;
  readonly #bad = new BadObjects();

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#source = options.source;
    this.#confirmedAt = options.clock.now();
  }

  /** The store holds everything up to this resourceVersion; empty while it is not known. */
  get resourceVersion(): string {
    return this.#version;
  }

  /** Wall-clock milliseconds at which the server last confirmed what the store holds. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** Objects that could not be parsed and are not in the store: key to what is wrong, the first hundred of them. */
  get bad(): ReadonlyMap<string, string> {
    return this.#bad.held;
  }

  /** How often an object could not be parsed. */
  get badCount(): number {
    return this.#bad.count;
  }

  /** Reads until the signal aborts; failures are states, so this never throws. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#resume();
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const either = AbortSignal.any([signal, this.#wake.signal]);
      let wait = 0;
      let reason: RestartReason = "ended";
      try {
        await this.#read(either);
      } catch (error) {
        if (signal.aborted) return;
        if (either.aborted) reason = "switched";
        else ({ wait, reason } = this.#failed(error));
      }
      this.#options.onRestart?.(reason);
      if (wait > 0) await this.#options.clock.sleep(wait, either).catch(() => {/* stopped or switched */});
    }
  }

  /** Reads by another source from now on, from where the former one stopped if both show the same objects. */
  use(source: Source<T>): void {
    if (source.scope !== this.#source.scope) this.#version = "";
    this.#source = source;
    this.#attempt = 0;
    this.#wake.abort(new Error("another source is in use"));
  }

  /** Shows what a snapshot held, in slices: it may be a hundred thousand objects. */
  async #resume() {
    const { writer, clock, resume } = this.#options;
    if (!resume || this.#version !== "") return;
    const pace = new Pace(clock);
    for (let from = 0; from < resume.items.length; from += RESUME_BATCH) {
      writer.batch(() => resume.items.slice(from, from + RESUME_BATCH).forEach((item) => writer.put(item)));
      if (pace.due()) await pace.rest();
    }
    this.#version = this.#known = resume.resourceVersion;
  }

  /** Opens the source once and reads it to its end. */
  async #read(signal: AbortSignal) {
    const { clock, writer } = this.#options;
    const source = this.#source;
    const started = clock.monotonic();
    this.#goodSince = undefined;
    this.#unseen = this.#version === "" ? new Set(writer.keys()) : undefined;
    if (this.#unseen) this.#bad.listBegins();
    try {
      for await (const batch of source.open(this.#version, this.#known, signal)) {
        if (signal.aborted) break;
        writer.batch(() => {
          for (const event of batch) this.#take(event);
        });
      }
      signal.throwIfAborted();
    } finally {
      if (this.#goodSince !== undefined && clock.monotonic() - this.#goodSince >= CALM_MS) this.#attempt = 0;
    }
    if (clock.monotonic() - started >= SHORT_WATCH_MS) return;
    throw new Unreachable(`the server ended the watch of ${source.name} at once`);
  }

  #take(event: SourceEvent<T>) {
    const { writer } = this.#options;
    switch (event.type) {
      case "item":
        this.#unseen?.delete(keyOf(event.item));
        writer.put(event.item);
        break;
      case "listed":
        for (const key of this.#unseen ?? []) writer.remove(key);
        this.#unseen = undefined;
        this.#bad.listEnds();
        this.#confirmed(event.resourceVersion);
        break;
      case "put":
        this.#bad.forget(keyOf(event.item));
        writer.put(event.item);
        this.#confirmed(event.item.resourceVersion);
        break;
      case "removed":
        this.#bad.forget(keyOf(event.object));
        writer.remove(keyOf(event.object), event.object.uid);
        this.#confirmed(event.object.resourceVersion);
        break;
      case "bad":
        this.#skip(event.object, event.problem);
        break;
      case "bookmark":
        this.#confirmed(event.resourceVersion);
        break;
      case "current":
        this.#confirmed(this.#version);
    }
  }

  #confirmed(version: string) {
    this.#version = this.#known = version;
    this.#lost = false;
    this.#absentSince = this.#forbiddenSince = undefined;
    this.#refusal = "";
    this.#refusals = 0;
    this.#confirmedAt = this.#options.clock.now();
    this.#goodSince ??= this.#options.clock.monotonic();
    this.#options.writer.setState({ state: "synced", since: this.#confirmedAt });
  }

  /** A bad object is as if it were not there, whether it comes in a list or by a change. */
  #skip(object: Identified | undefined, problem: string) {
    const key = object ? keyOf(object) : "an object without a name";
    if (object && !this.#unseen) {
      this.#options.writer.remove(key);
      this.#version = this.#known = object.resourceVersion;
    }
    if (!this.#bad.note(key, problem)) return;
    this.#options.log("warn", "an object is skipped", { kind: this.#source.name, object: key, problem });
  }

  /** Sets the state that a failure means, and says how long to wait. */
  #failed(error: unknown): { wait: number; reason: RestartReason } {
    if (error instanceof ApiError) return this.#refused(error);
    this.#lost = true;
    if (error instanceof StreamBroken) this.#version = ""; // what was missed is not known
    if (error instanceof WentBack) this.#version = this.#known = ""; // whatever it has now is right
    const reason = error instanceof StreamBroken ? "broken" : isTimeout(error) ? "idle" : "unreachable";
    return { wait: this.#interrupted(error), reason };
  }

  #refused(error: ApiError): { wait: number; reason: RestartReason } {
    const { random, writer, clock } = this.#options;
    if (error.isGone) return { wait: this.#relist(error), reason: "gone" };
    if (error.isNotFound && this.#isAbsent()) {
      writer.replace([]);
      this.#version = "";
      this.#refusedBy("the server does not serve a kind", error);
      writer.setState({ state: "absent" });
      return { wait: this.#askAgain(), reason: "refused" };
    }
    if (error.isForbidden && this.#mayNotRead()) {
      const { verb, resource, namespace } = error.asked;
      this.#refusedBy("reading a kind is forbidden", error);
      writer.setState({ state: "forbidden", verb, resource, namespace });
      return { wait: this.#askAgain(), reason: "refused" };
    }
    if (error.isUnauthorized) {
      writer.setState({ state: "unauthorized", since: clock.now(), reason: error.serverMessage });
      return { wait: backoff(this.#attempt++, random, error.retryAfter), reason: "refused" };
    }
    this.#lost = true;
    if (error.isBehind) this.#known = ""; // a server that was restored from a backup: any list will do
    return { wait: this.#interrupted(error, error.retryAfter), reason: "refused" };
  }

  /** Ten percent more or less, so that agents that were refused together do not return together. */
  #askAgain(): number {
    const wait = Math.min(ASK_AGAIN_MS, ASK_AGAIN_FIRST_MS * 2 ** this.#refusals++);
    return wait * (0.9 + this.#options.random() * 0.2);
  }

  /** 410: list at once, unless the server was lost before, when everybody comes back together. */
  #relist(error: ApiError): number {
    const { random } = this.#options;
    this.#version = "";
    const spread = this.#lost ? random() * RELIST_SPREAD_MS : 0;
    const attempt = this.#attempt++;
    const wait = attempt > 0 ? Math.max(spread, backoff(attempt, random)) : spread;
    if (wait > 0) this.#stale(error);
    return wait;
  }

  /** A 404 on a list: believed at once when there is nothing to lose. */
  #isAbsent(): boolean {
    const { clock, writer } = this.#options;
    this.#absentSince ??= clock.monotonic();
    return writer.size === 0 || clock.monotonic() - this.#absentSince >= ABSENT_AFTER_MS;
  }

  /** A 403: believed at once when the kind was never read. */
  #mayNotRead(): boolean {
    const { clock } = this.#options;
    this.#forbiddenSince ??= clock.monotonic();
    return this.#known === "" || clock.monotonic() - this.#forbiddenSince >= FORBIDDEN_AFTER_MS;
  }

  /** The first failure of a row is tried again before anything is said. */
  #interrupted(error: unknown, retryAfter?: number): number {
    const attempt = this.#attempt++;
    if (attempt > 0) {
      const problem = messageOf(error);
      this.#options.log("warn", "reading is interrupted", { kind: this.#source.name, problem });
      this.#stale(error);
    }
    return backoff(attempt, this.#options.random, retryAfter);
  }

  /** A kind that was never read stays "syncing": nothing of it is known. */
  #stale(error: unknown) {
    const reason = messageOf(error);
    const since = this.#confirmedAt;
    this.#options.writer.setState(
      this.#known === "" ? { state: "syncing", reason } : { state: "stale", since, reason },
    );
  }

  /** Names what is missing once, and not every five minutes. */
  #refusedBy(message: string, error: ApiError) {
    if (this.#refusal === message) return;
    this.#refusal = message;
    this.#options.log("warn", message, { kind: this.#source.name, problem: error.message });
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Unreachable && error.timedOut;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
