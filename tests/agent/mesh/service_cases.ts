import type { NameCase } from "./name_cases.ts";
import { DOMAIN, HEADLESS, HTTP, service, slice, WEB } from "./service_objects.ts";

/** Names of Services; S and a number: a line of the Kubernetes DNS specification 1.1.0. */
export const serviceCases: readonly NameCase[] = [
  {
    title: "S2, S4: a v4 ClusterIP is one A record, and the name has no AAAA",
    objects: [service("web", {})],
    answers: { [WEB]: ["10.0.0.1"], [`${WEB} AAAA`]: [] },
  },
  {
    title: "S3: a v6 ClusterIP, in canonical form",
    objects: [service("web", { clusterIP: "1234:ABCD:0::1" })],
    answers: { [`${WEB} A`]: [], [`${WEB} AAAA`]: ["1234:abcd::1"] },
  },
  {
    title: "S3: dual stack, each address in its own family",
    objects: [service("web", { clusterIP: "10.0.0.3", clusterIPs: ["10.0.0.3", "10::3"] })],
    answers: { [`${WEB} A`]: ["10.0.0.3"], [`${WEB} AAAA`]: ["10::3"] },
  },
  {
    title: "S2: the name exists irrespective of endpoints",
    objects: [service("web", {}), slice([])],
    answers: { [WEB]: ["10.0.0.1"] },
  },
  {
    title: "NodePort and LoadBalancer answer their ClusterIP",
    objects: [
      service("web", { type: "NodePort" }),
      service("lb", { type: "LoadBalancer", clusterIP: "10.0.0.2" }, {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.9" }] } },
      }),
    ],
    answers: { [WEB]: ["10.0.0.1"], [`lb.default.svc.${DOMAIN}`]: ["10.0.0.2"] },
  },
  {
    title: "S5: SRV of a named port has the Service's port, not the target's",
    objects: [service("web", { ports: [HTTP] })],
    answers: {
      [`_http._tcp.${WEB}`]: [`SRV 0 100 80 ${WEB}`],
      [`${WEB} SRV`]: [`SRV 0 100 80 ${WEB}`],
      [`_http._udp.${WEB}`]: null,
    },
  },
  {
    title: "S6: an unnamed port has no SRV",
    objects: [service("web", { ports: [{ port: 80 }] })],
    answers: { [`${WEB} SRV`]: [], [`_._tcp.${WEB}`]: null },
  },
  {
    title: "S7: each named port at its own name, all at the bare name; protocols in lower case",
    objects: [
      service("web", {
        ports: [HTTP, { name: "dns", protocol: "UDP", port: 53 }, { name: "m3ua", protocol: "SCTP", port: 2905 }],
      }),
    ],
    answers: {
      [`_http._tcp.${WEB}`]: [`SRV 0 100 80 ${WEB}`],
      [`_dns._udp.${WEB}`]: [`SRV 0 100 53 ${WEB}`],
      [`_m3ua._sctp.${WEB}`]: [`SRV 0 100 2905 ${WEB}`],
      [`${WEB} SRV`]: [`SRV 0 33 2905 ${WEB}`, `SRV 0 33 53 ${WEB}`, `SRV 0 33 80 ${WEB}`],
    },
  },
  {
    title: "S9, S10: a ClusterIP's PTR, v6 in full",
    objects: [service("web", { clusterIPs: ["10.1.2.3", "1234:abcd::1"] })],
    answers: {
      "3.2.1.10.in-addr.arpa": [`PTR ${WEB}`],
      "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1.ip6.arpa": [`PTR ${WEB}`],
    },
  },
  {
    title: "S11, S15, S20: headless: every ready endpoint, each with a name of its own and a PTR",
    objects: [service("web", HEADLESS), slice(["172.0.0.2", "172.0.0.3"])],
    answers: {
      [`${WEB} A`]: ["172.0.0.2", "172.0.0.3"],
      [`172-0-0-2.${WEB}`]: ["172.0.0.2"],
      [`172-0-0-3.${WEB}`]: ["172.0.0.3"],
      "2.0.0.172.in-addr.arpa": [`PTR 172-0-0-2.${WEB}`],
    },
  },
  {
    title: "S12: headless over IPv6; a name that would end in a dash gets a 0",
    objects: [service("web", HEADLESS), slice(["5678:abcd::1", "5678:abcd::"])],
    answers: {
      [`${WEB} AAAA`]: ["5678:abcd::", "5678:abcd::1"],
      [`5678-abcd--1.${WEB}`]: ["5678:abcd::1"],
      [`5678-abcd--0.${WEB}`]: ["5678:abcd::"],
    },
  },
  {
    title: "S13: headless without ready endpoints: no such name, and the namespace still exists",
    objects: [service("web", HEADLESS), slice([{ addresses: ["172.0.0.2"], conditions: { ready: false } }])],
    answers: {
      [WEB]: null,
      [`_http._tcp.${WEB}`]: null,
      [`default.svc.${DOMAIN}`]: [],
      "2.0.0.172.in-addr.arpa": null,
    },
  },
  {
    title: "S13: headless without any slice",
    objects: [service("web", HEADLESS)],
    answers: { [WEB]: null },
  },
  {
    title: "S14: endpoints that share a hostname share its name",
    objects: [
      service("web", HEADLESS),
      slice([
        { addresses: ["172.0.0.4"], hostname: "dup-name" },
        { addresses: ["172.0.0.5"], hostname: "dup-name" },
        { addresses: ["172.0.0.6"], hostname: "ep1a" },
      ]),
    ],
    answers: {
      [`dup-name.${WEB}`]: ["172.0.0.4", "172.0.0.5"],
      [`ep1a.${WEB}`]: ["172.0.0.6"],
      [`172-0-0-4.${WEB}`]: null,
      [`_http._tcp.${WEB}`]: [`SRV 0 50 8080 dup-name.${WEB}`, `SRV 0 50 8080 ep1a.${WEB}`],
    },
  },
  {
    title: "S14: several addresses of one endpoint under its hostname",
    objects: [service("web", HEADLESS), slice([{ addresses: ["172.0.0.4", "172.0.0.5"], hostname: "a" }])],
    answers: { [`a.${WEB}`]: ["172.0.0.4", "172.0.0.5"] },
  },
  {
    title: "a hostname that is no label counts as none",
    objects: [service("web", HEADLESS), slice([{ addresses: ["172.0.0.4"], hostname: "not a label" }])],
    answers: { [`172-0-0-4.${WEB}`]: ["172.0.0.4"] },
  },
  {
    title: "S16: not-ready and terminating endpoints are in no answer",
    objects: [
      service("web", HEADLESS),
      slice([
        "172.0.0.1",
        { addresses: ["172.0.0.2"], conditions: { ready: false } },
        { addresses: ["172.0.0.3"], conditions: { terminating: true } },
        { addresses: ["172.0.0.4"], conditions: { ready: null } },
      ]),
    ],
    answers: {
      [`${WEB} A`]: ["172.0.0.1", "172.0.0.4"],
      [`172-0-0-2.${WEB}`]: null,
      "3.0.0.172.in-addr.arpa": null,
    },
  },
  {
    title: "S17: publishNotReadyAddresses: all of them",
    objects: [
      service("web", { ...HEADLESS, publishNotReadyAddresses: true }),
      slice([
        { addresses: ["172.0.0.2"], conditions: { ready: false } },
        { addresses: ["172.0.0.3"], conditions: { ready: false, terminating: true } },
      ]),
    ],
    answers: { [`${WEB} A`]: ["172.0.0.2", "172.0.0.3"], [`172-0-0-2.${WEB}`]: ["172.0.0.2"] },
  },
  {
    title: "S17: the older annotation says the same",
    objects: [
      service("web", HEADLESS, { annotations: { "service.alpha.kubernetes.io/tolerate-unready-endpoints": "true" } }),
      slice([{ addresses: ["172.0.0.2"], conditions: { ready: false } }]),
    ],
    answers: { [`${WEB} A`]: ["172.0.0.2"] },
  },
  {
    title: "S18: N endpoints x M ports; the target is the endpoint, never the Service",
    objects: [
      service("web", HEADLESS),
      slice([{ addresses: ["172.0.0.1"], hostname: "a" }, { addresses: ["172.0.0.2"], hostname: "b" }], {
        ports: [{ name: "http", port: 8080 }, { name: "grpc", port: 9090 }],
      }),
    ],
    answers: {
      [`_http._tcp.${WEB}`]: [`SRV 0 50 8080 a.${WEB}`, `SRV 0 50 8080 b.${WEB}`],
      [`_grpc._tcp.${WEB}`]: [`SRV 0 50 9090 a.${WEB}`, `SRV 0 50 9090 b.${WEB}`],
      [`${WEB} SRV`]: [
        `SRV 0 25 8080 a.${WEB}`,
        `SRV 0 25 8080 b.${WEB}`,
        `SRV 0 25 9090 a.${WEB}`,
        `SRV 0 25 9090 b.${WEB}`,
      ],
    },
  },
  {
    title: "S19: headless with an unnamed port, or a slice without ports: addresses and no SRV",
    objects: [service("web", { clusterIP: "None" }), slice(["172.0.0.20"], { ports: null })],
    answers: { [WEB]: ["172.0.0.20"] },
  },
  {
    title: "several slices of one Service are one set, and an endpoint in two of them is there once",
    objects: [
      service("web", HEADLESS),
      slice(["172.0.0.1", "172.0.0.2"]),
      { ...slice(["172.0.0.2", "172.0.0.3"]), name: "web-2" },
      { ...slice(["2001:db8::1"]), name: "web-6" },
    ],
    answers: {
      [`${WEB} A`]: ["172.0.0.1", "172.0.0.2", "172.0.0.3"],
      [`${WEB} AAAA`]: ["2001:db8::1"],
      "2.0.0.172.in-addr.arpa": [`PTR 172-0-0-2.${WEB}`],
    },
  },
  {
    title: "an endpoint that is ready in one slice and not in another is ready",
    objects: [
      service("web", HEADLESS),
      slice([{ addresses: ["172.0.0.1"], conditions: { ready: false } }]),
      { ...slice(["172.0.0.1"]), name: "web-2" },
    ],
    answers: { [`${WEB} A`]: ["172.0.0.1"] },
  },
  {
    title: "slices of names (addressType FQDN) say nothing",
    objects: [service("web", HEADLESS), slice(["db.example.org"], { addressType: "FQDN" })],
    answers: { [WEB]: null },
  },
  {
    title: "a slice of another namespace or of no Service is nobody's",
    objects: [
      service("web", HEADLESS),
      { ...slice(["172.0.0.1"]), namespace: "other" },
      { ...slice(["172.0.0.2"]), name: "web-2", labels: {} },
    ],
    answers: { [WEB]: null },
  },
  {
    title: "S20: one address in two headless Services has two PTR records",
    objects: [
      service("web", HEADLESS),
      slice(["10.0.0.99"]),
      service("web2", HEADLESS),
      { ...slice(["10.0.0.99"]), name: "web2-1", labels: { "kubernetes.io/service-name": "web2" } },
    ],
    answers: {
      "99.0.0.10.in-addr.arpa": [`PTR 10-0-0-99.${WEB}`, `PTR 10-0-0-99.web2.default.svc.${DOMAIN}`],
    },
  },
  {
    title: "a ClusterIP's PTR comes before an endpoint's",
    objects: [service("web", HEADLESS), slice(["10.0.0.99"]), service("api", { clusterIP: "10.0.0.99" })],
    answers: { "99.0.0.10.in-addr.arpa": [`PTR api.default.svc.${DOMAIN}`] },
  },
  {
    title: "S21: ExternalName is an alias, without the dot",
    objects: [
      service("web", { type: "ExternalName", clusterIP: "", externalName: "ext.interwebs.test.", ports: [HTTP] }),
    ],
    answers: { [WEB]: ["CNAME ext.interwebs.test"], [`_http._tcp.${WEB}`]: null },
  },
  {
    title: "S21: ExternalName in lower case",
    objects: [service("web", { type: "ExternalName", clusterIP: "", externalName: "Ext.Interwebs.TEST" })],
    answers: { [WEB]: ["CNAME ext.interwebs.test"] },
  },
  ...["192.0.2.1", "2001:db8::1", "", "not a name", "*.example.org", `web.default.svc.${DOMAIN}`].map((
    target,
  ): NameCase => ({
    title: `ExternalName "${target}" is no alias`,
    objects: [service("web", { type: "ExternalName", clusterIP: "", externalName: target })],
    answers: { [WEB]: null },
  })),
  {
    title: "endpoints of a Service with a ClusterIP have no names",
    objects: [service("web", { ports: [HTTP] }), slice([{ addresses: ["172.0.0.1"], hostname: "ep1a" }])],
    answers: { [`ep1a.${WEB}`]: null, [`172-0-0-1.${WEB}`]: null, "1.0.0.172.in-addr.arpa": null },
  },
];
