import manifest from "../deno.json" with { type: "json" };

/** The version of this build, from the one place that has it. */
export const VERSION: string = manifest.version;
