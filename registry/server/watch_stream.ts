import type { Clock, Random } from "../clock.ts";
import type { Storage } from "./storage.ts";
import { bookmark, openWatch, type WatchEvent, type WatchScope } from "./watch_cache.ts";

/** A bookmark for every watch that asked for them, and one shortly before its time is over. */
const BOOKMARK_INTERVAL_MS = 60_000;
const LAST_BOOKMARK_BEFORE_END_MS = 2_000;

/** Without timeoutSeconds a watch lasts between this and twice this, at random (kube-apiserver's default). */
const MIN_WATCH_MS = 1_800_000;

/** Events that may wait for a client that does not read; then the watch is ended, as the API server does. */
const MAX_WAITING_EVENTS = 10_000;

/** One open watch, as the server sees it. */
export interface OpenWatch {
  readonly scope: WatchScope;
  readonly body: ReadableStream<Uint8Array>;
  readonly ended: boolean;
  /** A bookmark now, if the client asked for bookmarks. */
  sendBookmark(): void;
  /** Any event, such as an ERROR. */
  send(event: WatchEvent): void;
  /** Ends the stream in good order. */
  end(): void;
  /** Breaks the connection, after half a line if asked. */
  cut(midLine?: boolean): void;
}

export interface WatchEnvironment {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly watchList: boolean;
  readonly onEnd: (watch: OpenWatch) => void;
}

const encoder = new TextEncoder();
/** One object goes to many watchers: its text is made once. */
const texts = new WeakMap<object, string>();

function textOf(object: object): string {
  let text = texts.get(object);
  if (text === undefined) texts.set(object, text = JSON.stringify(object));
  return text;
}

/** Opens a watch as a stream of JSON lines. */
export function startWatch(scope: WatchScope, environment: WatchEnvironment): OpenWatch {
  const { storage, onEnd } = environment;
  const stopped = new AbortController();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let unsubscribe = () => {};
  const finish = (how: () => void) => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    unsubscribe();
    how();
    onEnd(watch);
  };
  const send = (event: WatchEvent) => {
    if (stopped.signal.aborted) return;
    controller.enqueue(encoder.encode(`{"type":"${event.type}","object":${textOf(event.object)}}\n`));
    if (event.type === "ERROR") finish(() => controller.close());
  };
  const sendBounded = (event: WatchEvent) => {
    send(event);
    if ((controller.desiredSize ?? 0) < -MAX_WAITING_EVENTS) finish(() => controller.close());
  };
  const body = new ReadableStream<Uint8Array>({
    start: (c) => void (controller = c),
    cancel: () => finish(() => {}),
  });
  const watch: OpenWatch = {
    scope,
    body,
    get ended() {
      return stopped.signal.aborted;
    },
    send,
    sendBookmark: () => scope.options.bookmarks && send(bookmark(storage, scope, false)),
    end: () => finish(() => controller.close()),
    cut: (midLine = false) => {
      if (midLine && !stopped.signal.aborted) controller.enqueue(encoder.encode('{"type":"MODIFIED","object":{"apiV'));
      finish(() => controller.error(new Error("connection cut")));
    },
  };
  let opened = false;
  // The present state may be larger than what may wait.
  unsubscribe = openWatch(storage, scope, environment.watchList, (event) => opened ? sendBounded(event) : send(event));
  opened = true;
  if (stopped.signal.aborted) unsubscribe();
  void keepTime(watch, environment, stopped.signal);
  return watch;
}

/** Sends bookmarks and ends the watch when its time is over. */
async function keepTime(watch: OpenWatch, { storage, clock, random }: WatchEnvironment, signal: AbortSignal) {
  const asked = watch.scope.options.timeoutSeconds;
  const end = clock.now() + (asked ? asked * 1000 : MIN_WATCH_MS * (1 + random()));
  // Without news there is nothing that a bookmark could tell.
  const opened = storage.revision;
  const last = end - LAST_BOOKMARK_BEFORE_END_MS;
  let lastSent = last <= clock.now();
  try {
    while (clock.now() < end) {
      const next = clock.now() + BOOKMARK_INTERVAL_MS;
      const until = Math.min(lastSent ? end : last, next);
      await clock.sleep(until - clock.now(), signal);
      if (clock.now() < end && storage.revision > opened) watch.sendBookmark();
      lastSent ||= clock.now() >= last;
    }
    watch.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
