import { lineAt, type Rule } from "./repo_file.ts";
import { splitCode } from "./split_code.ts";

/** The folders whose suites need root or tools beyond Deno; everywhere else a checkout and Deno are enough. */
export const END_TO_END = /^tests\/(kube|net|vm|peers)\//;

/** Each test file runs its suite: uvu executes nothing, and says nothing, without it. */
export const executed: Rule = (files) =>
  files.filter((file) => file.path.endsWith("_test.ts")).flatMap((file) => {
    const { bare } = splitCode(file.text);
    const suites = [...bare.matchAll(/\bconst (\w+) = (?:await endToEnd|suite)(?:<[^]*?>)?\(/g)].map((match) =>
      match[1]!
    );
    if (suites.length === 0) return [`${file.path}:1: no suite from uvu in a test file`];
    return suites.filter((name) => !new RegExp(`^ *${name}\\.run\\(\\)`, "m").test(bare))
      .map((name) => `${file.path}:1: ${name}.run() is missing: its tests are never executed`);
  });

/** No test keeps the others from running, and one that is left out says why. */
export const complete: Rule = (files) =>
  files.filter((file) => file.path.startsWith("tests/") && file.path.endsWith(".ts")).flatMap((file) => {
    const { bare, comments } = splitCode(file.text);
    const noted = comments.split("\n");
    const only = [...bare.matchAll(/\b\w+\.only\(/g)].map((m) => `${file.path}:${lineAt(bare, m.index)}: .only`);
    const skips = [...bare.matchAll(/\b\w+\.skip\(/g)].map((m) => lineAt(bare, m.index))
      .filter((line) => !noted[line - 1]?.trim() && !noted[line - 2]?.trim())
      .map((line) => `${file.path}:${line}: .skip without its reason in a comment beside it`);
    return [...only, ...skips];
  });

/** Tests wait for events and the fake clock, never for time to pass, and bind no fixed port. */
export const patient: Rule = (files) =>
  files.filter((file) => file.path.endsWith("_test.ts") && !END_TO_END.test(file.path)).flatMap((file) => {
    const { bare } = splitCode(file.text);
    const sleeps = /\bawait new Promise(<\w+>)?\(\((\w+)\) => setTimeout\(\2, [1-9]\d*\)\)/g;
    const ports = /\blisten\w*\(\{[^}]*\bport: [1-9]\d*/g;
    return [
      ...[...bare.matchAll(sleeps)].map((m) => `${file.path}:${lineAt(bare, m.index)}: sleeps; wait for the event`),
      ...[...bare.matchAll(ports)].map((m) => `${file.path}:${lineAt(bare, m.index)}: fixed port; bind port 0`),
    ];
  });
