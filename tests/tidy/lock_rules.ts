import type { Rule } from "./repo_file.ts";

interface Manifest {
  readonly imports?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly specifiers?: Readonly<Record<string, string>>;
  readonly workspace?: { readonly dependencies?: readonly string[] };
}

/** `npm:uvu@0.5.6/assert` and `npm:uvu@0.5.6` are one requirement; scoped names keep their first slash. */
function requirement(specifier: string): string {
  return /^npm:(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

/** There is one place for versions: deno.json. Node's manifest beside it would change how Deno resolves packages. */
export const oneManifest: Rule = (files) =>
  files.filter((file) =>
    /(^|\/)(package(-lock)?\.json|deno\.jsonc|import_map\.json|yarn\.lock|pnpm-lock\.yaml)$/.test(file.path)
  )
    .map((file) => `${file.path}:1: versions stand in deno.json, and deno.lock pins them`);

/** deno.lock names exactly the packages of deno.json, so that `--frozen` works in a fresh clone. */
export const lockInStep: Rule = (files) => {
  const read = (path: string) => files.find((file) => file.path === path)?.text;
  const [manifestText, lockText] = [read("deno.json"), read("deno.lock")];
  if (manifestText === undefined || lockText === undefined) return ["deno.json:1: deno.json and deno.lock go together"];
  const manifest: Manifest = JSON.parse(manifestText);
  const lock: Lock = JSON.parse(lockText);
  const wanted = new Set(Object.values(manifest.imports ?? {}).map(requirement));
  const locked = new Set(lock.workspace?.dependencies ?? []);
  return [
    ...[...wanted].filter((name) => !locked.has(name) || lock.specifiers?.[name] === undefined)
      .map((name) => `deno.lock:1: ${name} of deno.json is not locked, run deno install`),
    ...[...locked].filter((name) => !wanted.has(name)).map((name) => `deno.lock:1: ${name} is not in deno.json`),
  ];
};
