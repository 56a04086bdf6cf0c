import { main } from "./agent/commands/mod.ts";

// The whole agent is loaded only by the verbs that are one: `moorline status` answers in a fraction of the time.
Deno.exit(
  await main(Deno.args, {
    runAgent: async (options) => await (await import("./agent/mod.ts")).runAgent(options),
    runDemo: async (options) => await (await import("./agent/mod.ts")).runDemo(options),
  }),
);
