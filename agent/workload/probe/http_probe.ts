import http from "node:http";
import https from "node:https";
import type { ProbeResult } from "../health.ts";
import { failed, PASSED } from "./prober.ts";

/** As Go's client, which Istio's probe uses. */
const MAX_REDIRECTS = 10;
/** What an application's access log filters by. */
const USER_AGENT = "istio-probe/1.0";

/** One HTTP probe, ready to be sent. */
export interface HttpProbe {
  readonly url: URL;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Whether a redirect may be followed to this host; where not, the redirect itself counts as an answer. */
  readonly mayFollow: (hostname: string) => boolean;
}

/**
 * Healthy when the answer's status is from 200 to 399, redirects followed. Certificates are not verified, connections
 * not kept (Istio's pkg/istio-agent/health/health_probers.go). node:http and not fetch: fetch cannot leave
 * verification out, nor send `Host` and repeated headers as they are written.
 */
export async function probeHttp(probe: HttpProbe, signal: AbortSignal): Promise<ProbeResult> {
  let url = probe.url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const { status, location } = await get(url, probe.headers, signal);
    const next = isRedirect(status) && location ? URL.parse(location, url) : null;
    if (!next || !/^https?:$/.test(next.protocol) || !probe.mayFollow(next.hostname)) return judge(status);
    url = next;
  }
  return failed(`stopped after ${MAX_REDIRECTS} redirects`);
}

function judge(status: number): ProbeResult {
  return status >= 200 && status < 400 ? PASSED : failed(`status code was not from [200,400), bad code ${status}`);
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function get(url: URL, headers: HttpProbe["headers"], signal: AbortSignal) {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise<{ status: number; location: string | undefined }>((resolve, reject) => {
    const sent = request(url, { agent: false, rejectUnauthorized: false, headers: merged(headers), signal });
    sent.once("response", (response) => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
      response.destroy(); // only the head counts
    });
    sent.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    sent.end();
  });
}

/** Repeated names are sent as often as they are given, in the spelling of the first. */
function merged(headers: HttpProbe["headers"]): Record<string, string | string[]> {
  const values = new Map<string, { name: string; values: string[] }>();
  for (const { name, value } of [...headers, { name: "Connection", value: "close" }]) {
    const known = values.get(name.toLowerCase());
    if (known) known.values.push(value);
    else values.set(name.toLowerCase(), { name, values: [value] });
  }
  if (!values.has("user-agent")) values.set("user-agent", { name: "User-Agent", values: [USER_AGENT] });
  return Object.fromEntries(
    [...values.values()].map(({ name, values }) => [name, values.length === 1 ? values[0]! : values]),
  );
}
