import type { ClusterKnowledge, Knowledge, MeshKindName } from "./cluster_view.ts";
import { FOREIGN_SLICES, HEADLESS_SLICES, namesService, type PartPlan } from "./feed_plan.ts";
import type { Service } from "./service_kind.ts";

/** What one part of a feed knows. */
export interface PartKnowledge {
  readonly plan: PartPlan;
  readonly knowledge: Knowledge;
  readonly unconfirmed: boolean;
}

/** What a feed knows at one moment, from what its parts know. */
export class FeedKnowledge implements ClusterKnowledge {
  readonly namespaces: readonly string[] | null;
  readonly #configured: readonly string[];
  readonly #parts: readonly PartKnowledge[];

  /**
   * @param namespaces those whose Services are read; null: all.
   * @param configured those to which reading is limited; empty: none.
   */
  constructor(namespaces: readonly string[] | null, configured: readonly string[], parts: readonly PartKnowledge[]) {
    this.namespaces = namespaces;
    this.#configured = configured;
    this.#parts = parts;
  }

  knows(kind: MeshKindName, namespace = ""): Knowledge {
    return this.#best(kind, namespace, () => true);
  }

  knowsEndpoints({ namespace, name, headless }: Service): Knowledge {
    const of = (selects: (selector: string) => boolean) => this.#best("endpointslices", namespace, selects);
    const all = of((selector) => selector === "");
    if (all === "known") return all;
    if (headless) return worse(of((s) => s === HEADLESS_SLICES), of((s) => s === FOREIGN_SLICES));
    return of((selector) => selector === "" || namesService(selector, name));
  }

  isUnconfirmed(kind: MeshKindName): boolean {
    return this.#parts.some(({ plan, unconfirmed }) => plan.kind === kind && unconfirmed);
  }

  /** The best that any part says which covers the namespace; what nobody reads so far is on its way. */
  #best(kind: MeshKindName, namespace: string, selects: (selector: string) => boolean): Knowledge {
    const configured = this.#configured;
    if (namespace !== "" && configured.length > 0 && !configured.includes(namespace)) return "unreadable";
    let best: Knowledge | undefined;
    for (const { plan, knowledge } of this.#parts) {
      if (plan.kind !== kind || !selects(plan.labelSelector)) continue;
      if (plan.namespace !== "" && plan.namespace !== namespace) continue;
      if (knowledge === "known") return knowledge;
      if (best === undefined || knowledge === "pending") best = knowledge;
    }
    return best ?? "pending";
  }
}

function worse(a: Knowledge, b: Knowledge): Knowledge {
  if (a === "unreadable" || b === "unreadable") return "unreadable";
  return a === "pending" ? a : b;
}
