import { suite } from "uvu";
import * as assert from "uvu/assert";
import { watchLinks } from "../../dns/link_watch.ts";
import { DnsService } from "../../dns/mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { encode, FakeNetwork, SILENT } from "./fake_network.ts";
import { serviceOptions } from "./service_options.ts";

const test = suite("link watch");

const lo = { address: "127.0.0.1", cidr: "127.0.0.1/8" };
const eth = { address: "192.0.2.2", cidr: "192.0.2.2/24" };
const vpn = { address: "10.8.0.2", cidr: "10.8.0.2/24" };

test("tells once of each change, and not of another order", async () => {
  const clock = new FakeClock();
  let links = [lo, eth];
  let changes = 0;
  const stop = new AbortController();
  const watching = watchLinks(() => links, clock, () => changes++, stop.signal);
  await clock.advance(4_000);
  links = [eth, lo];
  await clock.advance(4_000);
  assert.is(changes, 0);
  links = [lo, eth, vpn];
  await clock.advance(4_000);
  assert.is(changes, 1);
  links = [lo];
  await clock.advance(4_000);
  assert.is(changes, 2);
  stop.abort();
  await watching;
});

test("after a change every upstream server is as good as new", async () => {
  const network = new FakeNetwork();
  network.servers.set("10.0.0.2:53", SILENT);
  let links = [lo, eth];
  const how = serviceOptions({ upstream: ["10.0.0.2"], network, interfaces: () => links });
  const service = new DnsService(how);
  await service.start();
  const healthy = () => service.status().upstreams.map((upstream) => upstream.healthy);
  const asking = service.query(encode({ type: "query", id: 1, questions: [{ name: "www.example", type: "A" }] }));
  await how.clock.advance(3_500);
  await asking;
  assert.equal(healthy(), [false]);
  links = [lo, vpn];
  await how.clock.advance(2_000);
  assert.equal(healthy(), [true]);
  assert.ok(how.logged.some((line) => line.includes("addresses changed")));
  await service.stop();
});

test.run();
