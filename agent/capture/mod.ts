/**
 * Interception of this VM's DNS, which undoes itself when the agent dies in any way.
 *
 * `guard` lives in a process of its own (`capture hold`): it looks whether anybody listens on the agent's port
 * (`agent_process`), asks it a real question each second (`ask_self`), and lets `guard_state` say when capture begins,
 * ends and begins again. What it takes is `captured_servers`, put into rules by `owner_table` and into the kernel by
 * `capture_table`: the table belongs to an `nft -i` (`nft_session`) and goes with it. At each release `conntrack`
 * forgets the connections that were redirected. What the guard sees goes to the agent through a file
 * (`capture_report`), whether it works is measured by way of the system's resolver (`system_path`).
 * `resolv_conf_takeover` is the other way: our file in place of the VM's own. `hold_capture` wires all of it; `guard_child` is that as a child of root's agent.
 */
export { type AgentCapture, prepareCapture } from "./agent_capture.ts";
export { askSelf } from "./ask_self.ts";
export { type CaptureReport, readReport, reportPath } from "./capture_report.ts";
export { type CaptureStatus, captureStatus } from "./capture_status.ts";
export { type CaptureMode, chosenMode, isServed, type ServedMode } from "./choose.ts";
export { firstListener, holdCapture } from "./hold_capture.ts";
export { installCapture, removeCapture } from "./install_capture.ts";
export { reachesAgent } from "./system_path.ts";
