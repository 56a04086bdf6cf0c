/** The status page: asks /api every two seconds while somebody looks, and shows what comes. */
import { quantile, readBuckets } from "./latency.js";
import { startNames } from "./names.js";
import { setReady, showStatus } from "./overview.js";

const REFRESH_MS = 2000;

let buckets = [];
let known = "";

async function get(path) {
  const response = await fetch(path);
  const document = await response.json();
  if (!response.ok) throw new Error(document.error ?? `${path} gave ${response.status}`);
  return document;
}

async function refresh() {
  const [status, metrics] = await Promise.all([
    get("/api/status"),
    fetch("/metrics").then((response) => response.text()),
  ]);
  const now = readBuckets(metrics);
  const latency = buckets.length === 0 ? null : quantile(0.99, buckets, now);
  buckets = now;
  showStatus(status, latency);
  // Names are many: they are asked for again only when the table has changed in size.
  const size = `${status.agent.startedAt} ${status.dns.names}`;
  if (size !== known) searchNames();
  known = size;
}

async function loop() {
  try {
    if (!document.hidden) await refresh();
  } catch (error) {
    setReady(`no answer from the agent (${error.message})`, "bad");
  }
  setTimeout(loop, REFRESH_MS);
}

const searchNames = startNames(get);
void loop();
