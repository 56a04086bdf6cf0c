import { CAPTURE } from "./capture_verb.ts";
import { ADMIN, output } from "./common_flags.ts";
import type { Verb } from "./verb.ts";

/** What is done on the machine, beside the agent. */
export function machineVerbs(): readonly Verb[] {
  return [REGISTER, DEREGISTER, CHECK, CAPTURE, CONFIG];
}

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

const CONFIG: Verb = {
  name: "config",
  summary: "checks, prints or describes the configuration",
  verbs: [
    {
      name: "check",
      summary: "says what is wrong with the configuration, a line for each",
      examples: ["moorline config check --config moorline.yaml"],
      run: async (context) => (await import("./config_command.ts")).configCheckCommand(context),
    },
    {
      name: "print",
      summary: "the effective configuration: flags over environment over file over defaults; secrets hidden",
      flags: [output("yaml", "json")],
      examples: ["moorline config print -o json"],
      run: async (context) => (await import("./config_command.ts")).configPrintCommand(context),
    },
    {
      name: "schema",
      summary: "the configuration's JSON Schema, for editors and CI",
      examples: ["moorline config schema > moorline.schema.json"],
      run: async (context) => (await import("./config_command.ts")).configSchemaCommand(context),
    },
  ],
};
