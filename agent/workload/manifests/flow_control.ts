import type { Manifest } from "../manifest.ts";

const FLOW_CONTROL = "flowcontrol.apiserver.k8s.io/v1";
/**
 * Of the API server's shares, of which the built-in levels have 245: heartbeats get about a twenty-fifth, and a queue.
 */
const SHARES = 10;
/** Before the catch-all for service accounts (9000), after the system's own (up to 1000). */
const PRECEDENCE = 2000;

/**
 * Keeps the VMs' heartbeats and registrations apart from other work of the API server (API priority and fairness): a
 * storm elsewhere does not make VMs look dead, and a storm of VMs does not slow down anything else. 5,000 heartbeats of
 * 10 s are 555 short requests a second.
 */
export function flowControlManifests({ namespace }: { readonly namespace: string }): Manifest[] {
  const name = `moorline.${namespace}`;
  const rule = (apiGroups: string[], resources: string[]) => ({
    verbs: ["get", "create", "patch", "update", "delete"],
    apiGroups,
    resources,
    namespaces: [namespace],
  });
  return [
    {
      apiVersion: FLOW_CONTROL,
      kind: "PriorityLevelConfiguration",
      metadata: { name },
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: SHARES,
          limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 6, queueLengthLimit: 50 } },
        },
      },
    },
    {
      apiVersion: FLOW_CONTROL,
      kind: "FlowSchema",
      metadata: { name },
      spec: {
        priorityLevelConfiguration: { name },
        matchingPrecedence: PRECEDENCE,
        distinguisherMethod: { type: "ByUser" },
        rules: [{
          // Accounts of VMs cannot be named one by one; these requests are theirs wherever they come from.
          subjects: [{ kind: "Group", group: { name: `system:serviceaccounts:${namespace}` } }],
          resourceRules: [
            rule(["coordination.k8s.io"], ["leases"]),
            rule(["networking.istio.io"], ["workloadentries", "workloadentries/status"]),
          ],
        }],
      },
    },
  ];
}
