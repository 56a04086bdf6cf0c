/** Faults on request: what a test or the demo wants to go wrong, and for how many requests. */
export type FaultAction =
  /** Answers this code with a Status; 429 and 503 may carry Retry-After in seconds. */
  | {
    readonly type: "status";
    readonly code: number;
    readonly reason?: string;
    readonly message?: string;
    readonly retryAfter?: number;
  }
  /** Answers after a while. */
  | { readonly type: "delay"; readonly milliseconds: number }
  /** Never answers; ends with the client, the fault's removal or the server. */
  | { readonly type: "hang" }
  /** Breaks the connection after this many bytes of the body, which may be in the middle of a line. */
  | { readonly type: "cut"; readonly afterBytes: number }
  /** Sends this many bytes of the body and then nothing more, with the connection open. */
  | { readonly type: "stall"; readonly afterBytes: number }
  /** For watches: begins well and sends this Status as an ERROR event in place of anything else. */
  | { readonly type: "error-event"; readonly code: number; readonly reason?: string; readonly message?: string };

export interface FaultRule {
  /** HTTP method; any unless given. */
  readonly method?: string;
  /** Tested against path and query; a string must be contained in it. */
  readonly path?: RegExp | string;
  /** How many requests it hits; without end unless given. */
  readonly count?: number;
  readonly action: FaultAction;
}

export interface Fault {
  /** Requests hit so far. */
  readonly hits: number;
  /** Resolves at the first hit. */
  readonly firstHit: Promise<void>;
  remove(): void;
}

interface ActiveFault extends Fault {
  readonly rule: FaultRule;
  readonly removed: AbortController;
  hits: number;
  readonly hit: () => void;
}

/** The faults in force; the first one that matches a request is taken. */
export class Faults {
  #active: ActiveFault[] = [];

  add(rule: FaultRule): Fault {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fault: ActiveFault = {
      rule,
      hits: 0,
      firstHit: promise,
      hit: resolve,
      removed: new AbortController(),
      remove: () => {
        this.#active = this.#active.filter((other) => other !== fault);
        fault.removed.abort();
      },
    };
    this.#active.push(fault);
    return fault;
  }

  clear(): void {
    for (const fault of [...this.#active]) fault.remove();
  }

  /** The action for this request, counted; its signal aborts when the fault is removed. */
  take(method: string, pathAndQuery: string): { action: FaultAction; removed: AbortSignal } | undefined {
    const fault = this.#active.find(({ rule, hits }) =>
      hits < (rule.count ?? Infinity) && (!rule.method || rule.method === method) && matches(rule.path, pathAndQuery)
    );
    if (!fault) return undefined;
    fault.hits++;
    fault.hit();
    return { action: fault.rule.action, removed: fault.removed.signal };
  }
}

function matches(pattern: RegExp | string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  return typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);
}
