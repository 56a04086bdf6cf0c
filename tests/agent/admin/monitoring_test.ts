import { suite } from "uvu";
import * as assert from "uvu/assert";
import { alertRuleFile, dashboard, METRICS } from "../../../agent/admin/mod.ts";
import { isInstalled } from "../../installed.ts";

const test = suite("alerts and dashboard");
const promtool = await isInstalled("promtool");
// Prometheus' own parser is the judge where it is installed (Debian's package prometheus); the rest needs nothing.
const withPromtool = promtool ? test : test.skip;
if (!promtool) console.log("SKIPPED what only promtool can say of the alerts: it is not installed here");

/** Every name that an expression may use, with what it may select by. */
function knownSeries(): Map<string, readonly string[]> {
  return new Map([...METRICS.values()].flatMap(({ name, kind, labels }) => {
    const full = name.startsWith("process_") ? name : `moorline_${name}`;
    if (kind !== "histogram") return [[full, labels] as const];
    return [[`${full}_bucket`, [...labels, "le"]], [`${full}_sum`, labels], [`${full}_count`, labels]] as const;
  }));
}

function assertKnown(expr: string): void {
  const series = knownSeries();
  const used = [...expr.matchAll(/\b((?:moorline|process)_\w+)(?:\{([^}]*)\})?/g)];
  assert.ok(used.length > 0, expr);
  for (const [, name, selectors = ""] of used) {
    assert.ok(series.has(name!), `${name} in ${expr}`);
    for (const [, label] of selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
      assert.ok(label === "instance" || series.get(name!)!.includes(label!), `${label} of ${name}`);
    }
  }
}

const rules = alertRuleFile().groups.flatMap((group) => group.rules);

test("alerts use series and labels that there are, and say what to do", () => {
  assert.is(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, expr, annotations } of rules) {
    assertKnown(expr);
    assert.match(alert, /^Moorline[A-Z]/);
    assert.match(annotations.description, /[.?]$/);
    for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g)) {
      const grouped = /by \(([^)]*)\)/.exec(expr)?.[1];
      if (grouped) assert.ok(grouped.includes(label!), `${alert}: ${label} is left after the aggregation`);
    }
  }
});

test("the dashboard uses series that there are, and its panels do not overlap", () => {
  const { panels } = dashboard();
  const cells = new Set<string>();
  for (const { id, gridPos: { x, y, w, h }, targets } of panels) {
    for (const { expr } of targets) assertKnown(expr);
    assert.ok(x + w <= 24, "inside the grid");
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert.not(cells.has(`${column} ${row}`), `panel ${id} covers another`);
        cells.add(`${column} ${row}`);
      }
    }
  }
  assert.is(new Set(panels.map(({ id }) => id)).size, panels.length);
});

async function runPromtool(args: string[], files: Record<string, unknown>): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(content));
  }
  const { code, stdout, stderr } = await new Deno.Command("promtool", { args, cwd: folder }).output();
  await Deno.remove(folder, { recursive: true });
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.is(code, 0, text);
  return text;
}

withPromtool("promtool accepts the rules", async () => {
  assert.match(await runPromtool(["check", "rules", "rules.yaml"], { "rules.yaml": alertRuleFile() }), /SUCCESS/);
});

/** Series, one value a minute, and the alerts that they raise after twenty minutes. */
const CASES: [Record<string, string>, string[]][] = [
  [{ 'moorline_registration_state{instance="a",workload="w",state="conflict"}': "1x30" }, ["MoorlineNotRegistered"]],
  [{
    'moorline_registration_state{instance="a",workload="w",state="registered"}': "1x30",
    'moorline_registration_state{instance="a",workload="w",state="conflict"}': "0x30",
  }, []],
  [{ 'moorline_probe_healthy{instance="a",workload="w"}': "0x30" }, ["MoorlineWorkloadUnhealthy"]],
  [{
    'moorline_dns_upstream_healthy{instance="a",to="x"}': "0x30",
    'moorline_dns_upstream_healthy{instance="a",to="y"}': "1x30",
  }, []],
  [{ 'moorline_dns_upstream_healthy{instance="a",to="x"}': "0x30" }, ["MoorlineUpstreamsDown"]],
  [{
    'moorline_dns_responses_total{instance="a",rcode="SERVFAIL",source="upstream"}': "0+10x30",
    'moorline_dns_responses_total{instance="a",rcode="NOERROR",source="mesh"}': "0+90x30",
  }, ["MoorlineQuestionsFail"]],
  [{ 'moorline_heartbeat_last_success_timestamp_seconds{instance="a"}': "0x30" }, ["MoorlineHeartbeatLate"]],
  [{ 'moorline_clock_offset_seconds{instance="a"}': "-31x30" }, ["MoorlineClockOff"]],
  [{ 'moorline_collector_leader{instance="c"}': "0x30" }, ["MoorlineCollectorLeaderless"]],
  [{ 'moorline_collector_leader{instance="c"}': "0x30", 'moorline_collector_leader{instance="d"}': "1x30" }, []],
];

withPromtool("each alert is raised when it should be, and not when it should not", async () => {
  const tests = CASES.map(([series, raised]) => ({
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [{
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: "20m",
      exp_samples: raised.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
    }],
  }));
  const file = { rule_files: ["rules.yaml"], evaluation_interval: "1m", tests };
  await runPromtool(["test", "rules", "tests.yaml"], { "rules.yaml": alertRuleFile(), "tests.yaml": file });
});

test.run();
