import { suite } from "uvu";
import * as assert from "uvu/assert";
import { entryFor, type EntryMoment, isLabel, unusableLabels, type VmPlace } from "../../../agent/workload/entry.ts";
import { parseGroup } from "../../../agent/workload/workload_kinds.ts";

const test = suite("entry");

const writer = { agentId: "id-1", version: "1.2.3", owner: "JTI=7" };
const place: VmPlace = { address: "1.2.3.4", network: "", locality: "", labels: {}, tls: "disabled" };
const moment: EntryMoment = { healthChecked: false };

function group(spec: Record<string, unknown> = {}, apiVersion = "networking.istio.io/v1") {
  return parseGroup({
    apiVersion,
    metadata: { namespace: "a", name: "wg-a", uid: "u1", resourceVersion: "1", labels: { grouplabel: "notonentry" } },
    spec: {
      metadata: { labels: { foo: "bar", merge: "group" }, annotations: { foo: "bar" } },
      template: {
        address: "9.9.9.9",
        ports: { http: 80 },
        labels: { app: "a", merge: "template" },
        network: "nw0",
        locality: "reg0/zone0/subzone0",
        weight: 1,
        serviceAccount: "sa-a",
      },
      ...spec,
    },
  });
}

test("is what Istio's own code would write (TestWorkloadEntryFromGroup)", () => {
  const vm: VmPlace = {
    ...place,
    network: "nw1",
    locality: "rgn2/zone2/subzone2",
    labels: { merge: "me", "istio-locality": "rgn2/zone2/subzone2" },
    tls: "istio",
  };
  const labels = { app: "a", foo: "bar", merge: "me" };
  assert.equal(entryFor(group(), writer, vm, moment), {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: {
      name: "wg-a-1.2.3.4-nw1",
      namespace: "a",
      labels,
      annotations: {
        foo: "bar",
        "istio.io/autoRegistrationGroup": "wg-a",
        "moorline.dev/agent-id": "id-1",
        "moorline.dev/version": "1.2.3",
        "moorline.dev/owner": "JTI=7",
      },
      ownerReferences: [
        { apiVersion: "networking.istio.io/v1", kind: "WorkloadGroup", name: "wg-a", uid: "u1", controller: true },
      ],
    },
    spec: {
      ports: { http: 80 },
      network: "nw1",
      locality: "rgn2/zone2/subzone2",
      weight: 1,
      serviceAccount: "sa-a",
      address: "1.2.3.4",
      labels,
    },
  });
});

test("without a place of its own the VM takes the template's", () => {
  const { network, locality } = entryFor(group(), writer, place, moment)["spec"] as Record<string, unknown>;
  assert.equal([network, locality], ["nw0", "reg0/zone0/subzone0"]);
  assert.is(
    entryFor(group(), writer, place, moment).metadata.name,
    "wg-a-1.2.3.4",
    "the template's is not in the name",
  );
});

test("without a proxy it says so, and never offers a tunnel", () => {
  const tunnel = { template: { labels: { "networking.istio.io/tunnel": "http", app: "a" } }, metadata: {} };
  const disabled = entryFor(group(tunnel), writer, place, moment);
  assert.equal(disabled.metadata.labels, { app: "a", "security.istio.io/tlsMode": "disabled" });
  const istio = entryFor(group(tunnel), writer, { ...place, tls: "istio" }, moment);
  assert.equal(istio.metadata.labels, { app: "a", "networking.istio.io/tunnel": "http" });
});

const ANNOTATIONS: readonly (readonly [string, EntryMoment, Record<string, string>])[] = [
  ["health-checked", { healthChecked: true }, { "proxy.istio.io/health-checks-enabled": "true" }],
  ["static", { healthChecked: true, isStatic: true }, { "moorline.dev/static": "true" }],
  ["connected", { healthChecked: false, connectedAt: "t" }, { "istio.io/connectedAt": "t" }],
  ["leaving", { healthChecked: false, disconnectedAt: "t" }, { "istio.io/disconnectedAt": "t" }],
];

for (const [name, now, extra] of ANNOTATIONS) {
  test(`annotations: ${name}`, () => {
    const plain = entryFor(group(), writer, place, moment).metadata.annotations;
    assert.equal(entryFor(group(), writer, place, now).metadata.annotations, { ...plain, ...extra });
  });
}

test("a group cannot claim health checks that nobody does", () => {
  const metadata = { annotations: { "proxy.istio.io/health-checks-enabled": "true" } };
  const { annotations } = entryFor(group({ metadata }), writer, place, moment).metadata;
  assert.is(annotations?.["proxy.istio.io/health-checks-enabled"], undefined);
});

test("withdrawn: nothing selects it any more", () => {
  const entry = entryFor(group(), writer, place, { healthChecked: true, withdrawn: true });
  assert.equal(entry.metadata.labels, { "security.istio.io/tlsMode": "disabled" });
  assert.equal((entry["spec"] as Record<string, unknown>)["labels"], { "security.istio.io/tlsMode": "disabled" });
});

test("an old mesh's version is named in the owner reference", () => {
  const entry = entryFor(group({}, "networking.istio.io/v1beta1"), writer, place, moment);
  assert.is(entry.apiVersion, "networking.istio.io/v1beta1");
  assert.is(entry.metadata.ownerReferences?.[0]?.apiVersion, "networking.istio.io/v1beta1");
});

test("labels that the API server refuses are left out and named", () => {
  const vm = { ...place, labels: { zone: "a/b", ok: "1" } };
  assert.equal(unusableLabels(group(), vm), ["zone=a/b"]);
  assert.not("zone" in (entryFor(group(), writer, vm, moment).metadata.labels ?? {}));
});

const LABELS: readonly (readonly [string, string, boolean])[] = [
  ["app", "reviews", true],
  ["app", "", true],
  ["example.com/team", "a.b_c-D", true],
  ["a/b/c", "x", false],
  ["/b", "x", false],
  ["Example.com/team", "x", false],
  ["-app", "x", false],
  ["app", "x".repeat(63), true],
  ["app", "x".repeat(64), false],
  ["app", "a b", false],
];

for (const [key, value, valid] of LABELS) {
  test(`label ${key}=${value.slice(0, 9)}: ${valid}`, () => assert.is(isLabel(key, value), valid));
}

test.run();
