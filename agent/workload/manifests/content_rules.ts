import type { Validation, Variable } from "./policy_rule.ts";

interface Rules {
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
}

const GROUP = "istio.io/autoRegistrationGroup";

/** A comma list in an annotation of the parameter, in CEL. */
function listed(key: string): string {
  return `(has(params.metadata.annotations) && '${key}' in params.metadata.annotations) ` +
    `? params.metadata.annotations['${key}'].split(',').map(item, item.trim()) : []`;
}

/** A map that may be absent at every step, in CEL. */
function mapAt(path: string): string {
  const steps = path.split(".");
  const present = steps.slice(2).map((_, i) => `has(${steps.slice(0, i + 3).join(".")})`).join(" && ");
  return `(${present}) ? ${path} : {}`;
}

/** A label that the group gives, that it allows, or that says that nobody here speaks mTLS. */
function labelsWithin(labels: string): string {
  return `!variables.mine || ${labels}.all(k, ` +
    `(k in variables.metadataLabels && variables.metadataLabels[k] == ${labels}[k]) || ` +
    `(k in variables.templateLabels && variables.templateLabels[k] == ${labels}[k]) || ` +
    `(k == 'security.istio.io/tlsMode' && ${labels}[k] == 'disabled') || ` +
    `k in variables.allowedLabels || (k + '=' + ${labels}[k]) in variables.allowedLabels)`;
}

/**
 * A WorkloadEntry within what its group allows. Every group of the namespace is a parameter in turn; `mine` is the one
 * that the entry names, and an entry that names none, or one that its account may not join, is refused by each.
 */
export const entryRules: Rules = {
  variables: [
    {
      name: "group",
      expression: `(has(object.metadata.annotations) && '${GROUP}' in object.metadata.annotations) ` +
        `? object.metadata.annotations['${GROUP}'] : ''`,
    },
    { name: "mine", expression: "variables.group == params.metadata.name" },
    { name: "metadataLabels", expression: mapAt("params.spec.metadata.labels") },
    { name: "templateLabels", expression: mapAt("params.spec.template.labels") },
    { name: "entryLabels", expression: mapAt("object.spec.labels") },
    { name: "objectLabels", expression: "has(object.metadata.labels) ? object.metadata.labels : {}" },
    { name: "allowedLabels", expression: listed("moorline.dev/allowed-labels") },
    { name: "allowedCidrs", expression: listed("moorline.dev/allowed-cidrs") },
  ],
  validations: [
    {
      expression: "variables.group != '' && authorizer.group('networking.istio.io').resource('workloadgroups')" +
        ".namespace(request.namespace).name(variables.group).check('register').allowed()",
      message: "the entry must name a WorkloadGroup that this account may register in (verb register)",
    },
    {
      expression: "!variables.mine || (has(object.spec.serviceAccount) ? object.spec.serviceAccount : '') == " +
        "(has(params.spec.template.serviceAccount) ? params.spec.template.serviceAccount : '')",
      message: "the entry's serviceAccount must be its group's",
    },
    { expression: labelsWithin("variables.entryLabels"), message: "spec.labels must be within what the group allows" },
    { expression: labelsWithin("variables.objectLabels"), message: "labels must be within what the group allows" },
    {
      expression: "!variables.mine || (has(object.spec.weight) ? object.spec.weight : 0) == " +
        "(has(params.spec.template.weight) ? params.spec.template.weight : 0)",
      message: "the entry's weight must be its group's",
    },
    {
      expression: "!variables.mine || (has(object.spec.address) && isIP(object.spec.address) && " +
        "(size(variables.allowedCidrs) == 0 || " +
        "variables.allowedCidrs.exists(c, cidr(c).containsIP(object.spec.address))))",
      message: "the entry's address must be an IP address within the group's moorline.dev/allowed-cidrs",
    },
  ],
};

/**
 * An EndpointSlice of a Service that its account may stand behind. Every Service of the namespace is a parameter in
 * turn; `mine` is the one that the slice names.
 */
export const sliceRules: Rules = {
  variables: [
    {
      name: "service",
      expression: "(has(object.metadata.labels) && 'kubernetes.io/service-name' in object.metadata.labels) " +
        "? object.metadata.labels['kubernetes.io/service-name'] : ''",
    },
    { name: "mine", expression: "variables.service == params.metadata.name" },
    { name: "allowedCidrs", expression: listed("moorline.dev/allowed-cidrs") },
    { name: "endpoints", expression: "has(object.endpoints) && object.endpoints != null ? object.endpoints : []" },
  ],
  validations: [
    {
      expression: "variables.service != '' && authorizer.group('').resource('services')" +
        ".namespace(request.namespace).name(variables.service).check('register').allowed()",
      message: "the slice must name a Service that this account may stand behind (verb register)",
    },
    {
      expression: "object.metadata.labels['endpointslice.kubernetes.io/managed-by'] == 'moorline'",
      message: "the slice must be managed by moorline",
    },
    {
      expression: "object.addressType in ['IPv4', 'IPv6'] && " +
        "variables.endpoints.all(e, !has(e.nodeName) && !has(e.targetRef))",
      message: "a VM's endpoints are addresses, of no node and no pod",
    },
    {
      expression: "!variables.mine || size(variables.allowedCidrs) == 0 || variables.endpoints.all(e, " +
        "e.addresses.all(a, variables.allowedCidrs.exists(c, cidr(c).containsIP(a))))",
      message: "the slice's addresses must be within the Service's moorline.dev/allowed-cidrs",
    },
  ],
};
