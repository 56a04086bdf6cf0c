import { lineAt, type RepoFile, type Rule } from "./repo_file.ts";
import { splitCode } from "./split_code.ts";

function find(file: RepoFile, text: string, pattern: RegExp, sentence: string): string[] {
  return [...text.matchAll(pattern)].map((m) => `${file.path}:${lineAt(text, m.index)}: "${m[0].trim()}" ${sentence}`);
}

/** The rules' own files name what they forbid. */
function mayNameThem(file: RepoFile): boolean {
  return file.path.startsWith("tests/tidy/");
}

/** Nothing in the tree is marked as unfinished. */
export const finished: Rule = (files) =>
  files.filter((file) => !mayNameThem(file) && file.path !== "deno.lock").flatMap((file) =>
    find(file, file.text, /\b(TODO|FIXME|XXX|HACK)\b/g, "is a promise: do it or leave it out")
  );

/** No path of one developer's machine, and nobody's name on a part of the work. */
export const impersonal: Rule = (files) =>
  files.filter((file) => !mayNameThem(file) && file.path !== "deno.lock").flatMap((file) => [
    ...find(file, file.text, /\/home\/\w+|\/Users\/\w+|\.\.\/\.\.\/shared\//g, "is one machine's path"),
    ...find(file, file.text, /@author\b|\b(written|created) by (?!the |a |an )[A-Z]/g, "is about the author"),
  ]);

/** A lint or type rule that is switched off says why: behind `--`, behind a colon, or in the comment line above. */
export const excused: Rule = (files) =>
  files.filter((file) => file.path.endsWith(".ts")).flatMap((file) => {
    const lines = splitCode(file.text).comments.split("\n");
    return lines.flatMap((line, i) => {
      const where = `${file.path}:${i + 1}`;
      if (/@ts-(ignore|nocheck)/.test(line)) {
        return [`${where}: use @ts-expect-error, which notices when it is not needed`];
      }
      const pragma = /deno-(lint|fmt)-ignore(-file)?[^-\n]*(?<rest>.*)|@ts-expect-error(?<tail>.*)/.exec(line);
      if (!pragma) return [];
      const reason = pragma.groups?.rest?.replace(/^[\w\s,-]*?--\s*/, "--") ?? pragma.groups?.tail ?? "";
      const above = /^\s*(\/\/|\*)\s*\w/.test(lines[i - 1] ?? "") && !/ignore|@ts-/.test(lines[i - 1] ?? "");
      const given = /^--\s*\w+\s+\w+/.test(reason) || /^:?\s*\w+\s+\w+/.test(pragma.groups?.tail ?? "");
      return given || above ? [] : [`${where}: say why (\`-- reason\`) the rule is switched off here`];
    });
  });

/** No empty catch without its reason beside it. */
export const swallowed: Rule = (files) =>
  files.filter((file) => file.path.endsWith(".ts")).flatMap((file) =>
    find(
      file,
      splitCode(file.text).bare,
      /\bcatch\s*(\(\w+\))?\s*\{\s*\}|\.catch\(\(\w*\) => \{\s*\}\)/g,
      "swallows an error",
    )
      .filter((complaint) => {
        const line = Number(complaint.split(":")[1]);
        const near = splitCode(file.text).comments.split("\n").slice(Math.max(0, line - 2), line + 2);
        return !near.some((text) => text.trim());
      })
  );
