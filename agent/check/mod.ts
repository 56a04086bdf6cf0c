/**
 * `agent/check`: what an agent needs of its surroundings, looked at before it is there, or when it does not do its job.
 *
 * Each file looks at one sort of thing and gives `Finding`s: what was looked at, what was found, and, where something
 * is wrong, what to type. `cluster_checks` asks the API server (`needed_permissions` is the list of rights, asked one
 * by one); `port_checks` tries to listen; `upstream_checks` asks each server as the agent would; `system_checks` reads
 * /etc/hosts, nsswitch.conf and the state folder; `destination_check` follows one destination instead. Nothing is
 * changed anywhere. `moorline check` prints them.
 */
export { checkCluster } from "./cluster_checks.ts";
export { type Ask, checkDestination } from "./destination_check.ts";
export { bad, type Finding, good, messageOf } from "./finding.ts";
export { neededPermissions } from "./needed_permissions.ts";
export { checkPorts, type PortHolder } from "./port_checks.ts";
export { checkHostsFile, checkNameSwitch, checkState, type ReadText } from "./system_checks.ts";
export { checkUpstreams } from "./upstream_checks.ts";
