import { choice, list, optionalKey, section, text, whole } from "./field.ts";

const port = () => whole(1, 65535).describe("port");
const count = (description: string) => optionalKey(whole(0, 2 ** 31 - 1), description);
const header = section({
  name: text("a header's name", (name) => /^[-A-Za-z0-9_]+$/.test(name)),
  value: text("a header's value"),
}, "a map of `name` and `value`");

const httpGet = section({
  path: optionalKey(text("a path"), "path and query; / unless given"),
  port: port(),
  host: optionalKey(text("a host"), "host; this VM's address unless given"),
  scheme: optionalKey(choice("HTTP", "HTTPS"), "HTTP unless given"),
  httpHeaders: optionalKey(list(header, "{name, value}"), "headers to send; `config print` hides secret ones"),
}, "a map of `path`, `port`, `host`, `scheme` and `httpHeaders`");

const tcpSocket = section({
  port: port(),
  host: optionalKey(text("a host"), "host; this VM's address unless given"),
}, "a map of `port` and `host`");

const grpc = section({
  port: port(),
  service: optionalKey(text("a service"), "service of the health check"),
}, "a map of `port` and `service`");

const command = list(text("text"), "texts").min(1, { error: "a list of at least one text" });
const exec = section({ command: command.describe("program and arguments") }, "a map of `command`");

/**
 * A readiness probe as a WorkloadGroup writes it (networking.istio.io ReadinessProbe). Numbers that are absent get
 * Istio's defaults where the probe runs, not here.
 */
export const probeSection = section({
  initialDelaySeconds: count("wait before the first probe"),
  timeoutSeconds: count("how long one probe may take; 1 unless given"),
  periodSeconds: count("pause between two probes; 10 unless given"),
  successThreshold: count("successes in a row that make it healthy; 1 unless given"),
  failureThreshold: count("failures in a row that make it unhealthy; 3 unless given"),
  httpGet: optionalKey(httpGet, "HTTP probe"),
  tcpSocket: optionalKey(tcpSocket, "TCP probe"),
  grpc: optionalKey(grpc, "gRPC health check"),
  exec: optionalKey(exec, "command; runs only with `probe.exec: on`"),
}, "null, or a probe as in a WorkloadGroup");
