import http2 from "node:http2";
import type { ProbeResult } from "../health.ts";
import { failed, PASSED } from "./prober.ts";
import { authority } from "./probe_target.ts";

/** grpc.health.v1.HealthCheckResponse.ServingStatus by number. */
const SERVING_STATUS = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
/** A health answer is a few bytes; more is not one. */
const ANSWER_LIMIT = 4096;

interface Reply {
  readonly status: number;
  readonly grpcStatus: number;
  readonly grpcMessage: string;
  readonly body: Uint8Array;
}

/**
 * Healthy when `grpc.health.v1.Health/Check` answers SERVING (plaintext HTTP/2). node:http2 and not fetch: the verdict
 * may stand in trailers, which fetch does not show.
 */
export async function probeGrpc(
  host: string,
  port: number,
  service: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const reply = await check(host, port, service, signal);
  if (reply.status !== 200) return failed(`health check answered HTTP status ${reply.status}: is this a gRPC port?`);
  if (reply.grpcStatus === 12) return failed("the server does not implement grpc.health.v1.Health");
  if (reply.grpcStatus !== 0) {
    const name = service ? ` of service ${service}` : "";
    return failed(`health check${name} failed with gRPC status ${reply.grpcStatus} ${reply.grpcMessage}`.trimEnd());
  }
  const status = SERVING_STATUS[readStatus(reply.body)] ?? "UNKNOWN";
  return status === "SERVING" ? PASSED : failed(`health check answered ${status}`);
}

async function check(host: string, port: number, service: string, signal: AbortSignal): Promise<Reply> {
  const session = http2.connect(`http://${authority(host, port)}`);
  const stop = () => session.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise<Reply>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const fail = (error: Error) => reject(new Error(`failed to connect to the gRPC port ${port}: ${error.message}`));
      session.on("error", fail);
      const stream = session.request({
        ":method": "POST",
        ":path": "/grpc.health.v1.Health/Check",
        "content-type": "application/grpc",
        te: "trailers",
        "user-agent": "istio-probe/1.0",
      });
      let head: Record<string, unknown> = {};
      let body = new Uint8Array();
      stream.on("response", (headers) => head = { ...head, ...headers });
      stream.on("trailers", (trailers) => head = { ...head, ...trailers });
      stream.on("data", (chunk: Uint8Array) => {
        if (body.length + chunk.length <= ANSWER_LIMIT) body = new Uint8Array([...body, ...chunk]);
      });
      stream.on("error", fail);
      stream.on("end", () =>
        resolve({
          status: Number(head[":status"] ?? 0),
          grpcStatus: Number(head["grpc-status"] ?? 0),
          grpcMessage: String(head["grpc-message"] ?? ""),
          body,
        }));
      stream.end(requestFor(service));
    });
  } finally {
    signal.removeEventListener("abort", stop);
    session.destroy();
  }
}

/** A gRPC frame (flag, 32-bit length) around HealthCheckRequest { string service = 1; }. */
function requestFor(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  const length = varint(name.length);
  const message = name.length === 0 ? [] : [0x0a, ...length, ...name];
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [value & 0x7f | 0x80, ...varint(value >>> 7)];
}

/** HealthCheckResponse { ServingStatus status = 1; }; an absent field is 0. Unknown fields before it do not occur. */
function readStatus(frame: Uint8Array): number {
  return frame.length >= 7 && frame[5] === 0x08 ? frame[6] ?? 0 : 0;
}
