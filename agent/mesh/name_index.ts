import type { Claimant, ClaimantKind } from "./name_claim.ts";

interface Registered extends Claimant {
  names: readonly string[];
}

/** Nearly every name has one claimant: the list is made for those with several. */
interface Name {
  claimants: Registered | Registered[];
  fingerprint: number;
}

const NO_NAMES: readonly string[] = [];

/** Who claims which name, both ways, and what was last published of each name. */
export class NameIndex {
  readonly #names = new Map<string, Name>();
  /** By kind and cluster, then by the store's own key strings, which costs no memory for keys. */
  readonly #claimants = new Map<string, Map<string, Registered>>();

  /** How many names somebody claims. */
  get size(): number {
    return this.#names.size;
  }

  names(): Iterable<string> {
    return this.#names.keys();
  }

  /** The one object that stands for a claimant, made when there is none: give it its names soon. */
  claimant(kind: ClaimantKind, cluster: number, key: string): Claimant {
    const known = this.find(kind, cluster, key);
    if (known) return known;
    const group = `${kind} ${cluster}`;
    const byKey = this.#claimants.get(group) ?? new Map<string, Registered>();
    this.#claimants.set(group, byKey);
    const claimant: Registered = { kind, cluster, key, names: NO_NAMES };
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
    for (const name of registered.names) {
      if (now.has(name)) continue;
      this.#leave(name, registered);
      touched.add(name);
    }
    const before = new Set(registered.names);
    for (const name of now) {
      if (!before.has(name)) this.#enter(name, registered);
      touched.add(name);
    }
    registered.names = now.size === 0 ? NO_NAMES : [...now];
    if (now.size === 0) this.#claimants.get(`${claimant.kind} ${claimant.cluster}`)!.delete(claimant.key);
  }

  claimantsOf(name: string): readonly Claimant[] {
    const claimants = this.#names.get(name)?.claimants;
    return claimants === undefined ? [] : Array.isArray(claimants) ? claimants : [claimants];
  }

  /** Notes what is published of a name. @returns whether that is news. */
  publish(name: string, fingerprint: number): boolean {
    const known = this.#names.get(name);
    if (known === undefined || known.fingerprint === fingerprint) return false;
    known.fingerprint = fingerprint;
    return true;
  }

  /** Drops a name that nobody claims any more. @returns whether it had been published. */
  forget(name: string): boolean {
    const known = this.#names.get(name);
    if (known === undefined || !Array.isArray(known.claimants) || known.claimants.length > 0) return false;
    this.#names.delete(name);
    return known.fingerprint !== UNPUBLISHED;
  }

  #enter(name: string, claimant: Registered): void {
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, { claimants: claimant, fingerprint: UNPUBLISHED });
    else if (Array.isArray(known.claimants)) known.claimants.push(claimant);
    else known.claimants = [known.claimants, claimant];
  }

  #leave(name: string, claimant: Registered): void {
    const known = this.#names.get(name)!;
    known.claimants = Array.isArray(known.claimants) ? known.claimants.filter((one) => one !== claimant) : [];
  }
}

/** No fingerprint is negative. */
const UNPUBLISHED = -1;
