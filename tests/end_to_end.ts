import { suite } from "uvu";

/**
 * A suite that needs more than this checkout and Deno. Where the machine cannot run it, `whyNot` says so: then every
 * test counts as skipped, the reason is printed with the word that `tests/run.ts` shows, and no hook runs.
 */
export async function endToEnd<Context>(
  name: string,
  whyNot: () => Promise<string | undefined>,
): Promise<ReturnType<typeof suite<Context>>> {
  const test = suite<Context>(name);
  const reason = await whyNot();
  if (reason === undefined) return test;
  console.log(`SKIPPED: ${name}: ${reason}`);
  const noHook = Object.assign(() => {}, { each: () => {} });
  // Each test is left out for the reason that was just printed.
  return Object.assign((...args: Parameters<typeof test.skip>) => test.skip(...args), {
    only: test.skip,
    skip: test.skip,
    before: noHook,
    after: noHook,
    run: test.run,
  });
}
