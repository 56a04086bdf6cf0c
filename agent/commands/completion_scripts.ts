import type { Flag, Verb } from "./verb.ts";

/** Shells for which there are completions. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A script that the shell sources, and that completes verbs, flags, the words a flag allows, and files. */
export function completionScript(
  shell: typeof SHELLS[number],
  verbs: readonly Verb[],
  globals: readonly Flag[],
): string {
  if (shell === "fish") return fishScript(verbs, globals);
  const bash = bashScript(verbs, globals);
  return shell === "bash" ? bash : `#compdef moorline\nautoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

interface Place {
  /** The verbs typed so far, with a space behind each. */
  readonly path: string;
  readonly verbs: readonly Verb[];
  readonly flags: readonly Flag[];
}

/** Every place where something can be completed, from the outermost. */
function places(verbs: readonly Verb[], globals: readonly Flag[]): Place[] {
  const below = (verb: Verb, path: string, flags: readonly Flag[]): Place[] => {
    const own = [...flags, ...verb.flags ?? []];
    const here = { path: `${path}${verb.name} `, verbs: verb.verbs ?? [], flags: own };
    return [here, ...here.verbs.flatMap((inner) => below(inner, here.path, own))];
  };
  return [{ path: "", verbs, flags: globals }, ...verbs.flatMap((verb) => below(verb, "", globals))];
}

function bashScript(verbs: readonly Verb[], globals: readonly Flag[]): string {
  const all = places(verbs, globals);
  const known = all.slice(1).map(({ path }) => `    "${path}") path="${path}" ;;`);
  const values = all.flatMap(({ path, flags }) => {
    return flags.filter(({ value }) => value !== undefined).map((flag) => {
      const spellings = spellingsOf(flag).map((spelling) => `"${path}${spelling}"`).join(" | ");
      const from = flag.choices ? `-W "${flag.choices.join(" ")}"` : "-f";
      return `    ${spellings}) COMPREPLY=($(compgen ${from} -- "$word")) && return ;;`;
    });
  });
  const words = all.map(({ path, verbs, flags }) => {
    const offered = [...verbs.map(({ name }) => name), ...flags.flatMap(spellingsOf)].join(" ");
    return `    "${path}") COMPREPLY=($(compgen -W "${offered}" -- "$word")) ;;`;
  });
  return `# moorline completions; load with: source <(moorline completions bash)
_moorline() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" path="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path\${COMP_WORDS[i]} " in
${known.join("\n")}
    esac
  done
  case "$path$before" in
${values.join("\n")}
  esac
  case "$path" in
${words.join("\n")}
  esac
}
complete -F _moorline moorline
`;
}

function spellingsOf({ name, short }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

function fishScript(verbs: readonly Verb[], globals: readonly Flag[]): string {
  const lines = ["# moorline completions; load with: moorline completions fish | source", "complete -c moorline -f"];
  const quote = (text: string) => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
  const flagLine = (condition: string, { name, short, value, choices, help }: Flag) => {
    const takes = choices ? ` -x -a ${quote(choices.join(" "))}` : value === undefined ? "" : " -r -F";
    return `complete -c moorline${condition}${short ? ` -s ${short}` : ""} -l ${name}${takes} -d ${quote(help)}`;
  };
  for (const flag of globals) lines.push(flagLine("", flag));
  const walk = (verb: Verb, above: readonly Verb[], siblings: readonly Verb[]) => {
    const names = siblings.map(({ name }) => name).join(" ");
    const seen = above.map(({ name }) => `__fish_seen_subcommand_from ${name}; and `).join("");
    const offer = `${seen}not __fish_seen_subcommand_from ${names}`;
    lines.push(`complete -c moorline -n ${quote(offer)} -a ${verb.name} -d ${quote(verb.summary)}`);
    const condition = ` -n ${quote(`${seen}__fish_seen_subcommand_from ${verb.name}`)}`;
    for (const flag of verb.flags ?? []) lines.push(flagLine(condition, flag));
    for (const inner of verb.verbs ?? []) walk(inner, [...above, verb], verb.verbs!);
  };
  for (const verb of verbs) walk(verb, [], verbs);
  return `${lines.join("\n")}\n`;
}
