import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CannotListen, listen, parseListenAddress } from "../../dns/listeners.ts";
import { portHolder } from "../../dns/port_holder.ts";
import { QUIET_ADDRESS } from "./service_options.ts";

const test = suite("listeners");

for (const hostname of ["127.0.0.1", "::1"]) {
  test(`binds UDP and TCP to the same free port of ${hostname}`, () => {
    const { datagrams, streams } = listen({ address: hostname, port: 0 });
    const [udp, tcp] = [datagrams.addr as Deno.NetAddr, streams.addr as Deno.NetAddr];
    assert.ok(udp.port > 0);
    assert.equal([udp.hostname, udp.port], [tcp.hostname, tcp.port]);
    datagrams.close();
    streams.close();
  });
}

test("a port in use is named with its holder", () => {
  const listener = Deno.listen({ hostname: QUIET_ADDRESS, port: 0 });
  const { port } = listener.addr;
  const holder = Deno.build.os === "linux" ? `(pid ${Deno.pid})` : "another program";
  assert.throws(
    () => listen({ address: QUIET_ADDRESS, port }),
    (e: Error) =>
      e instanceof CannotListen && e.message.includes(`TCP ${QUIET_ADDRESS}:${port} is in use by `) &&
      e.message.includes(holder),
  );
  // What was bound before the failure is free again.
  Deno.listenDatagram({ transport: "udp", hostname: QUIET_ADDRESS, port }).close();
  listener.close();
});

test("an address of another machine is named", () => {
  assert.throws(
    () => listen({ address: "192.0.2.77", port: 0 }),
    (e: Error) => e instanceof CannotListen && /^UDP 192\.0\.2\.77:0 cannot be listened at: /.test(e.message),
  );
});

test("a wildcard address holds the port of every address, in either family", () => {
  if (Deno.build.os !== "linux") return;
  for (const hostname of ["0.0.0.0", "::", "::1"]) {
    const listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr;
    assert.match(portHolder("tcp", port, hostname) ?? "", `(pid ${Deno.pid})`);
    const other = portHolder("tcp", port, QUIET_ADDRESS) ?? "";
    assert.is(other.includes(`(pid ${Deno.pid})`), hostname !== "::1");
    listener.close();
  }
});

test("a port that nobody holds has no holder", () => {
  const { datagrams, streams } = listen({ address: QUIET_ADDRESS, port: 0 });
  const { port } = datagrams.addr as Deno.NetAddr;
  if (Deno.build.os === "linux") {
    assert.match(portHolder("udp", port, QUIET_ADDRESS) ?? "", `(pid ${Deno.pid})`);
    assert.match(portHolder("tcp", port, QUIET_ADDRESS) ?? "", `(pid ${Deno.pid})`);
  }
  datagrams.close();
  streams.close();
  assert.is(portHolder("udp", port, QUIET_ADDRESS), undefined);
});

const ADDRESSES: [string, { address: string; port: number } | undefined][] = [
  ["127.0.0.1:15053", { address: "127.0.0.1", port: 15053 }],
  ["[::1]:53", { address: "::1", port: 53 }],
  ["[0:0::1]:0", { address: "::1", port: 0 }],
  ["0.0.0.0:53", { address: "0.0.0.0", port: 53 }],
  ["127.0.0.1", undefined],
  ["::1", undefined],
  ["localhost:53", undefined],
  ["127.0.0.1:70000", undefined],
  ["127.0.0.1:", undefined],
];
for (const [text, wanted] of ADDRESSES) {
  test(`${wanted ? "reads" : "refuses"} ${text}`, () => {
    if (wanted) assert.equal(parseListenAddress(text), wanted);
    else assert.throws(() => parseListenAddress(text), (e: Error) => e.message.includes(JSON.stringify(text)));
  });
}

test.run();
