import type { suite } from "uvu";
import { accessCases } from "./conformance/access_cases.ts";
import { applyCases } from "./conformance/apply_cases.ts";
import { applyKindCases } from "./conformance/apply_kind_cases.ts";
import { kindCases } from "./conformance/kind_cases.ts";
import { patchCases } from "./conformance/patch_cases.ts";
import { refusalCases } from "./conformance/refusal_cases.ts";
import { type AddCase, type ConformanceTarget, KubeProbe } from "./conformance/kube_probe.ts";
import { listCases } from "./conformance/list_cases.ts";
import { watchCases, watchListCases } from "./conformance/watch_cases.ts";
import { writeCases } from "./conformance/write_cases.ts";

const SUBJECTS: Readonly<Record<string, (add: AddCase) => void>> = {
  write: writeCases,
  patch: patchCases,
  refusal: refusalCases,
  kind: kindCases,
  list: listCases,
  watch: watchCases,
  "watch-list": watchListCases,
  apply: applyCases,
  "apply by kind": applyKindCases,
  access: accessCases,
};

/** A server that runs until it is stopped. */
export type StartedTarget = ConformanceTarget & { stop: () => Promise<void> };

/**
 * Adds everything that a client may rely on to a suite, run over plain fetch against any server that claims to be
 * Kubernetes.
 * @param start called once before the first case; `stop` of its result after the last.
 * @param subjects some of them, instead of all.
 */
export function addConformanceCases(
  test: ReturnType<typeof suite>,
  start: () => Promise<StartedTarget>,
  subjects: readonly string[] = Object.keys(SUBJECTS),
): void {
  let target: StartedTarget | undefined;
  let count = 0;
  test.before(async () => void (target = await start()));
  test.after(() => target?.stop());
  for (const subject of subjects) {
    SUBJECTS[subject]!((name, run) => {
      const namespace = `case-${++count}`;
      test(`${subject}: ${name}`, async () => {
        const kube = new KubeProbe(target!, namespace);
        kube.ok(await kube.send("POST", "/api/v1/namespaces", { metadata: { name: namespace } }));
        await run(kube);
      });
    });
  }
}
