import type { Claimant, ClaimantKind } from "./name_claim.ts";
import { NameSlots } from "./name_slots.ts";

interface Registered extends Claimant {
  /** Positive; stands for it in the slots. 0 before it has names. */
  id: number;
  names: readonly string[];
}

const NO_NAMES: readonly string[] = [];
/** The owner of a name that its last claimant has left. */
const NOBODY = -1;

/**
 * Who claims which name, both ways, and what was last published of each name. Nearly every name has one claimant,
 * whose id is in the name's slot; the few with several have a list.
 */
export class NameIndex {
  readonly #slots = new NameSlots();
  /** Claimants by id; ids of those that are gone are used again. */
  readonly #byId: (Registered | undefined)[] = [undefined];
  readonly #freeIds: number[] = [];
  /** The claimants of names with several; the name's owner is `SHARED`. */
  readonly #shared = new Map<string, readonly Registered[]>();
  /** By kind and cluster, then by the store's own key strings, which costs no memory for keys. */
  readonly #claimants = new Map<string, Map<string, Registered>>();

  /** How many names somebody claims, or did until a moment ago. */
  get size(): number {
    return this.#slots.size;
  }

  *names(): Generator<string> {
    for (const byKey of this.#claimants.values()) {
      for (const claimant of byKey.values()) {
        // A name with several claimants is told by the first.
        for (const name of claimant.names) if ((this.#shared.get(name)?.[0] ?? claimant) === claimant) yield name;
      }
    }
  }

  /** The one object that stands for a claimant, made when there is none: give it its names soon. */
  claimant(kind: ClaimantKind, cluster: number, key: string): Claimant {
    const known = this.find(kind, cluster, key);
    if (known) return known;
    const group = `${kind} ${cluster}`;
    const byKey = this.#claimants.get(group) ?? new Map<string, Registered>();
    this.#claimants.set(group, byKey);
    const claimant: Registered = { kind, cluster, key, id: 0, names: NO_NAMES };
    byKey.set(key, claimant);
    return claimant;
  }

  find(kind: ClaimantKind, cluster: number, key: string): Claimant | undefined {
    return this.#claimants.get(`${kind} ${cluster}`)?.get(key);
  }

  /** Says which names a claimant has now. Names that it lost and nobody else has stay until `forget`. */
  claim(claimant: Claimant, names: Iterable<string>, touched: Set<string>): void {
    const registered = claimant as Registered;
    const now = new Set(names);
    const before = new Set(registered.names);
    if (now.size > 0) this.#register(registered);
    for (const name of before) if (!now.has(name)) this.#leave(name, registered);
    for (const name of now) if (!before.has(name)) this.#enter(name, registered);
    for (const name of before) touched.add(name);
    for (const name of now) touched.add(name);
    registered.names = now.size === 0 ? NO_NAMES : [...now];
    if (now.size === 0) this.#unregister(registered);
  }

  claimantsOf(name: string): readonly Claimant[] {
    const owner = this.#slots.owner(name);
    if (owner > 0) return [this.#byId[owner]!];
    return owner === SHARED ? this.#shared.get(name)! : [];
  }

  /** Notes what is published of a name. @returns whether that is news. */
  publish(name: string, fingerprint: number): boolean {
    return this.#slots.setFingerprint(name, fingerprint);
  }

  /** Drops a name that nobody claims any more. @returns whether it had been published. */
  forget(name: string): boolean {
    if (this.#slots.owner(name) !== NOBODY) return false;
    const published = this.#slots.fingerprint(name) !== 0;
    this.#slots.remove(name);
    return published;
  }

  #register(claimant: Registered): void {
    if (claimant.id !== 0) return;
    claimant.id = this.#freeIds.pop() ?? this.#byId.length;
    this.#byId[claimant.id] = claimant;
  }

  #unregister(claimant: Registered): void {
    this.#claimants.get(`${claimant.kind} ${claimant.cluster}`)?.delete(claimant.key);
    if (claimant.id === 0) return;
    this.#byId[claimant.id] = undefined;
    this.#freeIds.push(claimant.id);
    claimant.id = 0;
  }

  #enter(name: string, claimant: Registered): void {
    const owner = this.#slots.owner(name);
    if (owner === 0 || owner === NOBODY) return this.#slots.setOwner(name, claimant.id);
    const others = owner === SHARED ? this.#shared.get(name)! : [this.#byId[owner]!];
    this.#shared.set(name, [...others, claimant]);
    this.#slots.setOwner(name, SHARED);
  }

  #leave(name: string, claimant: Registered): void {
    const others = this.#shared.get(name)?.filter((one) => one !== claimant) ?? [];
    if (others.length > 1) return void this.#shared.set(name, others);
    this.#shared.delete(name);
    this.#slots.setOwner(name, others[0]?.id ?? NOBODY);
  }
}

/** The owner of a name that several claim. */
const SHARED = -2;
