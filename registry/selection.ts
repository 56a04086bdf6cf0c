import { type Identified, type Kind, resourceName } from "./kind.ts";

/** Which objects of a kind are read. */
export interface Selection {
  /** Empty or absent: the whole cluster. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** For messages: `services in namespace "a" with labels app=b` */
export function nameOf(kind: Kind<Identified>, { namespace, labelSelector, fieldSelector }: Selection): string {
  return resourceName(kind) + (namespace ? ` in namespace ${JSON.stringify(namespace)}` : "") +
    (labelSelector ? ` with labels ${labelSelector}` : "") + (fieldSelector ? ` with fields ${fieldSelector}` : "");
}

/** Equal for two selections that show the same objects. */
export function scopeOf(kind: Kind<Identified>, { namespace, labelSelector, fieldSelector }: Selection): string {
  return JSON.stringify([resourceName(kind), namespace ?? "", labelSelector ?? "", fieldSelector ?? ""]);
}
