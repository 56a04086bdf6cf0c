/** What stands where a secret was. */
export const HIDDEN = "<hidden>";

/** Names whose values are secrets: fields of log lines, HTTP headers, command-line flags. */
const SECRET_NAME = /token|secret|passw|credential|authorization|cookie|api-?key|private-?key|bearer/i;

/** Names that look secret and only say where the secret lies, or who it is for. */
const HARMLESS_NAME = /(file|path|expir\w*|audience|kind|namespace)$/i;

/** `Bearer …` and JSON web tokens, wherever they stand in a text. */
const SECRET_TEXT = /\b(bearer\s+)[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/gi;

/** Whether a value under this name must not be shown. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
}

/** The text without bearer tokens. */
export function redactText(text: string): string {
  return text.replace(SECRET_TEXT, (_, bearer: string | undefined) => `${bearer ?? ""}${HIDDEN}`);
}

/** Arguments of a command without what follows a `--token`-like flag, as its own argument or behind `=`. */
export function redactArguments(args: readonly string[]): string[] {
  let hideNext = false;
  return args.map((argument) => {
    const hide = hideNext && !/^--?[A-Za-z]/.test(argument);
    hideNext = false;
    if (hide) return HIDDEN;
    const flag = /^(--?[A-Za-z][\w.-]*)(=)?/.exec(argument);
    if (!flag || !isSecretName(flag[1]!)) return redactText(argument);
    if (flag[2]) return `${flag[1]}=${HIDDEN}`;
    hideNext = true;
    return argument;
  });
}
