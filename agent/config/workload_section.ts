import { z } from "zod";
import { choice, duration, key, list, onOff, path, section, text, textOrEmpty } from "./field.ts";
import { isCidr, isIp, isLabel, isLabelKey, isLabelValue, isObjectName } from "./network_syntax.ts";
import { probeSection } from "./probe_section.ts";

const ADDRESS = "auto, interface:NAME, cidr:NETWORK or an IP address";
const addressChoice = text(ADDRESS, isAddressChoice);
const twoAddresses = list(addressChoice, "addresses").min(1).max(2, { error: `one or two of: ${ADDRESS}` });

/** Where the workload's address comes from; parsed it is always a list, of two for dual stack. */
const address = z.codec(
  z.union([addressChoice, twoAddresses], { error: `${ADDRESS}; or a list of two for dual stack` }),
  z.array(z.string()),
  {
    decode: (value) => typeof value === "string" ? [value] : value,
    encode: (value) => value.length === 1 ? value[0]! : value,
  },
);

const LABEL_VALUE = "a label's value: at most 63 letters, digits, `-`, `_`, `.`; numbers and booleans need quotes";
const labels = z.record(text("a label's key", isLabelKey), text(LABEL_VALUE, isLabelValue), {
  error: (issue) => issue.code === "invalid_key" ? "a label's key such as app or example.com/team" : "a map of labels",
});

const probe = section({
  exec: key(onOff(), "off", "whether exec probes of a group may run on this VM"),
  hosts: key(choice("own", "any"), "own", "where probes may go: own (loopback and `workload.address`) or any host"),
  override: key(probeSection.nullable(), null, "a probe that wins over the group's"),
}, "a map of `exec`, `hosts` and `override`");

const publish = choice("auto", "workload-entry", "endpoint-slice", "none");
const group = textOrEmpty("a WorkloadGroup's name", isObjectName);
const service = textOrEmpty("a Service's name", isLabel);

/** One service of this VM: how it is registered, probed, kept alive and taken away. */
export const workloadSection = section({
  namespace: key(text("a namespace's name", isLabel), "default", "namespace of the registration and of short names"),
  group: key(group, "", "WorkloadGroup; empty: DNS only, no registration"),
  groupFile: key(path(), "", "WorkloadGroup manifest on disk, for clusters without Istio's CRDs"),
  publish: key(publish, "auto", "what is written; auto: workload-entry where it is served, else endpoint-slice"),
  service: key(service, "", "endpoint-slice: the Service that this VM stands behind, beside its pods"),
  address: key(address, "auto", "this VM's address; auto: the source address towards the API server"),
  network: key(textOrEmpty("a network's name", isLabelValue), "", "Istio network"),
  locality: key(textOrEmpty("region[/zone[/subzone]]", isLocality), "", "region/zone/subzone"),
  labels: key(labels, {}, "labels added to the group's"),
  tls: key(choice("disabled", "istio"), "disabled", "istio: a proxy on this VM ends mesh mTLS; disabled: none does"),
  probe: key(probe, {}, "what of the group's probe applies here"),
  unhealthy: key(choice("auto", "condition", "withdraw"), "auto", "how bad health is told; auto: withdraw if ambient"),
  heartbeat: key(duration("1s", "5m"), "10s", "pause between renewals of the Lease, which lasts four of them"),
  drain: key(duration("0s", "10m"), "5s", "time between being marked unhealthy and being gone"),
  onStop: key(choice("auto", "deregister", "keep"), "auto", "auto: keep on a restart of the unit, else deregister"),
  istioCleanup: key(onOff(), true, "keep istio.io/connectedAt fresh, so that istiod removes a long-dead VM"),
});

function isAddressChoice(value: string): boolean {
  if (value === "auto" || isIp(value)) return true;
  if (value.startsWith("interface:")) return /^interface:[^\s/:]{1,15}$/.test(value);
  return value.startsWith("cidr:") && isCidr(value.slice("cidr:".length));
}

function isLocality(value: string): boolean {
  const parts = value.split("/");
  return parts.length <= 3 && parts.every((part) => part !== "" && !/\s/.test(part));
}
