/** Drives the table's writer: a slice at once, the rest between other work, so that no table is too large to publish. */
import type { AnswerRules } from "./answer_rules.ts";
import type { NameDelta } from "./name_table.ts";
import type { Progress, TableWriter } from "./shared_table.ts";
import type { Clock } from "./time.ts";

/** How long a reader may take for the batch that it began in the old copy. */
const READER_WAIT_MS = 1;
/**
 * How long slices are worked on before questions have their turn: a quarter of what the control thread may be busy for. A
 * turn costs 1 to 4 ms of waiting, during which the names of a first sync pile up in memory.
 */
const TURN_MS = 5;

export class TablePublisher {
  readonly #writer: TableWriter;
  readonly #clock: Clock;
  #working: Promise<void> | undefined;

  constructor(writer: TableWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /** Small changes are live when this returns, others when the promise resolves. */
  publish(delta: NameDelta): Promise<void> {
    this.#writer.enqueue(delta);
    return this.#work(this.#writer.work());
  }

  /** As `publish`, for rules: they become live together with the names given before. */
  setRules(rules: AnswerRules): Promise<void> {
    return this.#work(this.#writer.setRules(rules));
  }

  #work(progress: Progress): Promise<void> {
    if (progress === "done") return this.#working ?? Promise.resolve();
    return this.#working ??= this.#finish(progress).finally(() => this.#working = undefined);
  }

  async #finish(progress: Progress): Promise<void> {
    while (progress !== "done") {
      if (progress === "waiting") await this.#clock.sleep(READER_WAIT_MS);
      else await new Promise((resolve) => setTimeout(resolve, 0)); // lets questions in between two turns
      const end = this.#clock.monotonic() + TURN_MS;
      do progress = this.#writer.work(); while (progress === "more" && this.#clock.monotonic() < end);
    }
  }
}
