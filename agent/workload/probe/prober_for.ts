import type { Clock } from "../../../registry/mod.ts";
import type { ProbeSpec } from "../probe_spec.ts";
import { probeExec } from "./exec_probe.ts";
import { probeGrpc } from "./grpc_probe.ts";
import { probeHttp } from "./http_probe.ts";
import { probePlan } from "./probe_plan.ts";
import { authority, isOwn, probeHost, type TargetRules } from "./probe_target.ts";
import { failed, limited, type Prober } from "./prober.ts";
import { probeTcp } from "./tcp_probe.ts";

/** What this VM allows a probe to do. */
export interface ProbeRules extends TargetRules {
  /** Whether commands may run. */
  readonly exec: boolean;
}

/** The prober of a probe. One that the rules forbid fails each time and says which key would allow it. */
export function proberFor(spec: ProbeSpec, rules: ProbeRules, clock: Clock): Prober {
  const { timeout } = probePlan(spec);
  const { httpGet, tcpSocket, grpc, exec } = spec;
  if (httpGet) {
    return towards(httpGet.host, rules, (host) => limited(clock, timeout, httpAttempt(httpGet, host, rules)));
  }
  if (tcpSocket) {
    const { port } = tcpSocket;
    return towards(tcpSocket.host, rules, (host) => limited(clock, timeout, (s) => probeTcp(host, port, s)));
  }
  if (grpc) {
    const { port, service } = grpc;
    return towards("", rules, (host) => limited(clock, timeout, (s) => probeGrpc(host, port, service, s)));
  }
  if (exec && rules.exec) return limited(clock, timeout, (s) => probeExec(exec.command, s));
  return always("the group's exec probe is not allowed on this VM: set workload.probe.exec to on, or an override");
}

function httpAttempt(httpGet: NonNullable<ProbeSpec["httpGet"]>, host: string, rules: ProbeRules) {
  const scheme = httpGet.scheme.toLowerCase() || "http";
  const path = httpGet.path.startsWith("/") ? httpGet.path : `/${httpGet.path}`;
  const url = URL.parse(`${scheme}://${authority(host, httpGet.port)}${path}`);
  if (!url) return () => Promise.resolve(failed(`the probe's URL ${host}:${httpGet.port}${path} cannot be parsed`));
  const mayFollow = (hostname: string) => rules.hosts === "any" || hostname === url.hostname || isOwn(hostname, rules);
  return (signal: AbortSignal) => probeHttp({ url, headers: httpGet.httpHeaders, mayFollow }, signal);
}

function towards(host: string, rules: ProbeRules, make: (host: string) => Prober): Prober {
  const target = probeHost(host, rules);
  return "host" in target ? make(target.host) : always(target.problem);
}

function always(message: string): Prober {
  return () => Promise.resolve(failed(message));
}
