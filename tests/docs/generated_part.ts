import * as assert from "uvu/assert";

/**
 * Holds the part of a page between `<!-- NAME: generated -->` and `<!-- /NAME -->` to what the program itself says.
 * `UPDATE_DOCS=1 deno run -A tests/docs/PAGE_page_test.ts` writes it anew.
 */
export async function assertGenerated(page: string, name: string, wanted: string): Promise<void> {
  const path = new URL(`../../docs/${page}`, import.meta.url).pathname;
  const text = await Deno.readTextFile(path);
  const [begin, end] = [`<!-- ${name}: generated -->\n`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  assert.ok(from >= begin.length && to >= from, `docs/${page} has the marks of ${name}`);
  if (Deno.env.get("UPDATE_DOCS") === "1") {
    return await Deno.writeTextFile(path, text.slice(0, from) + wanted + text.slice(to));
  }
  assert.is(
    text.slice(from, to),
    wanted,
    `docs/${page}: run UPDATE_DOCS=1 deno run -A tests/docs/${page.replace(".md", "")}_page_test.ts`,
  );
}

/** A table in Markdown; pipes in cells are escaped. */
export function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(heading) + line(heading.map(() => "---")) + rows.map(line).join("");
}
