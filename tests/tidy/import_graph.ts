import { lineAt, type RepoFile } from "./repo_file.ts";
import { splitCode } from "./split_code.ts";

/** One import, re-export, dynamic import or `new URL("./x.ts", import.meta.url)` of a file. */
export interface Import {
  readonly from: string;
  readonly line: number;
  /** As written: `./a.ts`, `hono`, `node:http`. */
  readonly specifier: string;
  /** The path in the repository for a relative specifier, else undefined. */
  readonly target: string | undefined;
}

const IMPORTS = /\b(?:from|import)\s*\(?\s*"( *)"|\bnew URL\(\s*"( *)",\s*import\.meta\.url/g;

/** The target of a relative specifier, seen from a file; `..` above the root stays visible as `..`. */
export function resolvePath(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.length ? parts.pop() : parts.push("..");
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Every import of a TypeScript file; a worker or embedded file named by URL counts only if it is TypeScript. */
export function importsOf(file: RepoFile): Import[] {
  const { code, bare } = splitCode(file.text);
  const found: Import[] = [];
  for (const match of bare.matchAll(IMPORTS)) {
    const start = match.index + match[0].indexOf('"') + 1;
    const specifier = code.slice(start, start + (match[1] ?? match[2] ?? "").length);
    if (match[2] !== undefined && !specifier.endsWith(".ts")) continue;
    const target = specifier.startsWith(".") ? resolvePath(file.path, specifier) : undefined;
    found.push({ from: file.path, line: lineAt(file.text, match.index), specifier, target });
  }
  return found;
}

/** All imports between and out of the given files. */
export function importGraph(files: readonly RepoFile[]): Import[] {
  return files.filter((file) => file.path.endsWith(".ts")).flatMap(importsOf);
}

/** The files that can be reached from `root`, itself among them. */
export function reachable(graph: readonly Import[], root: string): Set<string> {
  const seen = new Set([root]);
  for (const path of seen) {
    for (const edge of graph) if (edge.from === path && edge.target) seen.add(edge.target);
  }
  return seen;
}
