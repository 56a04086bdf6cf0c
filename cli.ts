import { main } from "./agent/commands/mod.ts";

Deno.exit(await main(Deno.args, {}));
