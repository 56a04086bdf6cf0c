import type { ResolveExplanation } from "../admin/mod.ts";
import { referenceText } from "./names_command.ts";
import { textTable } from "./text_table.ts";

/** How a name came to its answer, for a terminal. */
export function explanationText(
  { name, type, rcode, source, rule, answers, errors, mesh, asked, cached }: ResolveExplanation,
): string {
  const result = rcode === "" ? "nobody would answer" : `${rcode}${source === "" ? "" : ` from ${source}`}`;
  const lines = [`${name} ${type}: ${result}`];
  for (const answer of answers) lines.push(`  ${answer.type} ${answer.data} (TTL ${answer.ttl})`);
  for (const { text } of errors) lines.push(`  ${text}`);
  if (rule !== "") lines.push(`rule: ${rule}`);
  if (asked.length > 0) lines.push(`asked upstream: ${asked.join(", ")}`);
  for (const { type, kind, ttl, stale, hits } of cached) {
    lines.push(`cached: ${type} ${kind}, ${stale ? "stale" : `${ttl} s left`}, given ${hits} times`);
  }
  const by = mesh.object === null
    ? ""
    : ` (${referenceText(mesh.object)}${mesh.owner === name ? "" : `, as ${mesh.owner}`})`;
  lines.push(`mesh: ${mesh.rule}${by}`);
  if (mesh.considered.length === 0) return `${lines.join("\n")}\n`;
  const rows = mesh.considered.map(({ object, verdict, remarks }) => {
    return [`  ${referenceText(object)}`, verdict, remarks.map(({ reason }) => reason).join("; ") || "-"];
  });
  return `${lines.join("\n")}\n${textTable(["  OBJECT", "VERDICT", "WHY"], rows)}`;
}
