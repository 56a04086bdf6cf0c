/**
 * `agent/workload`: this VM as a workload of the mesh, exactly while it works.
 *
 * `loadIdentity` says who the agent is. A `Registration` per workload follows its `Surroundings` (the WorkloadGroup,
 * this VM's address, the probe's verdict, how this cluster wants to be told) and runs one pass of the `Reconciler`
 * whenever something changed or is due: look at what is, find the row of the table of states
 * (`registration_table.ts`), do its act. `entryFor` is the wanted entry as a pure function; `EntryKeeper` writes it
 * and yields to those who insist; `Heartbeat` renews the Lease. `registerOnce` and `deregisterOnce` do it once,
 * without staying.
 *
 * The cluster comes in as a `Cluster` (`kubeCluster` makes one of a client), time and chance as parameters.
 */
export { type AddressFacts, chooseAddresses } from "./address.ts";
export { readAddressFacts, sourceAddressTowards } from "./address_facts.ts";
export type { Cluster } from "./cluster.ts";
export type { Writer } from "./entry.ts";
export { type ForgottenOptions, memoryPath, removeForgotten } from "./forgotten_registrations.ts";
export { type AgentIdentity, loadIdentity, type MachineMarks, readMachineMarks } from "./identity.ts";
export { type Following, kubeCluster } from "./kube_cluster.ts";
export {
  type CollectorImage,
  collectorManifests,
  flowControlManifests,
  policyManifests,
  type PolicyScope,
  rbacManifests,
  type RbacScope,
} from "./manifests/mod.ts";
export { networkLook } from "./network_look.ts";
export {
  Collector,
  type CollectorSettings,
  type FleetRow,
  fleetRows,
  type FleetStores,
  followFleet,
  targetGroups,
} from "./collector/mod.ts";
export { deregisterOnce, type OnceOptions, type OnceResult, registerOnce } from "./register_once.ts";
export { Registration, type RegistrationOptions } from "./registration.ts";
export { fileMemory, type MemoryStore, noMemory } from "./registration_memory.ts";
export type { RegistrationStatus } from "./registration_status.ts";
export { REGISTRATION_STATES, type RegistrationState } from "./registration_table.ts";
export { joinedAccount, ownerOf, type TokenClaims, tokenClaims } from "./token_claims.ts";
export { TokenKeeper, type TokenKeeperOptions, type TokenStatus } from "./token_keeper.ts";
export { settleToken, type TokenPlace } from "./token_place.ts";
export { parseGroup, type WorkloadGroup } from "./workload_kinds.ts";
export { WORKLOAD_DEFAULTS, type WorkloadOptions } from "./workload_options.ts";
