import type { NameRecord } from "../../dns/mod.ts";
import type { AnswerMode, MeshRules } from "./mesh_rules.ts";
import type { Service } from "./service_kind.ts";

/** Which sort of address a Service with a ClusterIP answers with, and which addresses a VM may be given at all. */

/** The annotation of a Service that wins over the configuration. */
export const ANSWERS_ANNOTATION = "moorline.dev/answers";
const MODES: readonly string[] = ["cluster-ip", "endpoints", "load-balancer"] satisfies AnswerMode[];

/** A mode, and whether it is one that was measured and not one that somebody wrote. */
export interface ChosenMode {
  readonly mode: AnswerMode;
  readonly measured: boolean;
}

/**
 * The annotation if it is one of the modes, else the configuration; `auto` in either is what was measured from here.
 * An annotation that is none of these counts as not written: a typing error must not take a Service's name away.
 */
export function answerMode(service: Service, rules: MeshRules, measured: AnswerMode): ChosenMode {
  const setting = MODES.includes(service.answers) || service.answers === "auto" ? service.answers : rules.answers;
  return setting === "auto" ? { mode: measured, measured: true } : { mode: setting as AnswerMode, measured: false };
}

/** Whether the VM has a way to addresses of this one's family. */
export function familyServed(address: string, families: MeshRules["families"]): boolean {
  return address.includes(":") ? families.ipv6 : families.ipv4;
}

/** Leaves out addresses of families that this VM has no route for. */
export function reachable(records: readonly NameRecord[], rules: MeshRules): readonly NameRecord[] {
  if (rules.families.ipv4 && rules.families.ipv6) return records;
  return records.filter((record) =>
    record.type === "A" ? rules.families.ipv4 : record.type === "AAAA" ? rules.families.ipv6 : true
  );
}

/**
 * Whether an address is of a range that leads nowhere without a proxy in the way: Istio's automatic ones
 * (240.240.0.0/16 and 2001:2::/48, PILOT_IP_AUTOALLOCATE_*), and all of 240.0.0.0/4, which no router forwards.
 */
export function isVirtual(address: string): boolean {
  if (address.includes(":")) return address.startsWith("2001:2:0:") || address.startsWith("2001:2::");
  const first = Number(address.slice(0, address.indexOf(".")));
  return first >= 240 && address !== "255.255.255.255";
}
