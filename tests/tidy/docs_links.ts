import { resolvePath } from "./import_graph.ts";
import { lineAt, type Rule } from "./repo_file.ts";

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}

/** A Markdown text without its code blocks and code spans, line for line. */
function prose(text: string): string {
  const blank = (code: string) => code.replaceAll(/[^\n]/g, " ");
  return text.replaceAll(/^( *)(```+|~~~+)[^]*?^\1\2/gm, blank).replaceAll(/`[^`\n]*`/g, blank);
}

/** Every relative link in a Markdown file leads to a file or folder of the repository, its anchor to a heading there. */
export const docsLinks: Rule = (files) => {
  const paths = new Set(files.map((file) => file.path));
  for (const path of [...paths]) {
    for (let i = path.indexOf("/"); i > 0; i = path.indexOf("/", i + 1)) paths.add(path.slice(0, i));
  }
  const anchors = new Map(
    files.filter((file) => file.path.endsWith(".md")).map((file) => {
      const headings = [...file.text.matchAll(/^#+ (.+)$/gm)].map((m) => anchorOf(m[1]!.replaceAll(/[`*]/g, "")));
      return [file.path, new Set(headings)] as const;
    }),
  );
  return files.filter((file) => file.path.endsWith(".md")).flatMap((file) => {
    const text = prose(file.text);
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
      const link = match[1]!;
      if (/^[a-z]+:/.test(link)) return [];
      const where = `${file.path}:${lineAt(text, match.index)}`;
      const [path = "", anchor] = link.split("#");
      const target = path ? resolvePath(file.path, path).replace(/\/$/, "") : file.path;
      if (!paths.has(target)) return [`${where}: the link ${link} leads nowhere`];
      if (anchor && !anchors.get(target)?.has(anchor)) return [`${where}: ${target} has no heading #${anchor}`];
      return [];
    });
  });
};

/** Every page of docs/ can be found from its index. */
export const docsIndex: Rule = (files) => {
  const index = files.find((file) => file.path === "docs/README.md");
  return files.filter((file) => /^docs\/[^/]+\.md$/.test(file.path) && file !== index)
    .filter((file) => !index?.text.includes(`](${file.path.slice("docs/".length)})`))
    .map((file) => `${file.path}:1: docs/README.md does not lead here`);
};
