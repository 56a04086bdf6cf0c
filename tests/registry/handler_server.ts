import * as assert from "uvu/assert";
import type { Access } from "../../registry/access.ts";
import { KubeClient } from "../../registry/kube_client.ts";
import { FakeClock } from "../fake_clock.ts";

/** Answers one request; `over` resolves when the test ends, for answers that must not end before. */
export type Handler = (request: Request, over: Promise<void>) => Response | Promise<Response>;

/** A server that answers by this handler, and a client of it. `over` resolves when the test ends. */
export function pair(handler: Handler, more: Partial<Access> = {}) {
  const over = Promise.withResolvers<void>();
  const requests: { method: string; path: string; authorization: string; type: string; body: string }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { method, headers } = request;
    const url = new URL(request.url);
    const authorization = headers.get("authorization") ?? "";
    const [path, type] = [url.pathname + url.search, headers.get("content-type") ?? ""];
    requests.push({ method, path, authorization, type, body: await request.text() });
    return await handler(request, over.promise);
  });
  const clock = new FakeClock();
  const log: string[] = [];
  const timings: string[] = [];
  const client = new KubeClient({
    server: `http://127.0.0.1:${server.addr.port}`,
    serverName: "",
    proxyUrl: "",
    headers: {},
    namespace: "default",
    origin: "test",
    ...more,
  }, {
    clock,
    random: () => 0.5,
    log: (level, message) => log.push(`${level}: ${message}`),
    userAgent: "moorline-tests",
    onRequest: (verb, code) => timings.push(`${verb} ${code}`),
  });
  return {
    client,
    clock,
    requests,
    log,
    timings,
    async [Symbol.asyncDispose]() {
      client.close();
      over.resolve();
      await server.shutdown();
    },
  };
}

/** A body that begins and goes no further until the test ends. */
export function unfinished(text: string, over: Promise<unknown>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      over.then(() => controller.close()).catch(() => {/* the client has gone before */});
    },
  });
}

/** What a promise fails with, which must be of this type. */
export async function failure<E extends Error>(
  promise: Promise<unknown>,
  type: new (...args: never[]) => E,
): Promise<E> {
  try {
    await promise;
  } catch (error) {
    assert.instance(error, type);
    return error as E;
  }
  return assert.unreachable("it did not fail") as never;
}
