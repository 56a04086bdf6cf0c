import { configCheckCommand, configPrintCommand, configSchemaCommand } from "./config_command.ts";
import type { Programs } from "./programs.ts";
import type { Flag, Verb } from "./verb.ts";

const ADMIN: Flag = {
  name: "admin",
  value: "WHERE",
  help: "the agent: a socket's path, IP:port or URL; else as configured",
};

const NO_AGENT = "3  no agent answers";

/** Every verb: what parsing, `--help`, completions, manual and docs/cli.md are made from. */
export function verbTable({ runAgent, runDemo }: Programs): readonly Verb[] {
  const verbs: Verb[] = [
    runVerb(runAgent),
    demoVerb(runDemo),
    RESOLVE,
    STATUS,
    NAMES,
    REGISTER,
    DEREGISTER,
    CHECK,
    GROUP,
    COLLECT,
    FLEET,
    CONFIG,
  ];
  verbs.push(completionsVerb(verbs), manVerb(verbs));
  return verbs;
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

const REGISTER: Verb = {
  name: "register",
  summary: "registers this machine once, without staying: a static entry that nobody watches over",
  details: "The entry has no Lease and no health, and the collector leaves it alone: it stays until `moorline " +
    "deregister`. A running agent registers by itself; stop it before.",
  flags: [output("text", "json")],
  examples: ["moorline register --config moorline.yaml"],
  run: async (context) => (await import("./register_command.ts")).registerCommand(context),
};

const DEREGISTER: Verb = {
  name: "deregister",
  summary: "takes away what this machine registered",
  details: "Removes the entry of this machine, by `register` or by an agent that was stopped with it in place.",
  flags: [output("text", "json")],
  examples: ["moorline deregister --config moorline.yaml"],
  run: async (context) => (await import("./register_command.ts")).deregisterCommand(context),
};

const CHECK: Verb = {
  name: "check",
  summary: "everything the agent needs: what is wrong, and what to type",
  details: "The API server, each permission, clocks, ports, upstreams, /etc/hosts, nsswitch.conf and the state " +
    "folder. With --to it follows one destination instead: its name, the addresses' families, the route, " +
    "the connection.",
  flags: [{ name: "to", value: "NAME[:PORT]", help: "a destination to follow" }, ADMIN, output("text", "json")],
  examples: ["moorline check", "moorline check --to reviews.bookinfo.svc.cluster.local:9080"],
  exitCodes: ["0  nothing is wrong", "1  something is", "2  wrong usage or configuration"],
  run: async (context) => (await import("./check_command.ts")).checkCommand(context),
};

const GROUP: Verb = {
  name: "group",
  summary: "makes WorkloadGroup manifests",
  verbs: [{
    name: "create",
    summary: "prints a WorkloadGroup manifest, with the flags of `istioctl x workload group create`",
    details: "Name and namespace are those of the configuration's workload unless given.",
    flags: [
      { name: "name", value: "NAME", help: "the group's name" },
      { name: "namespace", short: "n", value: "NAMESPACE", help: "its namespace" },
      { name: "labels", short: "l", value: "K=V,...", repeat: true, help: "labels of its entries" },
      { name: "annotations", short: "a", value: "K=V,...", repeat: true, help: "annotations of its entries" },
      { name: "ports", short: "p", value: "NAME=PORT,...", repeat: true, help: "ports that its entries serve" },
      {
        name: "serviceAccount",
        short: "s",
        value: "NAME",
        help: "service account of its entries; default unless given",
      },
      { name: "network", value: "NAME", help: "Istio network of its entries" },
      { name: "locality", value: "LOCALITY", help: "region/zone/subzone of its entries" },
      { name: "weight", short: "w", value: "NUMBER", help: "weight of its entries" },
      output("yaml", "json"),
    ],
    examples: [
      "moorline group create --name reviews-vm -n bookinfo -l app=reviews -p http=9080 | kubectl apply -f -",
    ],
    run: async (context) => (await import("./group_command.ts")).groupCreateCommand(context),
  }],
};

const COLLECT: Verb = {
  name: "collect",
  summary: "in the cluster: removes registrations of dead machines until SIGTERM",
  details:
    "One of several replicas leads. A machine is silent when its Lease does not change; static entries and what others " +
    "wrote are left alone. While more than --max-share of the machines with a Lease are silent, it must be the network, and " +
    "nothing is removed. On admin.listen it serves GET /healthz, /readyz, /metrics, and /sd for Prometheus.",
  flags: [
    {
      name: "unhealthy-after",
      value: "DURATION",
      help: "silent so long is unhealthy; 40s, and never less than the Lease",
    },
    { name: "delete-after", value: "DURATION", help: "silent so long is dead, and removed; 1h unless given" },
    { name: "max-share", value: "SHARE", help: "silent at once that is still believed; 0.3; a small fleet needs more" },
    { name: "dry-run", help: "says what it would do, and does nothing" },
    { name: "once", help: "watches long enough to judge, acts once, and ends" },
  ],
  examples: ["moorline collect", "moorline collect --once --dry-run --max-share 0.5"],
  run: async (context) => (await import("./collect_command.ts")).collectCommand(context),
};

const FLEET: Verb = {
  name: "fleet",
  summary: "every machine that is registered: group, address, version, health, last beat",
  details: "For operators: without a configured cluster it reads $KUBECONFIG or ~/.kube/config.",
  flags: [
    { name: "namespaces", short: "n", value: "A,B", repeat: true, help: "only these; all unless given" },
    output("text", "json"),
  ],
  examples: ["moorline fleet", "moorline fleet -n bookinfo -o json"],
  run: async (context) => (await import("./fleet_command.ts")).fleetCommand(context),
};

const CONFIG: Verb = {
  name: "config",
  summary: "checks, prints or describes the configuration",
  verbs: [
    {
      name: "check",
      summary: "says what is wrong with the configuration, a line for each",
      examples: ["moorline config check --config moorline.yaml"],
      run: configCheckCommand,
    },
    {
      name: "print",
      summary: "the effective configuration: flags over environment over file over defaults; secrets hidden",
      flags: [output("yaml", "json")],
      examples: ["moorline config print -o json"],
      run: configPrintCommand,
    },
    {
      name: "schema",
      summary: "the configuration's JSON Schema, for editors and CI",
      examples: ["moorline config schema > moorline.schema.json"],
      run: configSchemaCommand,
    },
  ],
};

function completionsVerb(verbs: readonly Verb[]): Verb {
  return {
    name: "completions",
    operands: "SHELL",
    summary: "completions for bash, zsh or fish, to be sourced",
    examples: ["moorline completions bash > /usr/share/bash-completion/completions/moorline"],
    run: async (context) => (await import("./manual_command.ts")).completionsCommand(context, verbs),
  };
}

function manVerb(verbs: readonly Verb[]): Verb {
  return {
    name: "man",
    summary: "the manual page, for `man -l -` or a package",
    examples: ["moorline man > moorline.1"],
    run: async (context) => (await import("./manual_command.ts")).manCommand(context, verbs),
  };
}

/** `-o`, the first choice being the default. */
function output(...choices: string[]): Flag {
  return {
    name: "output",
    short: "o",
    value: "FORMAT",
    choices,
    help: `how it is printed; ${choices[0]} unless given`,
  };
}
