import { Buffer } from "node:buffer";
import * as dnsPacket from "dns-packet";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { frame, FrameReader, writeAll } from "../../dns/framed_stream.ts";
import { CannotListen, DnsService } from "../../dns/mod.ts";
import { settle } from "../fake_clock.ts";
import { a, encode, RCODE, replyTo } from "./fake_network.ts";
import { QUIET_ADDRESS, serviceOptions } from "./service_options.ts";

const test = suite("the DNS service on real sockets");

/** An upstream server on loopback, over UDP, that knows one address and counts. */
function upstreamServer(address: string) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  (async () => {
    for await (const [bytes, from] of socket) {
      const query = dnsPacket.decode(Buffer.from(bytes));
      const name = query.questions![0]!.name;
      asked.push(name);
      if (name === "silent.example") continue;
      await socket.send(encode(replyTo(query, [a(name, address)])), from);
    }
  })();
  return { asked, label: `127.0.0.1:${(socket.addr as Deno.NetAddr).port}`, close: () => socket.close() };
}

const question = (name: string, id = 1) =>
  encode({ type: "query", id, flags: dnsPacket.RECURSION_DESIRED, questions: [{ type: "A", name }] });

const portOf = (service: DnsService, i = 0) => Number(service.status().listening[i]!.split(":").at(-1));

async function askUdp(port: number, name: string, hostname = "127.0.0.1"): Promise<dnsPacket.DecodedPacket> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  await socket.send(question(name), { transport: "udp", hostname, port });
  const [bytes] = await socket.receive();
  socket.close();
  return dnsPacket.decode(Buffer.from(bytes));
}

const rcodeOf = (packet: dnsPacket.DecodedPacket) => packet.flags! & 15;
const addresses = (packet: dnsPacket.Packet) => packet.answers!.map((answer) => answer.type === "A" && answer.data);
const mesh = {
  name: "web.default.svc.cluster.local",
  ttl: 30,
  records: [{ type: "A", address: "10.96.0.7" }],
} as const;

test("answers from the mesh and from upstream, over UDP and TCP, at several addresses", async () => {
  const upstream = upstreamServer("192.0.2.1");
  const service = new DnsService(serviceOptions({ upstream: [upstream.label], listen: ["127.0.0.1:0", "[::1]:0"] }));
  await service.start();
  service.publish({ put: [{ ...mesh, others: "nodata" }], remove: [] });
  assert.equal(addresses(await askUdp(portOf(service), mesh.name)), ["10.96.0.7"]);
  assert.equal(addresses(await askUdp(portOf(service), "www.example")), ["192.0.2.1"]);
  assert.equal(addresses(await askUdp(portOf(service, 1), "www.example", "::1")), ["192.0.2.1"]);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: portOf(service) });
  const reader = new FrameReader(connection, () => 0);
  await writeAll(connection, Uint8Array.of(...frame(question("tcp.example", 8)), ...frame(question(mesh.name, 9))));
  const answers = [await reader.next(), await reader.next()].map((bytes) => dnsPacket.decode(Buffer.from(bytes!)));
  assert.equal(answers.map(({ id }) => id), [9, 8], "memory is faster than upstream");
  assert.equal(addresses(answers[1]!), ["192.0.2.1"]);
  assert.equal(upstream.asked, ["www.example", "tcp.example"]);
  connection.close();
  await service.stop();
  upstream.close();
});

test("servers and zones can change while it runs; a bad server changes nothing", async () => {
  const [first, second] = [upstreamServer("192.0.2.1"), upstreamServer("192.0.2.2")];
  const service = new DnsService(serviceOptions({ upstream: [first.label] }));
  await service.start();
  const port = portOf(service);
  assert.equal(addresses(await askUdp(port, "a.example")), ["192.0.2.1"]);
  assert.throws(() => service.setUpstreams({ upstream: ["dns.example"] }), /dns\.example/);
  assert.throws(() => service.setUpstreams({ zones: [{ zone: "corp", upstream: ["nowhere"] }] }), /nowhere/);
  assert.equal(addresses(await askUdp(port, "b.example")), ["192.0.2.1"]);
  service.setUpstreams({ zones: [{ zone: "corp", upstream: [second.label] }] });
  assert.equal(addresses(await askUdp(port, "git.corp")), ["192.0.2.2"]);
  assert.equal(addresses(await askUdp(port, "c.example")), ["192.0.2.1"]);
  service.setUpstreams({ upstream: [second.label], zones: [] });
  assert.equal(addresses(await askUdp(port, "d.example")), ["192.0.2.2"]);
  assert.equal(service.status().upstreams.map(({ server, zones }) => [server, zones]), [[second.label, [""]]]);
  await service.stop();
  first.close();
  second.close();
});

test("who signs servers over TLS can change while it runs", async () => {
  const pki = (name: string) => new URL(`./pki/${name}`, import.meta.url).pathname;
  const [cert, key] = ["named.pem", "named.key"].map((name) => Deno.readTextFileSync(pki(name)));
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: cert!, key: key! });
  const serving = (async () => {
    for await (const connection of listener) {
      const reader = new FrameReader(connection, () => 0);
      const bytes = await reader.next().catch(() => undefined); // a client that does not trust us leaves
      if (bytes) {
        const query = dnsPacket.decode(Buffer.from(bytes));
        await writeAll(connection, frame(encode(replyTo(query, [a("www.example", "192.0.2.1")]))));
        await reader.next().catch(() => undefined); // until the client closes
      }
      connection.close();
    }
  })();
  const upstream = [`tls://dns.example@127.0.0.1:${listener.addr.port}`];
  const service = new DnsService(serviceOptions({ upstream, upstreamCaFile: pki("other.pem") }));
  await service.start();
  assert.is(rcodeOf(await askUdp(portOf(service), "www.example")), RCODE.SERVFAIL);
  service.setUpstreams({ upstreamCaFile: pki("ca.pem") });
  service.flushCache();
  assert.equal(addresses(await askUdp(portOf(service), "www.example")), ["192.0.2.1"]);
  await service.stop();
  listener.close();
  await serving.catch(() => {}); // closed
});

