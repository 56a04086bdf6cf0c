import type { AgentView, StatusDocument } from "../../../agent/admin/mod.ts";

const SERVICE = { cluster: "primary", kind: "Service", namespace: "bookinfo", name: "reviews" } as const;

/** A status in which everything is filled in. */
export function fakeStatus(changes: Partial<StatusDocument> = {}): StatusDocument {
  return {
    ready: true,
    pending: [],
    agent: {
      id: "a-1",
      version: "1.2.3",
      pid: 7,
      startedAt: "2026-01-01T00:00:00.000Z",
      uptimeSeconds: 93_784,
      configFile: "/etc/moorline/moorline.yaml",
    },
    registrations: [{
      namespace: "bookinfo",
      group: "vm",
      state: "registered",
      reason: "",
      since: "2026-01-01T00:00:00Z",
      agentId: "a-1",
      publish: "workload-entry",
      addresses: ["10.0.0.9"],
      objects: [{ kind: "WorkloadEntry", name: "vm-10.0.0.9", uid: "u" }],
      health: { probed: true, verdict: "unhealthy", message: "HTTP 500", toldBy: "condition" },
      heartbeat: { intervalSeconds: 10, lastSuccess: "", failures: 0 },
      warnings: [],
    }],
    clusters: [{
      name: "primary",
      domain: "cluster.local",
      server: "https://10.0.0.1:6443",
      api: "ok",
      clockOffsetSeconds: 12.5,
      tokenExpiresAt: null,
      answers: "cluster-ip",
      answersReason: "10.96.0.1:443 of default/kubernetes answers",
      kinds: [
        { kind: "services", state: "synced", objects: 3, reason: "", since: null },
        { kind: "serviceentries", state: "forbidden", objects: 0, reason: "may not list serviceentries", since: null },
      ],
    }],
    dns: {
      listen: ["127.0.0.1:15053"],
      io: "portable",
      names: 12,
      requests: 100,
      requestsPerSecond: 1.25,
      cacheEntries: 4,
      hitRatio: 0.5,
      responses: [{ rcode: "NOERROR", source: "mesh", count: 90 }],
    },
    upstreams: [{
      server: "1.1.1.1:53",
      zone: "",
      healthy: false,
      requests: 9,
      failures: 2,
      averageMilliseconds: 4.25,
      lastError: "timeout",
    }],
    capture: { mode: "none", active: false, note: "" },
    snapshot: { writtenAt: "2026-01-01T00:00:00.000Z", ageSeconds: 65 },
    problems: [{ message: "1.1.1.1:53 does not answer.", fix: "Check dns.upstream." }],
    ...changes,
  };
}

/** An agent that is not there: what it was asked to do is in `done`. */
export function fakeView(status: StatusDocument = fakeStatus()): AgentView & { readonly done: string[] } {
  const done: string[] = [];
  const name = {
    name: "reviews.bookinfo.svc.cluster.local",
    kind: "Service",
    types: ["A"],
    ttl: 30,
    source: SERVICE,
  } as const;
  const all = [
    { ...name, addresses: ["10.1.0.1"], data: [] },
    {
      ...name,
      name: "ext.bookinfo.svc.cluster.local",
      types: ["CNAME"],
      addresses: [],
      data: ["CNAME ext.example.org"],
    },
    { ...name, name: "*.wild.example", addresses: ["10.1.0.2"], data: [] },
  ];
  return {
    done,
    pending: () => status.pending,
    status: () => status,
    names: (filter) => all.filter((row) => row.name.includes(filter.toLowerCase())),
    refusedNames:
      () => [{ host: "evil.example", source: SERVICE, code: "not-trusted", reason: "namespace is not trusted" }],
    collisions: () => [{ name: name.name, served: SERVICE, hidden: [{ ...SERVICE, cluster: "west" }] }],
    explain: (asked, type) =>
      Promise.resolve({
        name: asked,
        type,
        rcode: asked.startsWith("none.") ? "NXDOMAIN" : "NOERROR",
        source: "mesh",
        rule: "the name table has it",
        asked: asked.startsWith("none.") ? ["192.0.2.53:53"] : [],
        answers: asked.startsWith("none.") ? [] : [{ name: asked, type, ttl: 30, data: "10.1.0.1" }],
        errors: [],
        cached: asked.startsWith("none.")
          ? [{ name: asked, type: "A", kind: "nxdomain", ttl: 5, stale: false, hits: 2 }]
          : [],
        mesh: {
          name: asked,
          owner: asked,
          object: SERVICE,
          rule: "a name of the Service",
          records: ["A 10.1.0.1"],
          others: "nodata",
          below: "authoritative",
          considered: [{ object: SERVICE, verdict: "answers", remarks: [] }],
        },
      }),
    registrations: () => status.registrations,
    upstreams: () => status.upstreams,
    cache: () => [{ name: "example.org", type: "A", kind: "positive", ttl: 5, stale: false, hits: 2 }],
    metrics: () => [
      { kind: "counter", name: "dns_requests_total", labels: { proto: "udp", type: "A" }, value: 3 },
      { kind: "gauge", name: "dns_names", labels: {}, value: 12 },
      { kind: "gauge", name: "registration_state", labels: { workload: 'a"\\\nb', state: "registered" }, value: 1 },
      {
        kind: "histogram",
        name: "dns_request_duration_seconds",
        labels: {},
        buckets: [{ le: 0.001, count: 1 }, { le: 0.01, count: 3 }],
        sum: 0.5,
        count: 4,
      },
    ],
    drain: () => {
      done.push("drain");
      return Promise.resolve();
    },
    flushCache: () => {
      done.push("flush");
      return 4;
    },
  };
}
