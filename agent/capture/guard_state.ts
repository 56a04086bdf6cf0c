/** When capture begins, ends and begins again: pure, from what the guard saw to what it does. */

/** Silences in a row that release the capture: at a question a second a stopped agent costs three seconds. */
const SILENCES_TO_RELEASE = 3;
/** Answers in a row that take it again: an agent that comes and goes must not flap. */
const ANSWERS_TO_RETAKE = 3;

/** What the guard remembers. */
export interface GuardState {
  readonly captured: boolean;
  /** In a row; an answer ends them. */
  readonly silences: number;
  /** In a row; a silence ends them. */
  readonly answers: number;
  /** Answers in a row before the next capture: one at the start, more after a release. */
  readonly answersNeeded: number;
  /** Monotonic milliseconds since when nobody has listened on the agent's port. */
  readonly absentSince: number | undefined;
}

/** One thing seen. */
export type Seen =
  /** The question was answered, or not in time. */
  | { readonly kind: "answer" | "silence" }
  /** Whether anybody listens on the agent's port. */
  | { readonly kind: "present" }
  | { readonly kind: "absent"; readonly now: number; readonly grace: number };

export const FIRST_STATE: GuardState = {
  captured: false,
  silences: 0,
  answers: 0,
  answersNeeded: 1,
  absentSince: undefined,
};

/** The state after; the capture is taken or released where `captured` changes. */
export function nextState(state: GuardState, seen: Seen): GuardState {
  switch (seen.kind) {
    case "answer": {
      const answers = state.answers + 1;
      const captured = state.captured || answers >= state.answersNeeded;
      return { ...state, captured, answers, silences: 0 };
    }
    case "silence": {
      const silences = state.silences + 1;
      const after = { ...state, silences, answers: 0 };
      return state.captured && silences >= SILENCES_TO_RELEASE ? released(after) : after;
    }
    case "present":
      return state.absentSince === undefined ? state : { ...state, absentSince: undefined };
    case "absent": {
      const since = state.absentSince ?? seen.now;
      const after = { ...state, absentSince: since, answers: 0 };
      return state.captured && seen.now - since >= seen.grace ? released(after) : after;
    }
  }
}

/** Without capture, for whatever reason: it takes more than one answer to try again. */
export function released(state: GuardState): GuardState {
  return { ...state, captured: false, silences: 0, answers: 0, answersNeeded: ANSWERS_TO_RETAKE };
}
