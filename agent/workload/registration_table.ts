/**
 * The life of a registration as one table. Each pass of the reconciler looks at what is (never at what happened),
 * finds the first row whose condition holds, shows that row's state and does that row's act. The table is the
 * documentation: `docs/registration.md` carries it, and a test holds the two together.
 */

/** The names in `status`, `/api/registration` and the metric `registration_state`. */
export const REGISTRATION_STATES = [
  "waiting-api",
  "waiting-group",
  "no-group",
  "unauthorized",
  "forbidden",
  "conflict",
  "registering",
  "registered",
  "draining",
  "deregistered",
  "static",
  "off",
] as const;

export type RegistrationState = typeof REGISTRATION_STATES[number];

/** What one pass of the reconciler sees. */
export interface Seen {
  /** `stopping`: the drain is over, or was not wanted. */
  readonly phase: "running" | "draining" | "stopping";
  /** Whether there is anything to register at all. */
  readonly wanted: boolean;
  /** How the API server treats us, by the last thing it said. */
  readonly access: "ok" | "unreachable" | "unauthorized" | "forbidden";
  /**
   * The group, or the Service that endpoint slices need: `unknown` before the first list, `absent` when it was never
   * there, `gone` when it was, or is being deleted.
   */
  readonly group: "unknown" | "absent" | "gone" | "present";
  /** Whether an address of this VM was chosen. */
  readonly place: "unknown" | "known";
  readonly entry: Claim;
  /** Whether the entry of ours says something else than is wanted. */
  readonly differs: boolean;
}

/**
 * Whose the entry of our name is: `ours` carries our agent id, `unclaimed` none (istiod's or a person's), `held` that
 * of an agent whose Lease is fresh, `silent` that of one whose Lease has expired, `vanishing` is absent and was put
 * back too often.
 */
export type Claim = "unknown" | "absent" | "ours" | "unclaimed" | "held" | "silent" | "vanishing";

/** What a pass does to the API server. */
export type Act = "none" | "create" | "adopt" | "take-over" | "update" | "remove";

export interface Row {
  readonly when: string;
  readonly test: (seen: Seen) => boolean;
  readonly state: RegistrationState;
  readonly act: Act;
}

const ours = (seen: Seen) => seen.entry === "ours";

/** First match wins. */
export const REGISTRATION_TABLE: readonly Row[] = [
  { when: "nothing is to be registered", test: (s) => !s.wanted, state: "off", act: "none" },
  {
    when: "stopping, the entry is ours",
    test: (s) => s.phase === "stopping" && ours(s),
    state: "draining",
    act: "remove",
  },
  {
    when: "stopping, no entry of ours is left",
    test: (s) => s.phase === "stopping",
    state: "deregistered",
    act: "none",
  },
  {
    when: "the API server does not know our credentials",
    test: (s) => s.access === "unauthorized",
    state: "unauthorized",
    act: "none",
  },
  {
    when: "our role or the admission policy refuses",
    test: (s) => s.access === "forbidden",
    state: "forbidden",
    act: "none",
  },
  {
    when: "the API server is not reached, or nothing was read yet",
    test: (s) => s.access === "unreachable" || s.group === "unknown",
    state: "waiting-api",
    act: "none",
  },
  {
    when: "the group (or its Service) does not exist, and never did while we looked",
    test: (s) => s.group === "absent",
    state: "waiting-group",
    act: "none",
  },
  { when: "the group (or its Service) was deleted", test: (s) => s.group === "gone", state: "no-group", act: "none" },
  { when: "no address of this VM is known", test: (s) => s.place === "unknown", state: "waiting-api", act: "none" },
  { when: "the entry was not read yet", test: (s) => s.entry === "unknown", state: "waiting-api", act: "none" },
  {
    when: "another agent holds the entry, its Lease is fresh",
    test: (s) => s.entry === "held",
    state: "conflict",
    act: "none",
  },
  {
    when: "others go on deleting the entry",
    test: (s) => s.entry === "vanishing",
    state: "conflict",
    act: "none",
  },
  {
    when: "draining, there is no entry of ours",
    test: (s) => s.phase === "draining" && !ours(s),
    state: "draining",
    act: "none",
  },
  {
    when: "another agent held the entry, its Lease has expired",
    test: (s) => s.entry === "silent",
    state: "registering",
    act: "take-over",
  },
  {
    when: "an entry of our name was written by no agent",
    test: (s) => s.entry === "unclaimed",
    state: "registering",
    act: "adopt",
  },
  { when: "there is no entry", test: (s) => s.entry === "absent", state: "registering", act: "create" },
  {
    when: "draining, the entry still looks healthy",
    test: (s) => s.phase === "draining" && s.differs,
    state: "draining",
    act: "update",
  },
  { when: "draining", test: (s) => s.phase === "draining", state: "draining", act: "none" },
  { when: "the entry differs from what is wanted", test: (s) => s.differs, state: "registered", act: "update" },
  { when: "the entry is as wanted", test: () => true, state: "registered", act: "none" },
];

/** @returns the row that holds for what was seen. */
export function decide(seen: Seen): Row {
  const row = REGISTRATION_TABLE.find((row) => row.test(seen));
  if (!row) throw new Error("the registration table has no row for what was seen: its last row must always hold");
  return row;
}
