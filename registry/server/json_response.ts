import type { StatusError } from "./status_error.ts";

/** Larger bodies are compressed for clients that ask, as kube-apiserver does; watches never are. */
const GZIP_FROM_BYTES = 128 * 1024;

const encoder = new TextEncoder();

/** What every answer carries. `no-transform` keeps Deno from compressing by itself. */
function headers(now: number, type: string): Headers {
  return new Headers({
    "cache-control": "no-cache, private, no-transform",
    "content-type": type,
    "date": new Date(now).toUTCString(),
  });
}

export function jsonResponse(request: Request, code: number, body: unknown, now: number): Response {
  const bytes = encoder.encode(JSON.stringify(body) + "\n");
  const head = headers(now, "application/json");
  if (bytes.length < GZIP_FROM_BYTES || !/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) {
    return new Response(bytes, { status: code, headers: head });
  }
  head.set("content-encoding", "gzip");
  head.set("vary", "Accept-Encoding");
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(packed, { status: code, headers: head });
}

export function errorResponse(request: Request, error: StatusError, now: number): Response {
  const response = jsonResponse(request, error.code, error.status, now);
  const seconds = error.status.details?.retryAfterSeconds;
  if (seconds !== undefined) response.headers.set("retry-after", String(seconds));
  return response;
}

export function textResponse(code: number, text: string, now: number): Response {
  return new Response(text, { status: code, headers: headers(now, "text/plain; charset=utf-8") });
}

export function streamResponse(body: ReadableStream<Uint8Array>, now: number): Response {
  return new Response(body, { status: 200, headers: headers(now, "application/json") });
}

/** The response whose body breaks off, or falls silent, after so many bytes. */
export function damagedResponse(
  response: Response,
  afterBytes: number,
  how: "cut" | "stall",
  signals: readonly AbortSignal[],
): Response {
  if (!response.body) return response;
  let left = afterBytes;
  const damage = new TransformStream<Uint8Array, Uint8Array>({
    transform: async (chunk, controller) => {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length) controller.enqueue(part);
      if (left > 0) return;
      if (how === "stall") await aborted(signals);
      controller.error(new Error("connection cut"));
    },
  });
  const head = new Headers(response.headers);
  head.delete("content-length");
  return new Response(response.body.pipeThrough(damage), { status: response.status, headers: head });
}

/** Resolves when one of the signals aborts. Not AbortSignal.any: nothing else would keep its result from collection. */
export function aborted(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    }
  });
}
