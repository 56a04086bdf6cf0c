import type { NameCase } from "./name_cases.ts";
import { DOMAIN, HTTP, service, slice, WEB } from "./service_objects.ts";

/** Which addresses a Service is answered with, and to whom. */
export const answerModeCases: readonly NameCase[] = [
  {
    title: "answers endpoints: addresses and port numbers of the endpoints; PTR of the ClusterIP stays",
    rules: { answers: "endpoints" },
    objects: [service("web", { ports: [HTTP] }), slice(["172.0.0.1", "172.0.0.2"])],
    answers: {
      [`${WEB} A`]: ["172.0.0.1", "172.0.0.2"],
      [`_http._tcp.${WEB}`]: [`SRV 0 100 8080 ${WEB}`],
      [`172-0-0-1.${WEB}`]: null,
      "1.0.0.10.in-addr.arpa": [`PTR ${WEB}`],
    },
  },
  {
    title: "answers endpoints, none ready: the name exists and has no address",
    rules: { answers: "endpoints" },
    objects: [service("web", { ports: [HTTP] })],
    answers: { [WEB]: [], [`_http._tcp.${WEB}`]: null },
  },
  {
    title: "answers load-balancer: status.loadBalancer, then externalIPs",
    rules: { answers: "load-balancer" },
    objects: [
      service("web", { type: "LoadBalancer", ports: [HTTP], externalIPs: ["198.51.100.1"] }, {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.9" }, { ip: "2001:db8::9" }] } },
      }),
      service("plain", { clusterIP: "10.0.0.2" }),
    ],
    answers: {
      [`${WEB} A`]: ["192.0.2.9", "198.51.100.1"],
      [`${WEB} AAAA`]: ["2001:db8::9"],
      [`${WEB} SRV`]: [`SRV 0 100 80 ${WEB}`],
      [`plain.default.svc.${DOMAIN}`]: [],
    },
  },
  {
    title: "answers load-balancer: a load balancer with a name is an alias",
    rules: { answers: "load-balancer" },
    objects: [
      service("web", { type: "LoadBalancer", ports: [HTTP] }, {
        status: { loadBalancer: { ingress: [{ hostname: "lb-1.eu.elb.example.com" }] } },
      }),
    ],
    answers: { [WEB]: ["CNAME lb-1.eu.elb.example.com"], [`_http._tcp.${WEB}`]: [`SRV 0 100 80 ${WEB}`] },
  },
  {
    title: "answers load-balancer: its name in lower case",
    rules: { answers: "load-balancer" },
    objects: [
      service("web", { type: "LoadBalancer" }, {
        status: { loadBalancer: { ingress: [{ hostname: "LB-2.Example.COM" }] } },
      }),
    ],
    answers: { [WEB]: ["CNAME lb-2.example.com"] },
  },
  {
    title: "the annotation wins over the configuration; one that is none of the modes does not count",
    rules: { answers: "cluster-ip" },
    objects: [
      service("web", { ports: [HTTP] }, { annotations: { "moorline.dev/answers": "endpoints" } }),
      slice(["172.0.0.1"]),
      service("odd", { clusterIP: "10.0.0.7" }, { annotations: { "moorline.dev/answers": "endpoint" } }),
    ],
    answers: { [`${WEB} A`]: ["172.0.0.1"], [`odd.default.svc.${DOMAIN}`]: ["10.0.0.7"] },
  },
  {
    title: "families: what the VM has no route for is left out, and the name stays",
    rules: { families: { ipv4: true, ipv6: false } },
    objects: [service("web", { clusterIPs: ["10.0.0.3", "10::3"] }), service("six", { clusterIP: "10::4" })],
    answers: { [WEB]: ["10.0.0.3"], [`six.default.svc.${DOMAIN}`]: [] },
  },
  {
    title: "nearest first: zone, then region, then elsewhere; nothing is left out",
    rules: { locality: "us-east-1/us-east-1a" },
    objects: [
      service("web", { clusterIP: "None" }),
      slice([
        { addresses: ["172.0.0.1"], zone: "eu-west-1b" },
        { addresses: ["172.0.0.2"], zone: "us-east-1a" },
        { addresses: ["172.0.0.3"], zone: "us-east-1b" },
        { addresses: ["172.0.0.4"] },
      ], { ports: null }),
    ],
    answers: { [WEB]: ["172.0.0.1 tier 2", "172.0.0.2", "172.0.0.3 tier 1", "172.0.0.4 tier 2"] },
  },
  {
    title: "an address in two slices is as near as the nearer one says",
    rules: { locality: "us-east-1/us-east-1a" },
    objects: [
      service("web", { clusterIP: "None" }),
      slice([{ addresses: ["172.0.0.1"], zone: "us-east-1a" }, { addresses: ["172.0.0.2"], zone: "eu-west-1b" }], {
        ports: null,
      }),
      { ...slice([{ addresses: ["172.0.0.1"], zone: "eu-west-1b" }], { ports: null }), name: "web-2" },
    ],
    answers: { [WEB]: ["172.0.0.1", "172.0.0.2 tier 2"] },
  },
  {
    title: "nearness without anything near: all are alike",
    rules: { locality: "us-east-1/us-east-1a" },
    objects: [
      service("web", { clusterIP: "None" }),
      slice([{ addresses: ["172.0.0.1"], zone: "eu-west-1b" }, { addresses: ["172.0.0.2"] }], { ports: null }),
    ],
    answers: { [WEB]: ["172.0.0.1", "172.0.0.2"] },
  },
  ...([
    [".", null],
    ["~", null],
    ["other", null],
    ["vm", ["10.0.0.1"]],
    ["other, vm", ["10.0.0.1"]],
    ["*", ["10.0.0.1"]],
    ["", ["10.0.0.1"]],
  ] as const).map(([exportTo, answer]): NameCase => ({
    title: `networking.istio.io/exportTo "${exportTo}", seen from namespace vm`,
    rules: { namespaces: ["vm"] },
    objects: [service("web", { ports: [HTTP] }, { annotations: { "networking.istio.io/exportTo": exportTo } })],
    answers: { [`${WEB} A`]: answer && [...answer], "1.0.0.10.in-addr.arpa": answer && [`PTR ${WEB}`] },
  })),
  {
    title: "networking.istio.io/exportTo . in a workload's own namespace",
    rules: { namespaces: ["vm", "default"] },
    objects: [service("web", {}, { annotations: { "networking.istio.io/exportTo": "." } })],
    answers: { [WEB]: ["10.0.0.1"] },
  },
];
