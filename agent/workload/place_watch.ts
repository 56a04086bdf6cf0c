import type { Clock } from "../../registry/mod.ts";
import { type AddressFacts, type AddressFollowing, chooseAddresses, followAddress } from "./address.ts";
import { canonicalIp } from "./host_address.ts";

/** How often the interfaces are looked at: a change is followed when it was stable for 30 s, six looks. */
const LOOK_MS = 5_000;
/** Addresses that are written down do not change; what else there is only tells where probes may go. */
const FIXED_LOOK_MS = 60_000;
/** Without a way to the API server for so many looks, `auto` takes an interface's address. */
const PATIENCE_LOOKS = 6;

/** What a watch over this VM's addresses needs. */
export interface PlaceWatchOptions {
  /** `workload.address`. */
  readonly address: readonly string[];
  readonly clock: Clock;
  /** Looks at the network; `towardsApi` absent while the API server cannot be reached. */
  readonly look: () => Promise<AddressFacts>;
  readonly onChange: () => void;
}

/** Knows under which addresses this VM is to be registered, and follows them. */
export class PlaceWatch {
  readonly #options: PlaceWatchOptions;
  #following: AddressFollowing | undefined;
  #problem = "this VM's addresses were not looked at yet";
  #local: ReadonlySet<string> = new Set();
  #lost = 0;
  #provisional = false;

  constructor(options: PlaceWatchOptions) {
    this.#options = options;
  }

  /** The entry's address first; undefined while none is known. */
  get addresses(): readonly string[] | undefined {
    return this.#following?.current;
  }

  /** Why no address is known, or why the last look found none; empty when all is well. */
  get problem(): string {
    return this.#problem;
  }

  /** All addresses of this machine, canonical. */
  get local(): ReadonlySet<string> {
    return this.#local;
  }

  /** Looks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { address, clock } = this.#options;
    const pause = address.every((form) => canonicalIp(form) !== undefined) ? FIXED_LOOK_MS : LOOK_MS;
    while (!signal.aborted) {
      await this.lookOnce();
      await clock.sleep(pause, signal).catch(() => {}); // aborted: the loop ends
    }
  }

  async lookOnce(): Promise<void> {
    const { address, clock, look, onChange } = this.#options;
    const facts = await look();
    this.#local = new Set(facts.interfaces.map((i) => canonicalIp(i.address) ?? i.address));
    if (address.includes("auto") && !this.#knowsTheWay(facts)) return;
    const before = `${this.addresses}${this.#problem}`;
    const choice = chooseAddresses(address, facts);
    this.#problem = "problem" in choice ? choice.problem : "";
    this.#following = followAddress(this.#following, choice, clock.monotonic());
    if (`${this.addresses}${this.#problem}` !== before) onChange();
  }

  /**
   * The first choice of `auto` waits for a way to the API server, though not for ever (it may lie behind a proxy); one
   * that was made without is given up as soon as there is one.
   */
  #knowsTheWay(facts: AddressFacts): boolean {
    if (facts.towardsApi !== undefined) {
      if (this.#provisional) this.#following = undefined;
      this.#provisional = false;
      return true;
    }
    if (this.#following !== undefined || ++this.#lost > PATIENCE_LOOKS) {
      this.#provisional ||= this.#following === undefined;
      return true;
    }
    this.#problem = "the API server is not reached, and workload.address auto is the source address towards it";
    return false;
  }
}
