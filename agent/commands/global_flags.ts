import type { Flag } from "./verb.ts";

/** Flags that every verb has. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  { name: "config", value: "FILE", help: "configuration, YAML or JSON; /etc/moorline/moorline.yaml if that exists" },
  {
    name: "set",
    value: "KEY=VALUE",
    repeat: true,
    help: "one key of the configuration, such as dns.ttl=10s; may be repeated",
  },
  {
    name: "log-level",
    value: "LEVEL",
    choices: ["debug", "info", "warn", "error"],
    help: "least important lines logged",
  },
  { name: "log-format", value: "FORMAT", choices: ["text", "json"], help: "how the log is written" },
  { name: "help", short: "h", help: "what a verb does and takes" },
  { name: "version", help: "which version this is" },
];
