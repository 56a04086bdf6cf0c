import type { Flag, Verb } from "./verb.ts";

/** Terminals of 80 columns stay readable, and no line is ever longer than this. */
const WIDTH = 120;

/** `moorline --help`. */
export function programHelp(verbs: readonly Verb[], globals: readonly Flag[]): string {
  return [
    "moorline: ties this machine to a Kubernetes or Istio mesh: answers mesh names, registers it as a workload",
    "",
    "Usage: moorline VERB [FLAG...] [ARGUMENT...]",
    "",
    "Verbs:",
    ...columns(verbs.map(({ name, summary }) => [name, summary])),
    "",
    "Flags of every verb:",
    ...flagLines(globals),
    "",
    "moorline VERB --help says more of one. First time here: moorline demo",
    "",
  ].join("\n");
}

/** `moorline VERB --help`. */
export function verbHelp(path: readonly Verb[], globals: readonly Flag[]): string {
  const verb = path.at(-1)!;
  const name = path.map((each) => each.name).join(" ");
  const flags = path.flatMap((each) => each.flags ?? []);
  const usage = ["moorline", name, verb.verbs ? "VERB" : "", flags.length > 0 ? "[FLAG...]" : "", verb.operands ?? ""];
  const lines = [`moorline ${name}: ${verb.summary}`, "", `Usage: ${usage.filter((part) => part !== "").join(" ")}`];
  const part = (title: string, content: readonly string[]) => {
    if (content.length > 0) lines.push("", `${title}:`, ...content);
  };
  if (verb.details) lines.push("", ...wrap(verb.details, WIDTH));
  part(
    "Verbs",
    columns(
      (verb.verbs ?? []).map((each) => [`${each.name}${each.operands ? ` ${each.operands}` : ""}`, each.summary]),
    ),
  );
  part("Flags", flagLines(flags));
  part("Flags of every verb", flagLines(globals));
  part("Examples", (verb.examples ?? []).map((example) => `  ${example}`));
  part("Exit codes", (verb.exitCodes ?? []).map((code) => `  ${code}`));
  return `${lines.join("\n")}\n`;
}

function flagLines(flags: readonly Flag[]): string[] {
  return columns(flags.map((flag) => [flagSyntax(flag), flag.help]));
}

/** `-o, --output FORMAT`. */
export function flagSyntax({ name, short, value, choices }: Flag): string {
  const shown = choices ? choices.join("|") : value;
  return `${short ? `-${short}, ` : "    "}--${name}${shown === undefined ? "" : ` ${shown}`}`;
}

/** Two columns, indented; the second is broken at words where the line would be too long. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(37, Math.max(0, ...rows.map(([first]) => first.length)));
  return rows.flatMap(([first, second]) => {
    const [head = "", ...rest] = wrap(second, WIDTH - width - 4);
    const indent = " ".repeat(width + 4);
    const lines = rest.map((line) => indent + line);
    if (first.length > width) return [`  ${first}`, indent + head, ...lines];
    return [`  ${first.padEnd(width)}  ${head}`.trimEnd(), ...lines];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
