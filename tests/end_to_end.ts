import { suite } from "uvu";

type Suite<Context> = ReturnType<typeof suite<Context>>;

/**
 * A suite that needs more than this checkout and Deno. Where the machine cannot run it, `whyNot` says so: then every
 * test counts as skipped, the reason is printed with the word that `tests/run.ts` shows, and no hook runs.
 */
export async function endToEnd<Context>(
  name: string,
  whyNot: () => Promise<string | undefined>,
): Promise<Suite<Context>> {
  const test = suite<Context>(name);
  const reason = await whyNot();
  if (reason === undefined) return sayWhyHooksFail(test);
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

/** uvu fails all tests of a suite whose hook fails, but keeps to itself how it failed. */
function sayWhyHooksFail<Context>(test: Suite<Context>): Suite<Context> {
  const { before } = test;
  const told: typeof before = (hook) =>
    before(async (context) => {
      try {
        await hook(context);
      } catch (error) {
        console.error(error);
        throw error;
      }
    });
  told.each = before.each;
  test.before = told;
  return test;
}
