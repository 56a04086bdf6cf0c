/** A file of the repository as the rules see it: a path from the root and its text. */
export interface RepoFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** A rule reads all files and returns its complaints, each `path:line: sentence`; none means that the rule holds. */
export type Rule = (files: readonly RepoFile[]) => string[];

/** What is made by tools or by git; everything else in the tree is ours and has to obey. */
const NOT_OURS = [".git", "dist", "coverage", "node_modules"];

/** Reads every text file below `root`. Binary files (with a NUL byte) are left out: no rule has anything to say of them. */
export async function readRepo(root: string): Promise<RepoFile[]> {
  const files: RepoFile[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (NOT_OURS.includes(entry.name)) continue;
      if (entry.isDirectory) folders.push(path);
      else if (entry.isFile) {
        const text = await Deno.readTextFile(`${root}/${path}`);
        if (!text.includes("\0")) files.push({ path, text });
      }
    }
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** The line (from 1) in which an offset of the text lies. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** The TypeScript files that make up the product, without tests and scripts. */
export function isProduct(path: string): boolean {
  return /^(registry|dns|agent)\/.*\.ts$|^(cli|mod)\.ts$/.test(path);
}
