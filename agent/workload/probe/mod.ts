/**
 * Probes: how this VM learns whether its workload works.
 *
 * A group's `spec.probe` (or `workload.probe.override`) is turned into a plan (when, and how many results decide) and a
 * prober (one attempt with a limit in time). `runProbe` calls the prober by the plan and hands each result on; what
 * the results mean is decided in `../health.ts`. Nothing here knows of entries or of the API server.
 *
 * The rules of where a probe may go (`probe.hosts`) and whether commands run at all (`probe.exec`) are this VM's own:
 * a group is edited far away, and must neither run code here nor scan the VM's network. What is not allowed is a
 * prober that fails and says so.
 */
export { type ProbePlan, probePlan } from "./probe_plan.ts";
export { type Prober } from "./prober.ts";
export { proberFor, type ProbeRules } from "./prober_for.ts";
export { runProbe } from "./probe_loop.ts";
