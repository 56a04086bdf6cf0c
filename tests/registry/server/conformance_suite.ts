import { type Callback, suite } from "uvu";
import { accessCases } from "./conformance/access_cases.ts";
import { applyCases } from "./conformance/apply_cases.ts";
import { type ConformanceTarget, KubeProbe } from "./conformance/kube_probe.ts";
import { listCases } from "./conformance/list_cases.ts";
import { watchCases } from "./conformance/watch_cases.ts";
import { writeCases } from "./conformance/write_cases.ts";

/** How cases are written: each gets a namespace of its own. */
export type AddCase = (name: string, run: (kube: KubeProbe) => Promise<void>) => void;

const SUBJECTS: Readonly<Record<string, (add: AddCase) => void>> = {
  write: writeCases,
  list: listCases,
  watch: watchCases,
  apply: applyCases,
  access: accessCases,
};

/**
 * Everything that a client may rely on, run over plain fetch against any server that claims to be Kubernetes.
 * @param start called once before the first case; `stop` of its result after the last.
 * @param skipped a reason not to run: every case is then counted as skipped.
 */
export function runConformance(
  title: string,
  start: () => Promise<ConformanceTarget & { stop: () => Promise<void> }>,
  skipped = "",
): void {
  const test = suite(title);
  let target: Awaited<ReturnType<typeof start>>;
  let cases = 0;
  if (!skipped) {
    test.before(async () => void (target = await start()));
    test.after(() => target.stop());
  }
  for (const [subject, cases_] of Object.entries(SUBJECTS)) {
    cases_((name, run) => {
      const namespace = `case-${++cases}`;
      const body: Callback = async () => {
        const kube = new KubeProbe(target, namespace);
        kube.ok(await kube.send("POST", "/api/v1/namespaces", { metadata: { name: namespace } }));
        await run(kube);
      };
      if (skipped) test.skip(`${subject}: ${name}`, body);
      else test(`${subject}: ${name}`, body);
    });
  }
  test.run();
}
