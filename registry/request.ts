import { ApiError, type Asked } from "./api_error.ts";
import type { Clock } from "./clock.ts";
import { MAX_OBJECT_BYTES } from "./json_items.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { Unreachable, unreachable } from "./unreachable.ts";
import { Watchdog } from "./watchdog.ts";

/** One request as the rest of `registry` puts it. */
export interface RequestOptions {
  /** What is asked of which resource; errors and metrics name it. */
  readonly asked: Asked;
  /** GET by default. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with a slash. */
  readonly path: string;
  /** Empty values are left out. */
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `application/json` by default; patches have their own. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds until the first byte of the answer. */
  readonly answerWithin?: number;
}

/** A write waits for admission webhooks, of which each may take 10 s by default and 30 s at most. */
export const ANSWER_WITHIN_MS = 30_000;
/** A body that stops in the middle for this long does not go on. */
export const BODY_IDLE_MS = 15_000;
/** Of an error's body. */
const MAX_ERROR_BYTES = 64 * 1024;

/** The answer to one request: status, headers, and a body that is read once, watched for silence. */
export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly #watchdog: Watchdog;
  readonly #signal: AbortSignal;
  readonly #fail: (error: unknown) => Promise<unknown>;
  readonly #done: () => void;

  /**
   * @param signal ends the reading; `fail` turns what reading threw into what the caller sees; `done` is called once,
   *   at the end.
   */
  constructor(
    response: Response,
    watchdog: Watchdog,
    signal: AbortSignal,
    fail: (error: unknown) => Promise<unknown>,
    done: () => void,
  ) {
    this.status = response.status;
    this.headers = response.headers;
    this.#body = response.body;
    this.#watchdog = watchdog;
    this.#signal = signal;
    this.#fail = fail;
    this.#done = done;
  }

  /**
   * The body's bytes as they come. Leaving the loop early ends the request.
   *
   * @param idle milliseconds of silence after which the connection counts as dead.
   * @throws Unreachable when it is cut off or silent.
   */
  async *bytes(idle: number = BODY_IDLE_MS): AsyncGenerator<Uint8Array, void, void> {
    const reader = this.#body?.getReader();
    // Deno 2.9 forgets the signal given to fetch once the Response has been collected as garbage, while its body is still
    // being read: a quiet watch would go on until its next bookmark. So the body is cancelled here.
    const cancel = () => void reader?.cancel().catch(() => {/* it has failed, which reading tells */});
    this.#signal.addEventListener("abort", cancel, { once: true });
    if (this.#signal.aborted) cancel();
    try {
      while (reader) {
        this.#watchdog.arm(idle);
        const { done, value } = await reader.read();
        this.#watchdog.disarm();
        this.#signal.throwIfAborted();
        if (done) break;
        yield value;
      }
    } catch (error) {
      throw await this.#fail(error);
    } finally {
      this.#signal.removeEventListener("abort", cancel);
      this.#done();
      cancel();
    }
  }

  /** The whole body as text; undefined when it is longer than `limit` bytes. */
  async text(limit: number = MAX_OBJECT_BYTES): Promise<string | undefined> {
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    for await (const chunk of this.bytes()) {
      size += chunk.length;
      if (size > limit) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }

  /** The body of an error, as much of it as is worth reading. */
  async errorText(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of this.bytes()) {
        text += decoder.decode(chunk, { stream: true });
        if (text.length > MAX_ERROR_BYTES) break;
      }
    } catch {
      // The status says what matters; a body that is cut off takes nothing from it.
    }
    return text;
  }
}

/**
 * One HTTP exchange up to the answer's headers, whatever its status.
 *
 * @param server what messages call the server.
 * @param onSilent is told, and waited for, when the server says nothing for too long.
 * @throws Unreachable, or the signal's own reason.
 */
export async function exchange(
  options: RequestOptions,
  link: { readonly client: Deno.HttpClient; readonly base: string },
  headers: Record<string, string>,
  server: string,
  clock: Clock,
  onSilent: () => Promise<void>,
): Promise<Answer> {
  const { asked, signal } = options;
  signal?.throwIfAborted();
  const what = `${asked.verb} ${asked.resource}`;
  const abort = new AbortController();
  const forward = () => abort.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  const limit = options.answerWithin ?? ANSWER_WITHIN_MS;
  const watchdog = new Watchdog(clock, () => {
    abort.abort(new Unreachable(`cannot ${what} at ${server}: it went silent`, { timedOut: true }));
  });
  const done = () => {
    watchdog.stop();
    signal?.removeEventListener("abort", forward);
  };
  const fail = async (error: unknown) => {
    const reason = abort.signal.aborted ? abort.signal.reason : unreachable(server, what, error);
    if (reason instanceof Unreachable && reason.timedOut) await unlessAborted(onSilent(), signal);
    return reason;
  };
  watchdog.arm(limit);
  try {
    const response = await fetch(urlOf(link.base, options), {
      client: link.client,
      method: options.method ?? "GET",
      headers: { ...headers, ...(options.body !== undefined && { "content-type": contentTypeOf(options) }) },
      // A redirect could lead the credentials elsewhere; API servers send none.
      redirect: "manual",
      signal: abort.signal,
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    watchdog.disarm();
    return new Answer(response, watchdog, abort.signal, fail, done);
  } catch (error) {
    done();
    throw await fail(error);
  }
}

/**
 * The error for an answer that is no success.
 *
 * @param secrets are cut out of what the server said, should it repeat them.
 */
export async function refusal(
  answer: Answer,
  asked: Asked,
  secrets: readonly string[],
  clock: Clock,
): Promise<ApiError> {
  let body = await answer.errorText();
  for (const secret of secrets) if (secret) body = body.replaceAll(secret, "[secret]");
  return new ApiError(asked, answer.status, body, retryAfterOf(answer.headers, clock.now()));
}

/**
 * Retry-After in milliseconds: seconds, or an HTTP date (RFC 9110, 10.2.3), which is measured against the server's own
 * Date, so that our clock does not matter.
 */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  const date = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(at) ? undefined : Math.max(0, at - (Number.isNaN(date) ? now : date));
}

function urlOf(base: string, { path, query }: RequestOptions): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== "");
  return pairs.length ? `${base}${path}?${new URLSearchParams(pairs)}` : `${base}${path}`;
}

function contentTypeOf(options: RequestOptions): string {
  return options.contentType ?? "application/json";
}
