/** The three readings of a TypeScript text. All are as long as the text, line for line: what is left out is blanked. */
export interface SplitCode {
  /** Comments blanked. */
  readonly code: string;
  /** Comments and what stands inside string, template and regular expression literals blanked; the quotes stay. */
  readonly bare: string;
  /** All but the comments blanked. */
  readonly comments: string;
}

type Part = "code" | "comment" | "literal";

/** After one of these, or at the start, a slash begins a regular expression and not a division. */
const BEFORE_REGEX = /(^|[(,=:[!&|?{};+*%~^<>-]|\b(return|case|of|in|typeof))$/;

/** The end (exclusive) of the literal without nesting that starts at `start` with `quote`. */
function endOfQuoted(text: string, start: number, quote: string): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") at++;
    else if (quote === "/" && c === "[") inClass = true;
    else if (quote === "/" && c === "]") inClass = false;
    else if ((c === quote && !inClass) || c === "\n") return at + 1;
  }
  return text.length;
}

/** Marks each character of the text as code, comment or the inside of a literal. */
function classify(text: string): Part[] {
  const parts: Part[] = new Array(text.length).fill("code");
  const mark = (from: number, to: number, part: Part) => parts.fill(part, from, to);
  /** For each open template: how deep in braces its `${` has gone. */
  const templates: number[] = [];
  let significant = "";
  for (let at = 0; at < text.length;) {
    const two = text.slice(at, at + 2);
    const c = text[at]!;
    if (two === "//" || two === "/*") {
      const close = two === "//" ? text.indexOf("\n", at) : text.indexOf("*/", at) + 2;
      const end = close < at + 2 ? text.length : close;
      mark(at, end, "comment");
      at = end;
      continue;
    }
    if (c === '"' || c === "'" || (c === "/" && BEFORE_REGEX.test(significant))) {
      const end = endOfQuoted(text, at, c);
      mark(at + 1, end - 1, "literal");
      significant = c === "/" ? ")" : c;
      at = end;
      continue;
    }
    const top = templates.length - 1;
    if (c === "{" && top >= 0) templates[top]!++;
    if (c === "`" || (c === "}" && top >= 0 && --templates[top]! === 0)) {
      if (c === "}") templates.pop();
      const end = endOfTemplatePiece(text, at + 1);
      mark(at + 1, end, "literal");
      if (text[end] === "$") templates.push(1);
      at = text[end] === "$" ? end + 2 : end + 1;
      significant = text[end] === "$" ? "(" : "`";
      continue;
    }
    if (c.trim()) significant = (/\w/.test(c) && text[at - 1]?.trim() ? significant + c : c).slice(-12);
    at++;
  }
  return parts;
}

/** The offset of the closing backtick or of the next `${` of a template whose text goes on at `from`. */
function endOfTemplatePiece(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "`" || text.startsWith("${", at)) return at;
  }
  return text.length;
}

/** What was split already: several rules read the same file. */
const known = new Map<string, SplitCode>();

/** Splits a TypeScript text into its readings (good enough for text that `deno fmt` has formatted; JSX is not known). */
export function splitCode(text: string): SplitCode {
  const before = known.get(text);
  if (before) return before;
  const parts = classify(text);
  const keep = (...wanted: Part[]) => {
    const out: string[] = [];
    for (let from = 0, to = 0; from < text.length; from = to) {
      const part = parts[from]!;
      do to++; while (to < text.length && parts[to] === part);
      const run = text.slice(from, to);
      out.push(wanted.includes(part) ? run : run.replaceAll(/[^\n]/g, " "));
    }
    return out.join("");
  };
  const split = { code: keep("code", "literal"), bare: keep("code"), comments: keep("comment") };
  known.set(text, split);
  return split;
}
