/** The part of Grafana's dashboard model (schema version 39) that is used here. */
export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly type: "timeseries" | "stat";
  readonly datasource: { readonly type: "prometheus"; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string; readonly min: number };
    readonly overrides: readonly [];
  };
}

interface Wanted {
  readonly title: string;
  readonly description: string;
  readonly type?: Panel["type"];
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly expr: string;
  readonly legend: string;
}

/** Grafana's grid has 24 columns; three panels stand side by side. */
const WIDTH = 8;
const HEIGHT = 8;
const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;
/** Every expression looks at the chosen machines only. */
const ON = 'instance=~"$instance"';

/** What `share` of the observations of a histogram stay below, by `labels`. */
function quantile(share: number, histogram: string, labels = ""): string {
  const rate = `rate(moorline_${histogram}_bucket{${ON}}[$__rate_interval])`;
  return `histogram_quantile(${share}, sum by (${labels}le) (${rate}))`;
}

const PANELS: readonly Wanted[] = [
  {
    title: "Machines registered",
    description: "Registrations by state.",
    type: "stat",
    unit: "short",
    expr: `sum by (state) (moorline_registration_state{${ON}}) > 0`,
    legend: "{{state}}",
  },
  {
    title: "Workloads that fail their probe",
    description: "The mesh sends them no traffic.",
    type: "stat",
    unit: "short",
    expr: `count(moorline_probe_healthy{${ON}} == 0) or vector(0)`,
    legend: "unhealthy",
  },
  {
    title: "Names served",
    description: "Of the machine that serves the most.",
    type: "stat",
    unit: "short",
    expr: `max(moorline_dns_names{${ON}})`,
    legend: "most",
  },
  {
    title: "Questions",
    description: "DNS questions a second, by what answered them.",
    unit: "reqps",
    expr: `sum by (source) (rate(moorline_dns_responses_total{${ON}}[$__rate_interval]))`,
    legend: "{{source}}",
  },
  {
    title: "Answers by code",
    description: "SERVFAIL is what clients notice.",
    unit: "reqps",
    expr: `sum by (rcode) (rate(moorline_dns_responses_total{${ON}}[$__rate_interval]))`,
    legend: "{{rcode}}",
  },
  {
    title: "Time to answer",
    description: "99 of 100 questions are answered within this.",
    unit: "s",
    expr: quantile(0.99, "dns_request_duration_seconds"),
    legend: "99 %",
  },
  {
    title: "Upstream time",
    description: "What each upstream takes.",
    unit: "s",
    expr: quantile(0.9, "dns_upstream_request_duration_seconds", "to, "),
    legend: "{{to}}",
  },
  {
    title: "Upstream failures",
    description: "Questions that an upstream did not answer usefully.",
    unit: "reqps",
    expr: `sum by (to, reason) (rate(moorline_dns_upstream_failures_total{${ON}}[$__rate_interval]))`,
    legend: "{{to}} {{reason}}",
  },
  {
    title: "From change to answer",
    description: "99 of 100 changes of an object are served within this.",
    unit: "s",
    expr: quantile(0.99, "dns_programming_duration_seconds"),
    legend: "99 %",
  },
  {
    title: "Staleness",
    description: "Time since the API server was last heard, the worst machine.",
    unit: "s",
    expr: `max by (cluster) (moorline_registry_staleness_seconds{${ON}})`,
    legend: "{{cluster}}",
  },
  {
    title: "Last heartbeat",
    description: "Age of the last renewal of a Lease, the worst machine.",
    unit: "s",
    expr: `max(time() - moorline_heartbeat_last_success_timestamp_seconds{${ON}})`,
    legend: "oldest",
  },
  {
    title: "Memory",
    description: "Resident memory of the largest agent.",
    unit: "bytes",
    expr: `max(process_resident_memory_bytes{${ON}} and on (instance) moorline_build_info)`,
    legend: "most",
  },
];

/** A Grafana dashboard of the fleet. */
export function dashboard(): Readonly<Record<string, unknown>> & { readonly panels: readonly Panel[] } {
  const instance = {
    name: "instance",
    label: "Machine",
    type: "query",
    datasource: DATASOURCE,
    query: "label_values(moorline_build_info, instance)",
    includeAll: true,
    multi: true,
    current: { text: "All", value: "$__all" },
    refresh: 2,
  };
  return {
    uid: "moorline",
    title: "moorline",
    tags: ["moorline"],
    schemaVersion: 39,
    time: { from: "now-6h", to: "now" },
    refresh: "30s",
    templating: { list: [{ name: "datasource", type: "datasource", query: "prometheus" }, instance] },
    panels: PANELS.map(panel),
  };
}

function panel({ title, description, type = "timeseries", unit, expr, legend }: Wanted, index: number): Panel {
  const perRow = 24 / WIDTH;
  return {
    id: index + 1,
    ...{ title, description, type },
    datasource: DATASOURCE,
    gridPos: { x: (index % perRow) * WIDTH, y: Math.floor(index / perRow) * HEIGHT, w: WIDTH, h: HEIGHT },
    targets: [{ refId: "A", expr, legendFormat: legend }],
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  };
}
