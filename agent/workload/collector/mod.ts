/**
 * The collector: registrations whose VM is dead go.
 *
 * It runs in the cluster, follows every entry, slice and heartbeat that moorline wrote, and takes a `Census`: who
 * lives, who is silent, who is dead, by when it saw the heartbeat change (`census.ts`, pure). The leader
 * (`LeaderElection`, a Lease of five seconds) then marks the silent unhealthy and removes the dead (`silence.ts`), a
 * few a second (`WriteBudget`); standbys watch along, so that they can go on at once. What is not moorline's, static,
 * or without a heartbeat is never touched, and nothing is while so many are silent that it must be the network
 * (`isPartition`). `targetGroups` and `fleetRows` show the same objects to Prometheus and to people.
 */
export { Collector, type CollectorOptions, type CollectorSettings, type CollectorStatus } from "./collector.ts";
export { type FleetStores, followFleet } from "./fleet_stores.ts";
export { type FleetRow, fleetRows } from "./fleet.ts";
export { type TargetGroup, targetGroups } from "./service_discovery.ts";
