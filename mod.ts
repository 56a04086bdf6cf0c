/**
 * moorline as a library: `registry` keeps Kubernetes objects in memory, `dns` answers names, `agent` joins the two for a
 * virtual machine. Each door tells its own story.
 */
export * as agent from "./agent/mod.ts";
export * as dns from "./dns/mod.ts";
export * as registry from "./registry/mod.ts";
