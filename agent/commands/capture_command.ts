import { cryptoRandom } from "../../dns/mod.ts";
import * as capture from "../capture/mod.ts";
import type { Config } from "../config/mod.ts";
import { commandLogger } from "./command_logger.ts";
import { stopOnSignals } from "./stop_signals.ts";
import type { CommandContext } from "./verb.ts";

/** How long a guard outlives the agent that started it, above `capture.grace`: its last look at the port. */
const LAST_LOOK_MS = 500;

/** `moorline capture hold`: the guard, in the foreground until SIGTERM or SIGINT; SIGHUP reads the configuration again. */
export async function captureHoldCommand(context: CommandContext): Promise<number> {
  const { config: first, mode } = await rootConfig(context, "hold");
  const logger = commandLogger(first.log);
  let config = first;
  const stop = stopOnSignals();
  const onHangup = async () => {
    try {
      config = (await context.loadConfig()).config;
    } catch (error) {
      logger.log("error", "the new configuration cannot be used; the former one stays", { error });
    }
  };
  Deno.addSignalListener("SIGHUP", onHangup);
  const ending = new AbortController();
  try {
    const signal = AbortSignal.any([stop.signal, ending.signal]);
    const isChild = context.flags.on("follow-stdin");
    if (isChild) followStdin(() => config, ending);
    await capture.holdCapture(mode, () => config, !isChild, logger.log, signal);
    return 0;
  } finally {
    Deno.removeSignalListener("SIGHUP", onHangup);
    stop.dispose();
    logger.flush();
  }
}

/** The agent that started us is gone: a successor may come within the grace; then there is nothing left to guard. */
async function followStdin(config: () => Config, ending: AbortController): Promise<void> {
  for await (const _ of Deno.stdin.readable) { /* nothing is said there */ }
  setTimeout(() => ending.abort(new Error("the agent is gone")), config().capture.grace + LAST_LOOK_MS);
}

/** `moorline capture install`: once, without a guard. */
export async function captureInstallCommand(context: CommandContext): Promise<number> {
  const { config, mode } = await rootConfig(context, "install");
  const listener = capture.firstListener(config);
  if (await ask(config) === undefined) throw new Error(`the agent at ${listener} does not answer: nothing is captured`);
  const servers = await capture.installCapture(mode, config);
  context.print(`DNS to ${servers.join(", ") || "nobody"} goes to ${listener}\n`);
  context.note("nobody watches over it until `moorline capture remove`; `moorline capture hold` does");
  return 0;
}

/** `moorline capture remove`: what a guard or `install` left behind; nothing left is no error. */
export async function captureRemoveCommand(context: CommandContext): Promise<number> {
  const { config } = await context.loadConfig();
  requireRoot("remove");
  const done = await capture.removeCapture(config);
  context.print(`${done.join("\n") || "nothing was captured"}\n`);
  return 0;
}

/** `moorline capture status`: 0 when this VM's resolver reaches the agent, 1 when it does not. */
export async function captureStatusCommand(context: CommandContext): Promise<number> {
  const { config } = await context.loadConfig();
  const report = capture.readReport(capture.reportPath(config), Date.now());
  const mode = await capture.chosenMode(config.capture.mode);
  const active = await capture.reachesAgent(config.clusters[0]!.domain, await ask(config)) ?? null;
  const status = {
    mode,
    active,
    captured: report?.captured ?? false,
    table: report?.holding ?? null,
    servers: report?.servers ?? [],
    guard: report?.pid ?? null,
    note: capture.captureStatus(mode, report).note,
  };
  if (context.flags.text("output") === "json") context.print(`${JSON.stringify(status, null, 2)}\n`);
  else context.print(statusLine(status));
  return active === true ? 0 : 1;
}

function statusLine({ mode, active, note }: { mode: string; active: boolean | null; note: string }): string {
  const reached = active === null ? "not measured, for getent is not installed" : active ? "active" : "not active";
  return `${mode}, ${reached}: ${note}\n`;
}

function ask(config: Config): Promise<readonly string[] | undefined> {
  const id = Math.floor(cryptoRandom() * 65_536);
  return capture.askSelf(capture.firstListener(config), config.clusters[0]!.domain, id);
}

/** @throws Error with one sentence without root, or where the configuration asks for nothing that can be done here. */
async function rootConfig(
  { loadConfig }: CommandContext,
  verb: string,
): Promise<{ readonly config: Config; readonly mode: capture.ServedMode }> {
  const { config } = await loadConfig();
  requireRoot(verb);
  const mode = await capture.chosenMode(config.capture.mode);
  if (capture.isServed(mode)) return { config, mode };
  if (mode === "none") throw new Error("capture.mode is none: set it to auto, nftables or resolv-conf");
  throw new Error(`capture.mode ${mode}: this version captures by nftables and resolv-conf only`);
}

function requireRoot(verb: string): void {
  if (Deno.uid() !== 0) throw new Error(`capture ${verb} needs root: sudo moorline capture ${verb}`);
}
