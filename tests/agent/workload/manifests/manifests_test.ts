import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  collectorManifests,
  flowControlManifests,
  policyManifests,
  rbacManifests,
  type RbacScope,
} from "../../../../agent/workload/manifests/mod.ts";
import type { Manifest } from "../../../../agent/workload/manifest.ts";

const test = suite("manifests");

const SCOPE: RbacScope = { namespace: "shop", serviceAccount: "moorline", namespaces: [], groups: [], services: [] };
const keyOf = ({ kind, metadata: { namespace = "", name } }: Manifest) => `${kind} ${namespace}/${name}`;

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

function rules(manifests: readonly Manifest[], kind: string, namespace?: string): readonly Rule[] {
  return manifests.filter((m) => m.kind === kind && m.metadata.namespace === namespace)
    .flatMap((m) => m["rules"] as Rule[]);
}

test("several prints stand side by side: no two objects share a name", () => {
  const scopes = [
    SCOPE,
    { ...SCOPE, namespace: "shop-eu" },
    { ...SCOPE, serviceAccount: "eu" },
    { ...SCOPE, namespace: "shop-eu", serviceAccount: "eu-web" },
    { ...SCOPE, serviceAccount: "eu.web", namespaces: ["a", "b", "shop"] },
  ];
  const keys = scopes.flatMap((scope) => [...rbacManifests(scope), ...policyManifests(scope)]).map(keyOf);
  assert.is(new Set(keys).size, keys.length);
});

test("names are read in the whole cluster, or in the namespaces that are named", () => {
  const everywhere = rbacManifests(SCOPE);
  assert.ok(rules(everywhere, "ClusterRole").some(({ resources }) => resources.includes("services")));
  const named = rbacManifests({ ...SCOPE, namespaces: ["a", "b"] });
  assert.not(rules(named, "ClusterRole").some(({ resources }) => resources.includes("services")));
  for (const namespace of ["a", "b"]) {
    assert.ok(rules(named, "Role", namespace).some(({ resources }) => resources.includes("services")));
  }
});

test("groups and Services are pinned where they are named, tokens always", () => {
  const role = (scope: Partial<RbacScope>) => rules(rbacManifests({ ...SCOPE, ...scope }), "Role", "shop");
  const find = (scope: Partial<RbacScope>, resource: string, verb: string) =>
    role(scope).find(({ resources, verbs }) => resources.includes(resource) && verbs.includes(verb));
  assert.equal(find({ groups: ["reviews"] }, "workloadgroups", "register")?.resourceNames, ["reviews"]);
  assert.is(find({}, "workloadgroups", "register")?.resourceNames, undefined);
  assert.equal(find({ services: ["web"] }, "services", "register")?.resourceNames, ["web"]);
  assert.is(find({}, "endpointslices", "create"), undefined, "no slices without a Service");
  assert.equal(find({}, "serviceaccounts/token", "create")?.resourceNames, ["moorline"]);
});

test("nothing is ever granted by a wildcard, nor deletecollection", () => {
  const image = { image: "x", namespace: "moorline-system", flags: [] };
  const all = [...rbacManifests({ ...SCOPE, services: ["web"] }), ...collectorManifests(image)];
  for (const rule of all.flatMap((manifest) => (manifest["rules"] ?? []) as Rule[])) {
    assert.not([...rule.resources, ...rule.verbs].some((word) => word === "*" || word === "deletecollection"));
  }
});

test("each policy has its binding, denies, and holds NAME and NAME-* of one namespace", () => {
  const manifests = policyManifests(SCOPE);
  const policies = manifests.filter(({ kind }) => kind === "ValidatingAdmissionPolicy");
  assert.is(policies.length, 4);
  for (const { metadata, ...policy } of policies) {
    const binding = manifests.find((m) => m.kind !== "ValidatingAdmissionPolicy" && m.metadata.name === metadata.name)!;
    const { policyName, validationActions } = binding["spec"] as Record<string, unknown>;
    assert.equal([policyName, validationActions], [metadata.name, ["Deny"]]);
    const spec = policy["spec"] as { failurePolicy: string; matchConditions: { expression: string }[] };
    assert.is(spec.failurePolicy, "Fail");
    assert.is(
      spec.matchConditions[0]!.expression,
      "request.userInfo.username == 'system:serviceaccount:shop:moorline' || " +
        "request.userInfo.username.startsWith('system:serviceaccount:shop:moorline-')",
    );
  }
});

test("the collector is none of the accounts that the policies hold", () => {
  const account = collectorManifests({ image: "x", namespace: "moorline-system", flags: ["--dry-run"] })
    .find(({ kind }) => kind === "ServiceAccount")!;
  assert.is.not(account.metadata.namespace, SCOPE.namespace);
});

test("flow control names what VMs write and nothing else", () => {
  const [, schema] = flowControlManifests(SCOPE);
  const { rules } = schema!["spec"] as { rules: { resourceRules: { resources: string[]; namespaces: string[] }[] }[] };
  const { resourceRules } = rules[0]!;
  assert.equal(resourceRules.flatMap(({ resources }) => resources), [
    "leases",
    "workloadentries",
    "workloadentries/status",
  ]);
  assert.ok(resourceRules.every(({ namespaces }) => namespaces.join() === "shop"));
});

test.run();
