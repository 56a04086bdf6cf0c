import { AGENT_ID, annotationsOf, STATIC } from "./manifest.ts";
import type { WrittenObject } from "./workload_kinds.ts";

/** Whose an object of our name is, by its annotations alone. */
export type Holder =
  | { readonly by: "nobody" } // no such object
  | { readonly by: "us" }
  | { readonly by: "stranger" } // istiod, a person: no agent id
  | { readonly by: "agent"; readonly agentId: string; readonly isStatic: boolean };

/** @returns whose the object is. */
export function holderOf(object: WrittenObject | undefined, agentId: string): Holder {
  if (!object) return { by: "nobody" };
  const annotations = annotationsOf(object.object);
  const holder = annotations[AGENT_ID];
  if (!holder) return { by: "stranger" };
  if (holder === agentId) return { by: "us" };
  return { by: "agent", agentId: holder, isStatic: annotations[STATIC] === "true" };
}
