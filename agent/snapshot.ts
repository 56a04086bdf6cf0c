import type { Log } from "./log.ts";
import { readSnapshot, setAside, type Snapshot, writeSnapshot } from "./snapshot_file.ts";

/** A change is on disk at most 5 s later: 4 s of collecting, so that a storm of changes is one write, and the write. */
const DELAY_MS = 4_000;

/** After a failed write (a full disk): again after this long, with whatever is current by then. */
const RETRY_MS = 60_000;

export interface SnapshotKeeperOptions {
  readonly path: string;
  /** What to keep, one part after the other; called when it is written. Each part is plain JSON data. */
  readonly collect: () => Iterable<unknown>;
  readonly clock: { now(): number; sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
  readonly log: Log;
}

/**
 * Keeps what must survive a restart on disk. `load` once at the start, `changed` whenever something did, `run` writes.
 * Neither an unreadable snapshot nor a full disk is fatal: both are logged, and the agent goes on from the API.
 */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #dirty = false;
  #wake: (() => void) | undefined;
  #writtenAt: number | undefined;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
  }

  /** Wall-clock milliseconds of the snapshot on disk; undefined when there is none. */
  get writtenAt(): number | undefined {
    return this.#writtenAt;
  }

  /** The snapshot of the last run; undefined when there is none that can be read (then it is set aside). */
  async load(): Promise<Snapshot | undefined> {
    const { path, log } = this.#options;
    try {
      const snapshot = await readSnapshot(path);
      this.#writtenAt = snapshot?.writtenAt;
      return snapshot;
    } catch (error) {
      const aside = await setAside(path).catch(() => "not possible");
      log("warn", "the snapshot cannot be used; starting without it", { path, error, aside });
      return undefined;
    }
  }

  /** Something that belongs into the snapshot has changed. */
  changed(): void {
    this.#dirty = true;
    this.#wake?.();
  }

  /** Writes changes until the signal aborts; what is pending then is written first. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    let wait = DELAY_MS;
    while (!signal.aborted) {
      if (!this.#dirty) await Promise.race([stopped, new Promise<void>((resolve) => this.#wake = resolve)]);
      // An abort ends the wait; the loop's condition sees it.
      await this.#options.clock.sleep(wait, signal).catch(() => {});
      wait = await this.#write() ? DELAY_MS : RETRY_MS;
    }
    await this.#write(); // what came while the last one was written
  }

  /** Whether the disk has everything now. */
  async #write(): Promise<boolean> {
    if (!this.#dirty) return true;
    const { path, collect, clock, log } = this.#options;
    this.#dirty = false;
    const now = clock.now();
    try {
      await writeSnapshot(path, collect(), now);
      this.#writtenAt = now;
      return true;
    } catch (error) {
      this.#dirty = true;
      log("warn", "the snapshot cannot be written; the one before stays", { path, error });
      return false;
    }
  }
}
