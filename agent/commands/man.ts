import { flagSyntax } from "./help.ts";
import type { Flag, Verb } from "./verb.ts";

/** The manual page moorline(1), in man(7) macros, from the same table as `--help`. */
export function manPage(verbs: readonly Verb[], globals: readonly Flag[], version: string): string {
  const lines = [
    `.TH MOORLINE 1 "" "moorline ${version}" "User Commands"`,
    ".SH NAME",
    "moorline \\- ties a machine to a Kubernetes or Istio mesh",
    ".SH SYNOPSIS",
    ".B moorline",
    "VERB [FLAG...] [ARGUMENT...]",
    ".SH DESCRIPTION",
    "Answers mesh names from memory, registers this machine as a workload and tells everyone how it is doing.",
    ".SH FLAGS",
    "Every verb takes these.",
    ...globals.flatMap(flagLines),
    ".SH VERBS",
    ...verbs.flatMap((verb) => verbLines(verb, "")),
    ".SH EXIT STATUS",
    "0 done; 1 the operation failed; 2 wrong usage or configuration; 3 no agent answers; 4 the name does not exist.",
    ".SH FILES",
    ".TP",
    "/etc/moorline/moorline.yaml",
    "configuration; `moorline config schema` describes it",
    ".TP",
    "/var/lib/moorline",
    "state: snapshot and identity",
    ".TP",
    "/run/moorline/admin.sock",
    "where a running agent is asked",
  ];
  return `${lines.map(escapeLine).join("\n")}\n`;
}

function verbLines(verb: Verb, above: string): string[] {
  const name = `${above}${verb.name}`;
  return [
    `.SS moorline ${name}${verb.operands ? ` ${verb.operands}` : ""}`,
    `${verb.summary}.`,
    ...verb.details ? [".PP", verb.details] : [],
    ...(verb.flags ?? []).flatMap(flagLines),
    ...(verb.examples ?? []).flatMap((example) => [".PP", ".EX", example, ".EE"]),
    ...(verb.verbs ?? []).flatMap((inner) => verbLines(inner, `${name} `)),
  ];
}

function flagLines(flag: Flag): string[] {
  return [".TP", `\\fB${flagSyntax(flag).trim()}\\fR`, flag.help];
}

/** A dash is a dash, not a hyphen; text that begins with a dot or quote is no macro. Macro lines stay as they are. */
function escapeLine(line: string): string {
  if (/^\.(TH|SH|SS|B|PP|TP|EX|EE)\b/.test(line)) return line.replaceAll(/(?<!\\)-/g, "\\-");
  return line.replaceAll(/\\(?!f[BR]|-)/g, "\\e").replaceAll(/(?<!\\)-/g, "\\-").replace(/^[.']/, "\\&$&");
}
