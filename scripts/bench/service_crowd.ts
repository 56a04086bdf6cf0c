/**
 * An API server with many Services, in a process of its own: `deno run -A scripts/bench/service_crowd.ts COUNT` prints
 * its URL when they are there. Then each line of standard input is the name of one more Service of namespace `space-0`,
 * which is created at once, and answered by a line with the milliseconds since 1970 at which it was.
 */
import { ApiServer } from "../../registry/server/mod.ts";
import { TextLineStream } from "./text_line_stream.ts";

/** Services are spread over namespaces as in a large cluster. */
const NAMESPACES = 100;

/** The ClusterIP of the nth Service. */
export function clusterIpOf(index: number): string {
  return `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

interface Service {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

/** A Service as an API server returns it, with the members that agents have to read past. */
function service(name: string, namespace: string, index: number): Service {
  const ip = clusterIpOf(index);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: { app: name, "app.kubernetes.io/managed-by": "Helm" } },
    spec: {
      type: "ClusterIP",
      clusterIP: ip,
      clusterIPs: [ip],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      selector: { app: name },
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ports: [
        { name: "http", protocol: "TCP", port: 80, targetPort: 8080 },
        { name: "metrics", protocol: "TCP", port: 9090, targetPort: "metrics" },
      ],
    },
  };
}

if (import.meta.main) {
  const count = Number(Deno.args[0]);
  const server = new ApiServer({});
  for (let i = 0; i < NAMESPACES; i++) {
    server.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: `space-${i}` } });
  }
  for (let i = 0; i < count; i++) server.admin.create(service(`service-${i}`, `space-${i % NAMESPACES}`, i));
  console.log(server.listen().url);
  let index = count;
  for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    server.admin.create(service(line, "space-0", index++));
    console.log(performance.timeOrigin + performance.now());
  }
  await server.close();
}
