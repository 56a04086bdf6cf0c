import { isProduct, lineAt, type RepoFile, type Rule } from "./repo_file.ts";
import { splitCode } from "./split_code.ts";

/** Nobody keeps more than this in view; most files are a quarter of it. */
const MAX_LINES = 400;
/** A function that does not fit one screen has more than one job. */
const MAX_FUNCTION_LINES = 80;
/** In a smaller folder everyone sees what there is. */
const FILES_THAT_NEED_A_DOOR = 3;
/** `mod.ts` tells the story of its folder: fewer lines than this tell nothing. */
const MIN_STORY_LINES = 5;

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function isTypeScript(file: RepoFile): boolean {
  return file.path.endsWith(".ts");
}

/** A file has at most 400 lines. */
export const length: Rule = (files) =>
  files.filter((file) => /\.(ts|sh)$|^\.ci\/run$/.test(file.path)).flatMap((file) => {
    const lines = file.text.trimEnd().split("\n").length;
    return lines > MAX_LINES ? [`${file.path}:${MAX_LINES}: ${lines} lines, split it (at most ${MAX_LINES})`] : [];
  });

/** A function, method or named arrow, as `deno fmt` lays it out, ends within 80 lines. */
export const functionLength: Rule = (files) =>
  files.filter((file) => isTypeScript(file) && !file.path.startsWith("tests/")).flatMap((file) => {
    const lines = splitCode(file.text).bare.split("\n");
    return lines.flatMap((line, from) => {
      const head = /^( *)(export )?(async )?(function\b|(static |async |override |get |set )*[#\w]+\(.*\{$)/.exec(line);
      if (!head || /^ *(if|for|while|switch|catch|return|await)\b/.test(line)) return [];
      const to = lines.findIndex((end, i) => i > from && new RegExp(`^${head[1]}\\}`).test(end));
      const long = to - from + 1;
      return long > MAX_FUNCTION_LINES ? [`${file.path}:${from + 1}: a function of ${long} lines, split it`] : [];
    });
  });

/** `snake_case.ts`, named after the thing; no `index.ts`, no drawer for odds and ends; one name, one file. */
export const names: Rule = (files) => {
  const complaints: string[] = [];
  const byName = new Map<string, string>();
  for (const { path } of files.filter(isTypeScript)) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*\.ts$/.test(name)) complaints.push(`${path}:1: file names are snake_case`);
    if (/^(index|utils?|helpers?|common|misc)(_test)?\.ts$/.test(name)) {
      complaints.push(`${path}:1: name the file after the one thing in it`);
    }
    const other = byName.get(name);
    if (other && name !== "mod.ts") complaints.push(`${path}:1: ${other} has the same name`);
    byName.set(name, path);
  }
  return complaints;
};

/** A product folder of three or more files has a `mod.ts` that opens with its story. */
export const stories: Rule = (files) => {
  const ours = files.filter((file) => isProduct(file.path) && file.path.includes("/"));
  const folders = Map.groupBy(ours, (file) => folderOf(file.path));
  return [...folders].flatMap(([folder, inside]) => {
    const door = inside.find((file) => file.path === `${folder}/mod.ts`);
    if (!door) {
      return inside.length < FILES_THAT_NEED_A_DOOR ? [] : [`${folder}:1: ${inside.length} files and no mod.ts`];
    }
    const story = /^\/\*\*\n[^]*?\*\//.exec(door.text)?.[0].split("\n").length ?? 0;
    return story >= MIN_STORY_LINES
      ? []
      : [`${door.path}:1: open with a /** comment that says what flows through here`];
  });
};

/** No default exports; functions, not arrows, at the top level of the product, but for a private one of one line. */
export const exportsByName: Rule = (files) =>
  files.filter(isTypeScript).flatMap((file) => {
    const { bare } = splitCode(file.text);
    const complain = (pattern: RegExp, sentence: string) =>
      [...bare.matchAll(pattern)].map((match) => `${file.path}:${lineAt(bare, match.index)}: ${sentence}`);
    const complaints = complain(/^export default\b/gm, "export by name");
    if (!isProduct(file.path)) return complaints;
    const arrow =
      /^(export const \w+ = (async )?(\([^)]*\)|\w+)(: [^=]+)? =>|const \w+ = (async )?\([^)]*\)(: [^=]+)? =>\s*(\{\n|$))/gm;
    return [...complaints, ...complain(arrow, "write `function` at the top level")];
  });

/** Time and randomness come in as parameters: only these files may touch the real ones. */
const REAL_TIME = /^registry\/clock\.ts$|^dns\/time\.ts$|^agent\/(app|mod)\.ts$|^agent\/(commands|demo)\/|^cli\.ts$/;

/** The product takes clock and randomness from outside, and its libraries never print. */
export const injected: Rule = (files) =>
  files.filter((file) => isProduct(file.path)).flatMap((file) => {
    const { bare } = splitCode(file.text);
    const find = (pattern: RegExp, sentence: string) =>
      [...bare.matchAll(pattern)].map((m) => `${file.path}:${lineAt(bare, m.index)}: ${m[0]} ${sentence}`);
    const real = /\b(Date\.now|performance\.now|Math\.random)\(|\bnew Date\(\)/g;
    return [
      ...(REAL_TIME.test(file.path) ? [] : find(real, "is real time or chance: take it as a parameter")),
      ...(/^(registry|dns)\//.test(file.path) ? find(/\bconsole\.\w+/g, "prints: report through the Log") : []),
    ];
  });
