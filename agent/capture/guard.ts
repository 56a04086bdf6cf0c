/** The guard: takes the capture while the agent answers, releases it when it does not. Root, and no ear on the network. */
import type { Clock } from "../../registry/mod.ts";
import type { Log } from "../log.ts";
import type { CaptureMeans, Taken } from "./capture_means.ts";
import { type CaptureReport, REPORT_EVERY_MS } from "./capture_report.ts";
import { FIRST_STATE, type GuardState, nextState, released, type Seen } from "./guard_state.ts";
import type { SelfAnswer } from "./self_question.ts";

/** The port is looked at four times a second: capture ends within `grace` and a quarter second of the agent's death. */
const LOOK_EVERY_MS = 250;
const ASK_EVERY_MS = 1_000;
/** As often as the agent itself follows resolv.conf. */
const FOLLOW_EVERY_MS = 2_000;

export interface GuardOptions {
  readonly means: CaptureMeans;
  /** `capture.grace` in milliseconds, as of now. */
  readonly grace: () => number;
  /** Whether anybody listens on the agent's port, asked four times a second. */
  readonly listens: () => Promise<boolean>;
  /** Asks the agent; undefined is silence. */
  readonly ask: () => Promise<SelfAnswer | undefined>;
  /** Asks through the system's resolver; undefined when that cannot be asked. */
  readonly measure: (direct: SelfAnswer | undefined) => Promise<boolean | undefined>;
  readonly report: (report: Omit<CaptureReport, "mode" | "standing" | "pid" | "writtenAt">) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Guards until `signal` aborts; then releases. */
export class Guard {
  readonly #options: GuardOptions;
  #state: GuardState = FIRST_STATE;
  /** What is captured. */
  #inPlace: Taken | undefined;
  #answer: SelfAnswer | undefined;
  #active: boolean | undefined;
  #note = "";
  /** One change of the table after the other. */
  #acting: Promise<void> = Promise.resolve();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    // What a guard that was killed has left.
    await this.#release("");
    const loops = [
      this.#every(LOOK_EVERY_MS, signal, () => this.#look()),
      this.#every(ASK_EVERY_MS, signal, () => this.#ask()),
      this.#every(FOLLOW_EVERY_MS, signal, () => this.#follow()),
      this.#every(REPORT_EVERY_MS, signal, () => this.#measure()),
    ];
    try {
      await Promise.all(loops);
    } finally {
      await this.#acting;
      this.#state = released(this.#state);
      await this.#settle("stopped");
    }
  }

  async #every(milliseconds: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await work();
      await this.#options.clock.sleep(milliseconds, signal).catch(() => {/* stopped */});
    }
  }

  async #look(): Promise<void> {
    const { listens, clock, grace } = this.#options;
    // Where nothing is captured, an answer to the question is all that counts.
    if (!this.#state.captured) return;
    if (await listens()) await this.#see({ kind: "present" }, "");
    else {
      const absent: Seen = { kind: "absent", now: clock.monotonic(), grace: grace() };
      await this.#see(absent, "nobody listens on the agent's port");
    }
  }

  async #ask(): Promise<void> {
    this.#answer = await this.#options.ask();
    await this.#see({ kind: this.#answer === undefined ? "silence" : "answer" }, "the agent does not answer");
  }

  /** Changes of the servers, and what somebody else took away. */
  async #follow(): Promise<void> {
    if (!this.#state.captured) return;
    await this.#act(async () => {
      if (this.#inPlace !== undefined && !await this.#options.means.isWhole()) await this.#take();
    });
  }

  async #measure(): Promise<void> {
    this.#active = await this.#options.measure(this.#answer);
    await this.#tell();
  }

  async #see(seen: Seen, reason: string): Promise<void> {
    const before = this.#state.captured;
    this.#state = nextState(this.#state, seen);
    if (this.#state.captured !== before) await this.#act(() => this.#settle(reason));
  }

  #act(change: () => Promise<void>): Promise<void> {
    this.#acting = this.#acting.then(change);
    return this.#acting;
  }

  /** Makes the VM agree with the state. */
  async #settle(reason: string): Promise<void> {
    if (this.#state.captured && this.#inPlace === undefined) await this.#take();
    else if (!this.#state.captured && this.#inPlace !== undefined) await this.#release(reason);
  }

  async #take(): Promise<void> {
    const { means, log } = this.#options;
    try {
      this.#inPlace = await means.take();
      this.#note = this.#inPlace.note;
      const { servers, holding, note } = this.#inPlace;
      log("info", "DNS of this VM is captured", { servers, holding });
      if (note !== "") log("warn", "not all of this VM's DNS is captured", { note });
    } catch (error) {
      this.#note = error instanceof Error ? error.message : String(error);
      log("warn", "DNS of this VM cannot be captured", { error });
      await this.#release(this.#note);
      this.#state = released(this.#state);
    }
    await this.#tell();
  }

  async #release(reason: string): Promise<void> {
    const { means, log } = this.#options;
    const wasInPlace = this.#inPlace !== undefined;
    this.#inPlace = undefined;
    try {
      const problem = await means.release();
      if (problem !== undefined) log("warn", "the capture is not undone as a whole", { problem });
      if (wasInPlace) log("warn", "capture is released, DNS is as without moorline", { reason });
    } catch (error) {
      log("error", "the capture cannot be released", { error });
    }
    this.#active = false;
    await this.#tell();
  }

  async #tell(): Promise<void> {
    const { report, log } = this.#options;
    try {
      await report({
        captured: this.#inPlace !== undefined,
        active: this.#active ?? null,
        holding: this.#inPlace?.holding ?? null,
        servers: this.#inPlace?.servers ?? [],
        note: this.#note,
      });
    } catch (error) {
      log("warn", "the guard's report cannot be written", { error });
    }
  }
}
