/** Fills the page from /api. Text only ever enters through textContent. */

const REFRESH_MS = 2000;
/** Rows that a reader can take in; a filter finds the rest. */
const NAMES_SHOWN = 200;

/** Replaces a table's rows: the first list is the heading. */
function fill(id, heading, rows) {
  const table = document.getElementById(id);
  table.replaceChildren(...[heading, ...rows].map((cells, index) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => {
      const cell = document.createElement(index === 0 ? "th" : "td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
}

async function get(path) {
  const response = await fetch(path);
  return await response.json();
}

async function refresh() {
  const status = await get("/api/status");
  document.getElementById("ready").textContent = status.ready ? "ready" : `waiting for ${status.pending.join(", ")}`;
  const problems = status.problems.length === 0 ? ["nothing"] : status.problems.map((p) => `${p.message} ${p.fix}`);
  document.getElementById("problems").replaceChildren(...problems.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  const health = ({ probed, verdict, message }) => probed ? `${verdict} ${message}` : "no probe";
  fill(
    "registrations",
    ["workload", "state", "health", "objects", "addresses"],
    status.registrations.map((row) => {
      const objects = row.objects.map(({ kind, name }) => `${kind} ${name}`).join(", ");
      const workload = `${row.namespace}/${row.group}`;
      return [workload, `${row.state} ${row.reason}`, health(row.health), objects, row.addresses.join(", ")];
    }),
  );
  fill(
    "kinds",
    ["cluster", "kind", "state", "objects"],
    status.clusters.flatMap((cluster) => {
      return cluster.kinds.map((kind) => [cluster.name, kind.kind, `${kind.state} ${kind.reason}`, kind.objects]);
    }),
  );
  fill(
    "upstreams",
    ["server", "zone", "state", "requests", "failures"],
    status.upstreams.map((row) => {
      return [row.server, row.zone, row.healthy ? "healthy" : `failing: ${row.lastError}`, row.requests, row.failures];
    }),
  );
  const { names } = await get(`/api/names?q=${encodeURIComponent(document.getElementById("filter").value)}`);
  fill(
    "names",
    ["name", "kind", "addresses", "source"],
    names.slice(0, NAMES_SHOWN).map((row) => {
      const { kind, namespace, name } = row.source;
      return [row.name, row.kind, [...row.addresses, ...row.data].join(", "), `${kind} ${namespace}/${name}`];
    }),
  );
}

async function loop() {
  try {
    await refresh();
  } catch (error) {
    document.getElementById("ready").textContent = `no answer from the agent (${error.message})`;
  }
  setTimeout(loop, REFRESH_MS);
}

document.getElementById("filter").addEventListener("input", refresh);
loop();
