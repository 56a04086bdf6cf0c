/**
 * The repository's own rules: what a reviewer would otherwise say by hand, each a pure function over the files' texts.
 *
 * `readRepo` reads the tree once. `split_code` tells code from comments and literals, so that a rule is not fooled by
 * what stands in a string; `import_graph` finds who imports whom. Upon them stand the rules: `import_rules` (the house
 * and its directions), `file_rules` (length, names, doors), `text_rules` (nothing unfinished, nothing unexplained),
 * `suite_rules` (tests that count), `docs_links` and `lock_rules`. A rule returns complaints, `path:line: sentence`.
 * `tests/tidy_test.ts` runs all of them over the repository; `rules_test.ts` shows each of them a bad example.
 */
import { docsIndex, docsLinks } from "./docs_links.ts";
import * as fileRules from "./file_rules.ts";
import * as importRules from "./import_rules.ts";
import { lockInStep, oneManifest } from "./lock_rules.ts";
import type { Rule } from "./repo_file.ts";
import * as suiteRules from "./suite_rules.ts";
import * as textRules from "./text_rules.ts";

export { readRepo, type RepoFile, type Rule } from "./repo_file.ts";
export { reachable } from "./import_graph.ts";

/** Every rule by the sentence that it holds. */
export const RULES: Readonly<Record<string, Rule>> = {
  "imports go one way between the parts of the house": importRules.directions,
  "packages are used where they have their job": importRules.packages,
  "outsiders enter a folder by its mod.ts": importRules.doors,
  "client and server, worker and control thread stay apart": importRules.apart,
  "no file imports itself by way of others": importRules.cycles,
  "files are short": fileRules.length,
  "functions fit a screen": fileRules.functionLength,
  "files are named after their one thing": fileRules.names,
  "folders tell their story": fileRules.stories,
  "exports have names and functions say function": fileRules.exportsByName,
  "time, chance and printing come from outside": fileRules.injected,
  "nothing is marked as unfinished": textRules.finished,
  "nothing speaks of a machine or an author": textRules.impersonal,
  "a rule that is switched off says why": textRules.excused,
  "no error is swallowed in silence": textRules.swallowed,
  "every test file runs its suites": suiteRules.executed,
  "no test is left out in silence": suiteRules.complete,
  "tests neither sleep nor bind fixed ports": suiteRules.patient,
  "links in the documentation lead somewhere": docsLinks,
  "every page of the documentation is in its index": docsIndex,
  "there is one manifest": oneManifest,
  "deno.lock is in step with deno.json": lockInStep,
};
