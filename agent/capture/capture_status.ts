/** Capture in one line for `status`, from what the guard reports. */
import type { CaptureMode } from "./choose.ts";
import type { CaptureReport } from "./capture_report.ts";

/** `capture` of `GET /api/status`. */
export interface CaptureStatus {
  readonly mode: string;
  /** Measured through the system's own resolver. */
  readonly active: boolean;
  readonly note: string;
}

/** @param report the living guard's; undefined without one. */
export function captureStatus(mode: CaptureMode, report: CaptureReport | undefined): CaptureStatus {
  if (mode === "none") return { mode, active: false, note: "DNS of this VM is not captured" };
  if (report === undefined) {
    const fix = "systemctl start moorline-capture, or as root: moorline capture hold";
    return { mode, active: false, note: `no guard holds it (${fix})` };
  }
  const { captured, active, holding, servers, note } = report;
  const by = holding === "file" ? "resolv.conf, in place of" : `${holding} table for`;
  const held = captured ? `${by} ${servers.join(", ")}` : "released";
  const measured = captured && active !== true ? "the system's resolver does not reach the agent" : "";
  return { mode: report.mode, active: active === true, note: [held, note, measured].filter(Boolean).join("; ") };
}
