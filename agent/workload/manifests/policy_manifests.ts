import type { Manifest } from "../manifest.ts";
import { entryRules, sliceRules } from "./content_rules.ts";
import { ownershipRules, ownershipVariables } from "./ownership_rules.ts";
import type { Validation, Variable } from "./policy_rule.ts";
import { tokenRules, tokenVariables } from "./token_rules.ts";

/** Whom the policies hold. */
export interface PolicyScope {
  /** Where the VMs' service accounts are. */
  readonly namespace: string;
  /** The policies hold NAME (shared by VMs) and NAME-* (of one VM each). */
  readonly serviceAccount: string;
  /** Audiences that the API server itself accepts: all that a VM may ask a token for. */
  readonly audiences?: readonly string[];
}

/** One policy before it is wrapped. */
interface Policy {
  /** The last part of its name. */
  readonly part: string;
  readonly rules: readonly Rule[];
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
  /** Every object of this kind in the request's namespace is a parameter in turn. */
  readonly paramKind?: { readonly apiVersion: string; readonly kind: string };
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
}

const ADMISSION = "admissionregistration.k8s.io/v1";
/** What kube-apiserver takes for its own unless it is told otherwise, as kubeadm, kind and EKS have it. */
const DEFAULT_AUDIENCES = ["https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local"];

/**
 * Admission policies (Kubernetes 1.30; shared accounts need the credential id of 1.32) that keep VMs apart: what RBAC
 * cannot say. Each was proved against kube-apiserver with a second VM's token.
 */
export function policyManifests(scope: PolicyScope): Manifest[] {
  const { audiences = DEFAULT_AUDIENCES } = scope;
  const policies: Policy[] = [
    {
      part: "owner",
      rules: [
        rule("networking.istio.io", ["workloadentries", "workloadentries/status"], ["CREATE", "UPDATE", "DELETE"]),
        rule("coordination.k8s.io", ["leases"], ["CREATE", "UPDATE", "DELETE"]),
        rule("discovery.k8s.io", ["endpointslices"], ["CREATE", "UPDATE", "DELETE"]),
      ],
      variables: ownershipVariables,
      validations: ownershipRules,
    },
    {
      part: "entry",
      rules: [rule("networking.istio.io", ["workloadentries"], ["CREATE", "UPDATE"])],
      paramKind: { apiVersion: "networking.istio.io/v1", kind: "WorkloadGroup" },
      ...entryRules,
    },
    {
      part: "slice",
      rules: [rule("discovery.k8s.io", ["endpointslices"], ["CREATE", "UPDATE"])],
      paramKind: { apiVersion: "v1", kind: "Service" },
      ...sliceRules,
    },
    {
      part: "token",
      rules: [rule("", ["serviceaccounts/token"], ["CREATE"])],
      variables: tokenVariables,
      validations: tokenRules(audiences),
    },
  ];
  return policies.flatMap((policy) => wrap(policy, scope));
}

function rule(group: string, resources: readonly string[], operations: readonly string[]): Rule {
  return { apiGroups: [group], apiVersions: ["*"], resources, operations };
}

/** The policy and the binding that puts it in force. */
function wrap(policy: Policy, { namespace, serviceAccount }: PolicyScope): Manifest[] {
  const name = `moorline.${namespace}.${serviceAccount}.${policy.part}`;
  const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const { paramKind } = policy;
  return [
    {
      apiVersion: ADMISSION,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        ...(paramKind ? { paramKind } : {}),
        matchConstraints: { matchPolicy: "Equivalent", resourceRules: policy.rules },
        matchConditions: [{
          name: "is-a-vm",
          expression: `request.userInfo.username == '${user}' || request.userInfo.username.startsWith('${user}-')`,
        }],
        variables: policy.variables,
        validations: policy.validations,
      },
    },
    {
      apiVersion: ADMISSION,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        ...(paramKind ? { paramRef: { selector: {}, parameterNotFoundAction: "Deny" } } : {}),
      },
    },
  ];
}
