import * as assert from "uvu/assert";
import { cryptoRandom, DnsService } from "../../dns/mod.ts";
import { systemClock } from "../../registry/mod.ts";
import { serviceOptions } from "../dns/service_options.ts";
import { endToEnd } from "../end_to_end.ts";
import { compare, type Difference, explain } from "./comparison.ts";
import { FORWARDED_EXPLANATIONS } from "./forwarded_explanations.ts";
import { FORWARDED, MANNERS } from "./forwarded_questions.ts";
import { startOrigin } from "./origin.ts";
import { startCoreDns, startDnsmasq, startUnbound, whyNoPeers } from "./peer.ts";

const test = await endToEnd("beside CoreDNS, dnsmasq and unbound", whyNoPeers);

test("names outside and questions that are none: no difference without a reason", async () => {
  const folder = await Deno.makeTempDir();
  const origin = startOrigin();
  const service = new DnsService({
    ...serviceOptions({ upstream: [`127.0.0.1:${origin.port}`], random: cryptoRandom }),
    clock: systemClock,
  });
  await service.start();
  const ours = Number(service.status().listening[0]!.split(":").at(-1));
  const peers = await Promise.all([
    startCoreDns(folder, origin.port),
    startDnsmasq(origin.port),
    startUnbound(folder, origin.port),
  ]);
  const differences: Difference[] = [];
  try {
    for (const peer of peers) differences.push(...await compare(ours, peer, [...FORWARDED, ...MANNERS]));
  } finally {
    await Promise.all([...peers.map((peer) => peer.stop()), service.stop()]);
    origin.close();
    await Deno.remove(folder, { recursive: true });
  }
  const { unexplained, unused } = explain(differences, FORWARDED_EXPLANATIONS, console.log);
  assert.equal(unexplained, [], "differences without a reason");
  assert.equal(unused, [], "reasons without a difference");
});

test.run();
