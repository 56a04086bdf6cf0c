/**
 * Why something is not answered, or not as one might expect: a word for machines and metrics, and a sentence.
 * `rule` is the one that says why something is answered.
 */
export type RemarkCode =
  | "alias-loop"
  | "bad-part"
  | "denied"
  | "family"
  | "left-upstream"
  | "network"
  | "no-endpoints"
  | "no-load-balancer"
  | "no-name"
  | "nobody-selected"
  | "not-allowed"
  | "not-exported"
  | "not-trusted"
  | "pods-unread"
  | "port-differs"
  | "reserved"
  | "rule"
  | "shadowed"
  | "special-use"
  | "unhealthy"
  | "unread"
  | "virtual"
  | "workloads-unread";

/** Takes remarks while names are made; `part` is the host or address that is meant, when it is not the whole object. */
export type Remark = (code: RemarkCode, reason: string, part?: string) => void;

/** For the ordinary way, where nobody asks why. */
export function ignore(): void {}
