import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from "../runtime_flags.ts";
import type { TarEntry } from "./tar.ts";

/**
 * The program as it is shipped: the compiled binary, or Deno's runtime and the bundle with a launcher. Command and
 * places are the same.
 */
export type Program =
  | { readonly kind: "binary"; readonly binary: Uint8Array }
  | {
    readonly kind: "bundle";
    readonly deno: Uint8Array;
    readonly files: Readonly<Record<string, Uint8Array>>;
  };

/** Where the bundle lies. */
const LIBRARY = "usr/lib/moorline";

/** The launcher of the bundle: Deno with the permissions that a binary would have, no cache, no look at the network. */
export function launcher(): string {
  const flags = [...RUNTIME_FLAGS, "--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-code-cache"];
  const environment = Object.entries(RUNTIME_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  return [
    "#!/bin/sh",
    "# moorline on Deno's runtime. DENO_DIR exists nowhere: nothing is cached, and nothing cached is run.",
    `export DENO_NO_UPDATE_CHECK=1 DENO_DIR=/nonexistent/deno ${environment.join(" ")}`,
    `exec /${LIBRARY}/deno run --quiet ${flags.join(" ")} /${LIBRARY}/cli.js "$@"`,
    "",
  ].join("\n");
}

/** Every file of the package, from `/`. `texts` are files that are the same for both kinds, by path. */
export function layout(program: Program, texts: Readonly<Record<string, string>>): TarEntry[] {
  const encode = (text: string) => new TextEncoder().encode(text);
  const entries: TarEntry[] = Object.entries(texts).map(([path, text]) => ({
    path,
    mode: 0o644,
    content: encode(text),
  }));
  entries.push({ path: "etc/moorline", mode: 0o755 });
  if (program.kind === "binary") {
    entries.push({ path: "usr/bin/moorline", mode: 0o755, content: program.binary });
  } else {
    entries.push({ path: "usr/bin/moorline", mode: 0o755, content: encode(launcher()) });
    entries.push({ path: `${LIBRARY}/deno`, mode: 0o755, content: program.deno });
    for (const [name, content] of Object.entries(program.files)) {
      entries.push({ path: `${LIBRARY}/${name}`, mode: 0o644, content });
    }
  }
  return entries;
}
