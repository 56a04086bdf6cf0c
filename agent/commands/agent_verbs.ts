import { ADMIN, NO_AGENT, output } from "./common_flags.ts";
import type { Programs } from "./programs.ts";
import type { Verb } from "./verb.ts";

/** What is an agent, and what looks at one. */
export function agentVerbs({ runAgent, runDemo }: Programs): readonly Verb[] {
  return [runVerb(runAgent), demoVerb(runDemo), RESOLVE, STATUS, NAMES];
}

function runVerb(runAgent: Programs["runAgent"]): Verb {
  return {
    name: "run",
    summary: "the agent, in the foreground until SIGTERM or SIGINT",
    details: "Answers DNS from the first moment, registers the workload once the API can be reached, deregisters " +
      "at the end. SIGHUP reads the configuration again; keys that need a restart are named in the log. A " +
      "second SIGTERM or SIGINT ends it at once.",
    examples: ["moorline run --config moorline.yaml", "moorline run --set dns.listen=127.0.0.1:5353 --log-level debug"],
    exitCodes: [
      "0  stopped in order",
      "1  it could not start",
      "2  wrong usage or configuration",
      "130, 143  ended by a second signal",
    ],
    run: async (context) => (await import("./run_command.ts")).runCommand(context, runAgent),
  };
}

function demoVerb(runDemo: Programs["runDemo"]): Verb {
  return {
    name: "demo",
    summary: "the whole agent beside an embedded cluster with a small mesh: no cluster, no root, no network",
    details: "Starts a Kubernetes API server in this process, a bookinfo-like mesh in it and the agent beside it, " +
      "on free ports and with temporary state; prints what to type next and keeps changing the mesh. " +
      "Without a terminal as with --once.",
    flags: [
      { name: "once", help: "do and check each step, print what was seen, end with 0 or 1" },
      { name: "stay", help: "stay also without a terminal" },
    ],
    examples: ["moorline demo", "moorline demo --once"],
    run: async (context) => (await import("./demo_command.ts")).demoCommand(context, runDemo),
  };
}

const RESOLVE: Verb = {
  name: "resolve",
  operands: "NAME [TYPE]",
  summary: "asks the running agent and prints the answer as `dig +short` does",
  details: "TYPE is A unless given; an address instead of a name asks for its name (PTR).",
  flags: [
    { name: "explain", help: "which rule, object and namespace gave the answer, what was rejected and why" },
    { name: "server", value: "IP:PORT", help: "another DNS server than the first of dns.listen" },
    ADMIN,
    output("text", "json"),
  ],
  examples: [
    "moorline resolve reviews.bookinfo.svc.cluster.local",
    "moorline resolve _http._tcp.reviews.bookinfo SRV",
    "moorline resolve --explain api.partner.example",
  ],
  exitCodes: [
    "0  answered",
    "1  SERVFAIL, REFUSED or no reply",
    "2  wrong usage",
    `${NO_AGENT} (--explain)`,
    "4  NXDOMAIN or NODATA",
  ],
  run: async (context) => (await import("./resolve_command.ts")).resolveCommand(context),
};

const STATUS: Verb = {
  name: "status",
  summary: "the agent in one screen: registration, health, sync, upstreams, capture, DNS",
  flags: [ADMIN, output("text", "json")],
  examples: ["moorline status", "moorline status -o json"],
  exitCodes: ["0  ready", "1  not ready", "2  wrong usage", NO_AGENT],
  run: async (context) => (await import("./status_command.ts")).statusCommand(context),
};

const NAMES: Verb = {
  name: "names",
  operands: "[FILTER]",
  summary: "the names that are served: kind, addresses, source object",
  details: "FILTER is a part of a name; without it every name is listed.",
  flags: [
    { name: "refused", help: "what is not served although an object says it, and why" },
    { name: "collisions", help: "names that several objects claim, and which of them is served" },
    ADMIN,
    output("text", "json", "hosts"),
  ],
  examples: ["moorline names reviews", "moorline names --refused", "moorline names -o hosts"],
  exitCodes: ["0  listed, also when nothing matches", "2  wrong usage", NO_AGENT],
  run: async (context) => (await import("./names_command.ts")).namesCommand(context),
};
