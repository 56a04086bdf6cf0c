import type { ClusterRow, RegistrationRow, StatusDocument, UpstreamRow } from "./admin/mod.ts";

/** A clock that is further off than this makes tokens look expired and leases look stale. */
const SKEW_LIMIT_SECONDS = 30;

/** What is wrong now, and what to do about it. Pure. */
export function findProblems(
  clusters: readonly ClusterRow[],
  registrations: readonly RegistrationRow[],
  upstreams: readonly UpstreamRow[],
): StatusDocument["problems"] {
  return [
    ...clusters.flatMap(clusterProblems),
    ...registrations.filter(({ state }) => state !== "off" && state !== "registered").map((row) => ({
      message: `workload ${row.namespace}/${row.group} is not registered (${row.state})` +
        (row.reason && `: ${row.reason}`),
      fix: row.state === "waiting-group" ? `moorline group create, and kubectl apply what it prints` : "",
    })),
    ...registrations.flatMap(({ namespace, group, warnings }) =>
      warnings.map((message) => ({ message: `workload ${namespace}/${group}: ${message}`, fix: "" }))
    ),
    ...upstreams.filter(({ healthy }) => !healthy).map(({ server, lastError }) => ({
      message: `upstream ${server} does not answer (${lastError})`,
      fix: "check the address in dns.upstream or resolv.conf, and the way to it",
    })),
  ];
}

/** Why the token is not renewed, which matters before it ends. */
export function tokenProblems(keeper: { status(): { file: string; problem: string } } | undefined) {
  const { file, problem } = keeper?.status() ?? { file: "", problem: "" };
  if (problem === "") return [];
  const fix = `put a new token into ${file} before this one ends`;
  return [{ message: `the token is not renewed: ${problem}`, fix }];
}

function clusterProblems(row: ClusterRow): StatusDocument["problems"] {
  const found: { message: string; fix: string }[] = [];
  if (row.api === "unauthorized") {
    found.push({
      message: `cluster ${row.name}: the API server does not accept our credentials`,
      fix: "put a valid token into cluster.tokenFile (kubectl create token ACCOUNT); it is read again within a minute",
    });
  }
  if (row.api === "unreachable") {
    found.push({
      message: `cluster ${row.name}: ${row.server} cannot be reached; names are answered as last known`,
      fix: `curl -k ${row.server}/readyz`,
    });
  }
  const offset = row.clockOffsetSeconds ?? 0;
  if (Math.abs(offset) > SKEW_LIMIT_SECONDS) {
    const how = `${Math.abs(offset)} s ${offset > 0 ? "behind" : "ahead of"}`;
    found.push({
      message: `cluster ${row.name}: this VM's clock is ${how} the API server's`,
      fix: "timedatectl set-ntp true",
    });
  }
  for (const { kind, state, reason } of row.kinds) {
    if (state === "forbidden") {
      found.push({
        message: `cluster ${row.name}: ${kind}: ${reason}; its names are not served`,
        fix: "give the account the role that docs/join-a-vm.md lists",
      });
    }
    if (state === "syncing" && reason !== "" && row.api === "ok") {
      found.push({
        message: `cluster ${row.name}: ${kind}: ${reason}; it is yet to be read for the first time`,
        fix: "",
      });
    }
  }
  return found;
}
