/**
 * `istio.io/connectedAt`, by which istiod removes a VM that is long dead: it deletes an auto-registered entry whose
 * connectedAt lies further back than 1.5 times its server connection age (45 minutes with Helm's defaults;
 * autoregistration/controller.go, shouldCleanupEntry). A time in istiod's future means deletion at its next sweep, so
 * ours always lies a little back.
 */

/** At 5,000 VMs 42 writes a second; far from 45 minutes. */
const REFRESH_MS = 120_000;
/** How far back: more than clocks of one cluster differ. */
const BACK_DATE_MS = 30_000;
/** Never less: two servers of one cluster that agree within 5 s. */
const MIN_BACK_DATE_MS = 5_000;
/** Others' deletions halve the refresh so often: 120 s to 3.75 s. */
const MAX_HALVINGS = 5;

/** How often the time is refreshed and how far it is dated back, after so many deletions of the entry by others. */
export function refreshRule(deletions: number): { readonly interval: number; readonly backDate: number } {
  const halved = 2 ** Math.min(MAX_HALVINGS, deletions);
  return { interval: REFRESH_MS / halved, backDate: Math.max(MIN_BACK_DATE_MS, BACK_DATE_MS / halved) };
}

/**
 * The connectedAt to want: the present one while it is fresh, else a new one.
 *
 * @param present as read from the entry.
 * @param serverNow milliseconds by the API server's clock.
 * @param jitter from 0 to 1: up to a fifth of the interval earlier, so that VMs that started together drift apart.
 */
export function connectedAt(present: string | undefined, serverNow: number, deletions: number, jitter: number): string {
  const { interval, backDate } = refreshRule(deletions);
  const age = serverNow - Date.parse(present ?? "") - backDate;
  const fresh = present !== undefined && age >= -backDate / 2 && age < interval * (1 - jitter / 5);
  return fresh ? present : new Date(serverNow - backDate).toISOString();
}
