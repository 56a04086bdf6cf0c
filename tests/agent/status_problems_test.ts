import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ClusterRow, RegistrationRow, UpstreamRow } from "../../agent/admin/mod.ts";
import { findProblems, tokenProblems } from "../../agent/status_problems.ts";

const test = suite("what status calls a problem");

const CLUSTER: ClusterRow = {
  name: "primary",
  domain: "cluster.local",
  server: "https://10.0.0.1:6443",
  api: "ok",
  clockOffsetSeconds: 1,
  tokenExpiresAt: null,
  answers: "cluster-ip",
  answersReason: "",
  kinds: [{ kind: "services", state: "synced", objects: 3, reason: "", since: null }],
};
const WORKLOAD: RegistrationRow = {
  namespace: "shop",
  group: "vm",
  state: "registered",
  reason: "",
  since: "",
  agentId: "",
  publish: "workload-entry",
  addresses: [],
  objects: [],
  health: { probed: false, verdict: "healthy", message: "", toldBy: "condition" },
  heartbeat: { intervalSeconds: 10, lastSuccess: "", failures: 0 },
  warnings: [],
};
const UPSTREAM: UpstreamRow = {
  server: "192.0.2.53:53",
  zone: "",
  healthy: true,
  requests: 0,
  failures: 0,
  averageMilliseconds: null,
  lastError: "",
};
const forbidden = {
  kind: "serviceentries",
  state: "forbidden",
  objects: 0,
  reason: "the role lacks list",
  since: null,
};

const cases: [title: string, cluster: Partial<ClusterRow>, row: Partial<RegistrationRow>, says: RegExp[]][] = [
  ["nothing when all is well", {}, {}, []],
  ["nothing of a workload that is not to be registered", {}, { state: "off", reason: "DNS only" }, []],
  ["credentials that are refused", { api: "unauthorized" }, {}, [/does not accept our credentials.*tokenFile/]],
  ["an API server out of reach", { api: "unreachable" }, {}, [/10\.0\.0\.1:6443 cannot be reached.*curl/]],
  ["a clock that is behind", { clockOffsetSeconds: 3600 }, {}, [/clock is 3600 s behind.*timedatectl/]],
  ["a clock that is ahead", { clockOffsetSeconds: -3600 }, {}, [/clock is 3600 s ahead.*timedatectl/]],
  ["what the role may not read", { kinds: [forbidden] }, {}, [/serviceentries: the role lacks list.*join-a-vm/]],
  [
    "a kind that cannot be read for the first time",
    { kinds: [{ ...forbidden, state: "syncing", reason: "500" }] },
    {},
    [
      /serviceentries: 500; .*read for the first time/,
    ],
  ],
  ["what is being read for the first time", { kinds: [{ ...forbidden, state: "syncing", reason: "" }] }, {}, []],
  ["a workload that is held up", {}, { state: "conflict", reason: "x holds it" }, [
    /shop\/vm is not registered.*x holds/,
  ]],
  ["a workload that was drained", {}, { state: "deregistered" }, [/is not registered \(deregistered\) $/]],
  ["a group that is missing", {}, { state: "waiting-group", reason: "none" }, [/waiting-group.*moorline group create/]],
  ["each warning of a workload", {}, { warnings: ["a", "b"] }, [/shop\/vm: a/, /shop\/vm: b/]],
];
for (const [title, cluster, row, says] of cases) {
  test(title, () => {
    const found = findProblems([{ ...CLUSTER, ...cluster }], [{ ...WORKLOAD, ...row }], [UPSTREAM]);
    assert.is(found.length, says.length, JSON.stringify(found));
    says.forEach((pattern, i) => assert.match(`${found[i]!.message} ${found[i]!.fix}`, pattern));
  });
}

test("an upstream that does not answer", () => {
  const [problem, ...others] = findProblems([], [], [UPSTREAM, { ...UPSTREAM, healthy: false, lastError: "no reply" }]);
  assert.is(others.length, 0);
  assert.match(problem!.message, /192\.0\.2\.53:53 does not answer \(no reply\)/);
});

test("a token that is not renewed", () => {
  assert.equal(tokenProblems(undefined), []);
  assert.equal(tokenProblems({ status: () => ({ file: "/t", problem: "" }) }), []);
  const [problem] = tokenProblems({ status: () => ({ file: "/t", problem: "may not" }) });
  assert.match(`${problem!.message} ${problem!.fix}`, /not renewed: may not.*\/t/);
});

test.run();
