/** Everything above the names: one function for each section, from one status document. */
import { definitions, element, part, span, table, verdict } from "./dom.js";
import { History, sparkline, strip } from "./sparkline.js";

const rates = new History();
const hits = new History();
const latencies = new History();
/** Health by workload. */
const health = new Map();

/** @param latency seconds, or null when nothing was asked since the last look. */
export function showStatus(status, latency) {
  const { agent } = status;
  const state = status.ready ? "ready" : `waiting for ${status.pending.join(", ")}`;
  setReady(state, status.ready ? "good" : "wait");
  document.getElementById("agent").textContent = `${agent.version}, up ${
    span(agent.uptimeSeconds)
  }, agent ${agent.id}, process ${agent.pid}`;
  showProblems(status.problems);
  showDns(status, latency);
  part("workloads", ".rows").replaceChildren(...status.registrations.map(workload));
  part("upstreams", ".rows").replaceChildren(upstreams(status.upstreams));
  part("clusters", ".rows").replaceChildren(...status.clusters.map(cluster));
}

/** The word beside the title, and the window's title. */
export function setReady(text, kind) {
  const pill = document.getElementById("ready");
  if (pill.textContent !== text) pill.textContent = text;
  pill.className = `pill ${kind}`;
  document.title = `${kind === "good" ? "" : "! "}moorline`;
}

function showProblems(problems) {
  document.getElementById("problems").hidden = problems.length === 0;
  part("problems", "ul").replaceChildren(...problems.map(({ message, fix }) => {
    return element("li", {}, message, ...(fix === "" ? [] : [element("br"), element("code", {}, fix)]));
  }));
}

function showDns({ dns, capture, snapshot }, latency) {
  rates.add(dns.requestsPerSecond);
  hits.add(dns.hitRatio);
  latencies.add(latency);
  const last = latencies.values.findLast((value) => value !== null) ?? null;
  const curve = (title, text, values) => {
    return element(
      "div",
      {},
      element("span", { class: "quiet" }, title),
      element("strong", {}, text),
      sparkline(title, values),
    );
  };
  part("dns", ".sparks").replaceChildren(
    curve("questions a second", dns.requestsPerSecond.toFixed(1), rates.values),
    curve(
      "without upstream",
      dns.hitRatio === null ? "–" : `${Math.round(dns.hitRatio * 100)} %`,
      hits.values,
    ),
    curve("99 % within", last === null ? "–" : milliseconds(last * 1000), latencies.values),
  );
  const served = dns.responses.map(({ rcode, source, count }) => `${count} ${rcode} from ${source}`).join(", ");
  const captured = capture.mode === "none" ? "none" : `${capture.mode}, ${capture.active ? "active" : "not active"}`;
  part("dns", "dl").replaceChildren(...definitions([
    ["listens", `${dns.listen.join(", ")} (${dns.io})`],
    ["names", `${dns.names}, and ${dns.cacheEntries} cached answers`],
    ["answers", served],
    ["capture", [captured, capture.note].filter((text) => text !== "").join("; ")],
    ["snapshot", snapshot.ageSeconds === null ? "none" : `${span(snapshot.ageSeconds)} old`],
  ]));
}

function workload(row) {
  const key = `${row.namespace}/${row.group}`;
  const seen = health.get(key) ?? new History();
  health.set(key, seen);
  const kind = { healthy: "good", unhealthy: "bad" }[row.health.verdict] ?? "";
  seen.add(kind);
  const isSettled = ["registered", "static", "off"].includes(row.state);
  const title = element(
    "div",
    { class: "title" },
    element("strong", { class: "name" }, row.group === "" ? row.namespace : key),
  );
  title.append(verdict(row.state, row.state === "off" ? "" : isSettled ? "good" : "wait"));
  if (row.health.probed) title.append(verdict(row.health.verdict, kind));
  const beat = row.heartbeat.lastSuccess;
  const facts = element(
    "dl",
    {},
    ...definitions([
      ["why", row.reason],
      ["health", row.health.message],
      ["object", row.objects.map((object) => `${object.kind} ${object.name}`).join(", ")],
      ["address", row.addresses.join(", ")],
      ["heartbeat", beat === "" ? "" : `${span(Math.max(0, (Date.now() - Date.parse(beat)) / 1000))} ago`],
      ["warning", row.warnings.join("; ")],
    ]),
  );
  const bars = row.health.probed ? [strip(`health of ${key} in the last two minutes`, seen.values)] : [];
  return element("div", {}, title, ...bars, facts);
}

function upstreams(rows) {
  if (rows.length === 0) return element("p", { class: "quiet" }, "none");
  return table(
    "upstreams",
    ["server", "zone", "state", "took", "questions", "failed"],
    rows.map((row) => [
      element("span", { class: "name" }, row.server),
      row.zone,
      row.healthy ? verdict("healthy", "good") : verdict(`failing: ${row.lastError}`, "bad"),
      row.averageMilliseconds === null ? "–" : milliseconds(row.averageMilliseconds),
      `${row.requests}`,
      `${row.failures}`,
    ]),
    [3, 4, 5],
  );
}

function cluster(row) {
  const title = element("div", { class: "title" }, element("strong", {}, row.name));
  title.append(verdict(row.api, row.api === "ok" ? "good" : row.api === "connecting" ? "wait" : "bad"));
  const offset = row.clockOffsetSeconds;
  const facts = element(
    "dl",
    {},
    ...definitions([
      ["server", row.server],
      ["domain", row.domain],
      ["answers", row.answers],
      ["clock", offset === null || Math.abs(offset) < 2 ? "" : `${offset.toFixed(1)} s off ours`],
      ["token", row.tokenExpiresAt === null ? "" : `until ${new Date(row.tokenExpiresAt).toLocaleString()}`],
    ]),
  );
  const kinds = row.kinds.map(({ kind, state, objects, reason }) => {
    const word = { synced: "good", syncing: "wait", absent: "" }[state] ?? "bad";
    return [kind, verdict(reason === "" ? state : `${state}: ${reason}`, word), `${objects}`];
  });
  return element("div", {}, title, facts, table(`kinds of ${row.name}`, ["kind", "state", "objects"], kinds, [2]));
}

function milliseconds(value) {
  return value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`;
}
