/** Why ours differs from the peers as a forwarder. The first that fits a difference explains it. */
import type { Difference, Explanation } from "./comparison.ts";

const asks = (...names: string[]) => ({ question }: Difference) => names.includes(question.name);
const localhost = asks("localhost", "x.localhost");

export const FORWARDED_EXPLANATIONS: readonly Explanation[] = [
  {
    peers: ["coredns", "dnsmasq"],
    fields: ["rcode", "aa", "answers", "soa"],
    when: localhost,
    right: "ours",
    why: "localhost and what is below it is loopback, and never asked upstream (RFC 6761, 6.3)",
  },
  {
    peers: ["coredns", "dnsmasq", "unbound"],
    fields: ["aa", "soa"],
    when: asks("x.invalid"),
    right: "ours",
    why:
      "invalid names do not exist, and are never asked upstream (RFC 6761, 6.4); unbound's zone is the domain itself",
  },
  {
    peers: ["coredns", "dnsmasq", "unbound"],
    fields: ["rcode", "aa", "answers", "soa"],
    when: asks("version.bind", "id.server"),
    right: "either",
    why: "names of class CH say what the operator wants them to; ours answers both, with authority",
  },
  {
    peers: ["unbound"],
    fields: ["rcode", "soa"],
    when: asks("other.name"),
    right: "either",
    why: "class CH beyond the known names is relayed, as everything that is not a plain question of class IN",
  },
  {
    peers: ["coredns", "dnsmasq", "unbound"],
    fields: ["soa"],
    when: asks(".", "1.0.0.127.in-addr.arpa"),
    right: "ours",
    why: "the upstream server sent a SOA of a zone that the name does not lie in: not passed on (RFC 2308, 3)",
  },
  {
    peers: ["unbound"],
    fields: ["rcode", "aa", "answers"],
    when: asks("1.0.0.127.in-addr.arpa"),
    right: "either",
    why:
      "unbound serves the reverse zones of RFC 6303 itself; ours asks upstream: a VM's own reverse zones must go on working",
  },
  {
    peers: ["coredns"],
    fields: ["aa"],
    right: "ours",
    why: "CoreDNS sets AA on cached answers of others, for the sake of old resolvers; it is not authoritative for them",
  },
  {
    peers: ["coredns", "unbound"],
    fields: ["ra"],
    when: ({ ours }) => ours === "yes",
    right: "either",
    why: "recursion is offered: ours says so in errors too (RFC 1035, 4.1.1 does not care)",
  },
  {
    peers: ["coredns", "dnsmasq", "unbound"],
    fields: ["answers"],
    when: asks("crowd.origin.example", "long.origin.example"),
    right: "ours",
    why: "a truncated answer holds as many records as fit: clients that cannot do TCP have something to go on with",
  },
  {
    peers: ["coredns", "dnsmasq"],
    fields: ["tc"],
    when: asks("crowd.origin.example"),
    right: "ours",
    why:
      "upstream was asked over UDP and truncated for lack of EDNS on their side; ours asked with 1232 bytes, and has all",
  },
  {
    peers: ["dnsmasq"],
    fields: ["aa"],
    when: ({ ours }) => ours === "no",
    right: "ours",
    why: "dnsmasq sets AA on some aliases out of its cache; it is not authoritative for them",
  },
  {
    peers: ["dnsmasq"],
    fields: ["rcode"],
    when: asks("dangling.origin.example"),
    right: "ours",
    why: "the code is that of the chain's last name, out of the cache too (RFC 6604, 3)",
  },
  {
    peers: ["dnsmasq"],
    fields: ["rcode", "answers"],
    when: ({ question }) => question.edns?.version === 1,
    right: "ours",
    why: "an EDNS version that is not known gets BADVERS (RFC 6891, 6.1.3)",
  },
  {
    peers: ["dnsmasq"],
    fields: ["rcode"],
    when: ({ theirs, question }) => theirs === "no answer" && question.packet !== undefined,
    right: "ours",
    why:
      "what cannot be served is answered with an error (RFC 1035, 4.1.1), not with silence until the client gives up",
  },
  {
    peers: ["dnsmasq"],
    fields: ["rcode"],
    when: asks("a name that points to itself"),
    right: "ours",
    why: "a question that cannot be read is a format error, not a refusal",
  },
  {
    peers: ["unbound"],
    fields: ["rcode"],
    when: asks("refused.origin.example"),
    right: "either",
    why: "what the only server says is passed on; unbound makes SERVFAIL of it. Stub resolvers go on with both",
  },
  {
    peers: ["coredns"],
    fields: ["rcode", "answers", "question"],
    when: asks("a count too high"),
    right: "ours",
    why: "a record that is announced and not there is a format error",
  },
  {
    peers: ["unbound"],
    fields: ["question"],
    when: ({ question }) => question.packet !== undefined,
    right: "either",
    why: "whether an error carries the question that could not be served is left open",
  },
  {
    peers: ["unbound"],
    fields: ["rcode", "answers"],
    when: asks("TC set"),
    right: "either",
    why: "TC in a question means nothing and is ignored, as by CoreDNS and dnsmasq",
  },
  {
    peers: ["unbound"],
    fields: ["rcode", "answers"],
    when: asks("without RD"),
    right: "either",
    why: "unbound gives its cache only to those who ask for recursion; ours answers everyone whom `dns.allow` lets in",
  },
];
