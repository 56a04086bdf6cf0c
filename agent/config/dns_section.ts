import { z } from "zod";
import {
  choice,
  choiceOrOff,
  domain,
  duration,
  ipPort,
  key,
  list,
  onOff,
  path,
  seconds,
  section,
  text,
  whole,
} from "./field.ts";
import { isCidr, isDomain, isIp, isIpv4, isIpv6, isLabel, isUpstream } from "./network_syntax.ts";

const UPSTREAM = "an upstream: 1.1.1.1, 1.1.1.1:53, [2606:4700::1111]:53, tls://name@1.1.1.1:853, tls://1.1.1.1:853";
const upstream = text(UPSTREAM, isUpstream);
const upstreams = list(upstream, "upstreams").min(1, { error: "a list of at least one upstream" });
const listen = list(ipPort(), "IP:port").min(1, { error: "a list of at least one IP:port" });
const host = text("a host such as api.corp or *.corp", (value) => isDomain(value.replace(/^\*\./, "")));
const from = text("a namespace's name or *", (value) => value === "*" || isLabel(value));
const client = text("loopback, link, an address or a network such as 10.0.0.0/8", (value) => {
  return value === "loopback" || value === "link" || isIp(value) || isCidr(value);
});

const hosts = section({
  from: key(
    list(from, "namespaces"),
    [],
    'namespaces they come from; empty: the workload\'s and istio-system; "*": all',
  ),
  allow: key(list(host, "hosts"), [], "serve only these; empty: all"),
  deny: key(list(host, "hosts"), [], "never serve these"),
}, "a map of `from`, `allow` and `deny`");

const record = section({
  name: domain().describe("name"),
  a: key(list(text("an IPv4 address", isIpv4), "IPv4 addresses"), [], "A records"),
  aaaa: key(list(text("an IPv6 address", isIpv6), "IPv6 addresses"), [], "AAAA records"),
}, "a map of `name`, `a` and `aaaa`");

const zone = section({
  zone: domain("a zone such as consul.").describe("names at and below it go to `upstream`"),
  upstream: upstreams.describe("servers of the zone"),
}, "a map of `zone` and `upstream`");

const cache = section({
  entries: key(whole(256, 1_000_000), 20_000, "answers kept"),
  minTtl: key(seconds("0s", "1h"), "0s", "shorter TTLs of upstream are raised to it"),
  maxTtl: key(seconds("1s", "7d"), "1h", "longer TTLs of upstream are cut to it"),
  maxNegativeTtl: key(seconds("0s", "1d"), "30m", "the same for negative answers; beats `minTtl`"),
  serveStale: key(seconds("0s", "7d"), "1h", "how long an expired answer may serve while no upstream answers"),
  prefetch: key(onOff(), true, "ask again for popular answers before they expire"),
});

const answers = choice("auto", "cluster-ip", "endpoints", "load-balancer");
const shortNames = choiceOrOff("fallback", "first");
const search = z.union([z.literal("system"), z.array(domain())], { error: "system, or a list of domains" });
const upstreamField = z.union([z.literal("system"), upstreams], {
  error: "system, or a list of at least one upstream",
});
const WORKERS = "auto, or a whole number from 1 to 64";
const workers = z.union([z.literal("auto"), whole(1, 64, WORKERS)], { error: WORKERS });

/** How names are answered, and by whom those that the mesh does not know. */
export const dnsSection = section({
  listen: key(listen, ["127.0.0.1:15053"], "where DNS is served, UDP and TCP"),
  allow: key(list(client, "loopback, link or networks"), ["loopback"], "who may ask; others are REFUSED"),
  ttl: key(seconds("0s", "1d"), "30s", "TTL of mesh answers"),
  negativeTtl: key(seconds("0s", "1h"), "5s", "TTL of our own negative answers"),
  answers: key(
    answers,
    "auto",
    "a Service's addresses; auto: cluster-ip if ClusterIPs answer from here, else endpoints",
  ),
  virtualIps: key(onOff(), "off", "also addresses that Istio allocated (240.240/16); only a mesh proxy can reach them"),
  hosts: key(hosts, {}, "which ServiceEntry hosts outside the clusters' domains are served"),
  shortNames: key(
    shortNames,
    "fallback",
    "`a`, `a.ns`, `a.ns.svc`; fallback: asked upstream first; first: as Istio does",
  ),
  aliases: key(choice("direct", "cname"), "direct", "how a search-expanded name answers"),
  search: key(search, "system", "search domains that are stripped; system: resolv.conf's"),
  families: key(
    choice("auto", "ipv4", "ipv6", "both"),
    "auto",
    "address families; auto: those this VM has a route for",
  ),
  records: key(list(record, "records"), [], "own records"),
  upstream: key(upstreamField, "system", "who answers the rest; system: resolv.conf, or resolved's servers; watched"),
  upstreamTimeout: key(duration("100ms", "30s"), "2s", "how long one upstream may take"),
  upstreamCaFile: key(path(), "", "certificates that sign DNS-over-TLS servers; empty: the system's"),
  zones: key(list(zone, "zones"), [], "zones with upstreams of their own"),
  cache: key(cache, {}, "answers of upstream"),
  workers: key(workers, "auto", "answering threads"),
  io: key(choice("auto", "batch", "portable"), "auto", "how packets are read; batch: many a call, Linux only"),
});