test("a flushed cache asks again", async () => {
  const upstream = upstreamServer("192.0.2.1");
  const service = new DnsService(serviceOptions({ upstream: [upstream.label] }));
  await service.start();
  for (let i = 0; i < 3; i++) await askUdp(portOf(service), "a.example");
  assert.is(upstream.asked.length, 1);
  assert.equal([...service.cacheListing()].map(({ name, kind }) => [name, kind]), [["a.example", "positive"]]);
  service.flushCache();
  await askUdp(portOf(service), "a.example");
  assert.is(upstream.asked.length, 2);
  await service.stop();
  upstream.close();
});

test("a port in use is named with its holder, and nothing stays bound", async () => {
  const taken = Deno.listen({ hostname: QUIET_ADDRESS, port: 0 });
  const free = Deno.listenDatagram({ transport: "udp", hostname: QUIET_ADDRESS, port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  const listen = [port, taken.addr.port].map((port) => `${QUIET_ADDRESS}:${port}`);
  await new DnsService(serviceOptions({ listen })).start().then(() => assert.unreachable(), (error) => {
    assert.instance(error, CannotListen);
    assert.match(error.message, `${listen[1]} is in use by`);
  });
  taken.close();
  const again = new DnsService(serviceOptions({ listen: listen.slice(0, 1) }));
  await again.start();
  await again.stop();
});

test("a stop gives the answers under way, SERVFAIL to those who would wait in vain, and frees the port", async () => {
  const upstream = upstreamServer("192.0.2.1");
  const how = serviceOptions({ upstream: [upstream.label], listen: [`${QUIET_ADDRESS}:0`] });
  const service = new DnsService(how);
  await service.start();
  const port = portOf(service);
  const silent = askUdp(port, "silent.example", QUIET_ADDRESS);
  while (!upstream.asked.includes("silent.example")) await settle();
  const stopping = service.stop();
  assert.equal(addresses(await askUdp(port, "www.example", QUIET_ADDRESS)), ["192.0.2.1"], "still answering");
  await how.clock.advance(800);
  assert.is(rcodeOf(await silent), RCODE.SERVFAIL);
  await stopping;
  const next = new DnsService(serviceOptions({ listen: [`${QUIET_ADDRESS}:${port}`] }));
  await next.start();
  await next.stop();
  upstream.close();
});

test("what it is asked to ask itself is left out and named", async () => {
  const how = serviceOptions({ listen: ["127.0.0.1:0"], isOwn: (address) => address === "127.0.0.53" });
  const service = new DnsService(how);
  await service.start();
  service.setUpstreams({ upstream: [`127.0.0.1:${portOf(service)}`, "127.0.0.53"] });
  assert.equal(service.status().upstreams, []);
  assert.is(how.logged.filter((line) => line.includes("leads back to us")).length, 2);
  assert.is(rcodeOf(await askUdp(portOf(service), "www.example")), RCODE.SERVFAIL);
  await service.stop();
});

test("a question of ours that comes back through a forwarder is refused and named", async () => {
  const how = serviceOptions({});
  const service = new DnsService(how);
  await service.start();
  // Sends everything back where it comes from, as a forwarder does that has us as its server.
  const forwarder = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  let rounds = 0;
  (async () => {
    for await (const [bytes, from] of forwarder) {
      rounds++;
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      await socket.send(bytes, { transport: "udp", hostname: "127.0.0.1", port: portOf(service) });
      socket.receive().then(([reply]) => forwarder.send(reply, from)).finally(() => socket.close());
    }
  })();
  service.setUpstreams({ upstream: [`127.0.0.1:${(forwarder.addr as Deno.NetAddr).port}`] });
  assert.is(rcodeOf(await askUdp(portOf(service), "www.example")), RCODE.REFUSED);
  assert.is(rounds, 1);
  assert.is(how.logged.filter((line) => line.includes("our own questions came back")).length, 1);
  forwarder.close();
  await service.stop();
});

test("tells how an answer came about, and logs as it is told to", async () => {
  const upstream = upstreamServer("192.0.2.1");
  const how = serviceOptions({ upstream: [upstream.label] });
  const service = new DnsService(how);
  await service.start();
  const { outcome: first } = await service.explain(question("www.example"));
  assert.equal([first?.source, first?.asked, first?.rcode], ["upstream", [upstream.label], RCODE.NOERROR]);
  const { outcome: second } = await service.explain(question("www.example"));
  assert.equal([second?.source, second?.asked], ["cache", []]);
  assert.equal(how.logged.filter((line) => line.includes("query")), []);
  service.setQueryLog("errors");
  await service.query(question("www.example"));
  service.setQueryLog("all");
  await service.query(question("www.example"));
  assert.equal(how.logged.filter((line) => line === "info query").length, 1);
  await service.stop();
  upstream.close();
});

test("a constructor refuses what it cannot read and names it", () => {
  for (
    const change of [{ listen: ["x"] }, { allow: ["x"] }, { upstream: ["x"] }, {
      zones: [{ zone: "a", upstream: ["x"] }],
    }]
  ) {
    assert.throws(() => new DnsService(serviceOptions(change)), (e: Error) => e.message.includes('"x"'));
  }
});

test.run();
