import { output } from "./common_flags.ts";
import type { Verb } from "./verb.ts";

/** The interception of this machine's DNS, on its own. */
export const CAPTURE: Verb = {
  name: "capture",
  summary: "the interception of this machine's DNS: guards, installs, removes or shows it",
  verbs: [
    {
      name: "hold",
      summary: "the guard, in the foreground: captures while the agent answers, and releases when it does not",
      details: "Needs root. Asks the agent a question each second: three silences release the capture, three answers " +
        "take it again, an agent that is gone for capture.grace releases it as well. `run` as root starts a guard by " +
        "itself. SIGHUP reads the configuration again.",
      flags: [{ name: "follow-stdin", help: "ends after standard input has ended, as with the agent that started it" }],
      examples: ["sudo moorline capture hold"],
      run: async (context) => (await import("./capture_command.ts")).captureHoldCommand(context),
    },
    {
      name: "install",
      summary: "captures once, without a guard: stays until `capture remove`",
      details: "Needs root, and an agent that answers. Nobody releases this capture when the agent dies.",
      examples: ["sudo moorline capture install"],
      run: async (context) => (await import("./capture_command.ts")).captureInstallCommand(context),
    },
    {
      name: "remove",
      summary: "removes what a killed guard or `capture install` left behind; nothing left is no error",
      examples: ["sudo moorline capture remove"],
      run: async (context) => (await import("./capture_command.ts")).captureRemoveCommand(context),
    },
    {
      name: "status",
      summary: "whether this machine's resolver reaches the agent, and what holds the capture",
      flags: [output("text", "json")],
      examples: ["moorline capture status -o json"],
      exitCodes: ["0  the resolver reaches the agent", "1  it does not", "2  wrong usage or configuration"],
      run: async (context) => (await import("./capture_command.ts")).captureStatusCommand(context),
    },
  ],
};
