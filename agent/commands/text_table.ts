/**
 * Rows under a heading, in columns as wide as their content, for a terminal or for cut and awk. Control characters in
 * cells, which come from other people's objects, are shown as `?`.
 */
export function textTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows.map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}/gu, "?")))];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
  return `${lines.join("\n")}\n`;
}
