import type { Change, Identified } from "../../registry/mod.ts";

/**
 * Objects by the group that each belongs to, kept in step by changes. A group lies in one namespace. Lists, not maps:
 * most groups are a Service's one or two slices.
 */
export class Grouped<T extends Identified> {
  readonly #groups = new Map<string, T[]>();

  /** @param groupOf the group of an object; one that belongs to none has the empty string. */
  constructor(readonly groupOf: (object: T) => string) {}

  /** Takes a change in. @returns the groups that it concerns: one, or two when the object moved. */
  apply({ before, after }: Change<T>): readonly string[] {
    const left = before ? this.groupOf(before) : "";
    const entered = after ? this.groupOf(after) : "";
    if (before && left !== "" && left === entered) this.#replace(left, before.name, after!);
    else {
      if (before && left !== "") this.#remove(left, before.name);
      if (after && entered !== "") this.#add(entered, after);
    }
    return left === entered ? [left].filter(Boolean) : [left, entered].filter(Boolean);
  }

  /** A group's objects, in no order. */
  in(group: string): readonly T[] {
    return this.#groups.get(group) ?? [];
  }

  get groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  *all(): Generator<T> {
    for (const objects of this.#groups.values()) yield* objects;
  }

  #add(group: string, object: T): void {
    const objects = this.#groups.get(group);
    if (objects) objects.push(object);
    else this.#groups.set(group, [object]);
  }

  #replace(group: string, name: string, object: T): void {
    const objects = this.#groups.get(group)!;
    objects[objects.findIndex((one) => one.name === name)] = object;
  }

  #remove(group: string, name: string): void {
    const objects = this.#groups.get(group)!;
    objects.splice(objects.findIndex((one) => one.name === name), 1);
    if (objects.length === 0) this.#groups.delete(group);
  }
}
