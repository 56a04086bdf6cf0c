import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AllowList, parseAllowed } from "../../dns/allow_list.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("allow list");

const INTERFACES = [
  { address: "127.0.0.1", cidr: "127.0.0.1/8" },
  { address: "192.0.2.2", cidr: "192.0.2.2/24" },
  { address: "fd00::2", cidr: "fd00::2/64" },
];

const CASES: [string[], string, boolean][] = [
  [["loopback"], "127.0.0.1", true],
  [["loopback"], "127.255.1.2", true],
  [["loopback"], "::1", true],
  [["loopback"], "::ffff:127.0.0.1", true],
  [["loopback"], "192.0.2.2", true],
  [["loopback"], "fd00::2", true],
  [["loopback"], "192.0.2.3", false],
  [["loopback"], "fd00::3", false],
  [["link"], "192.0.2.3", true],
  [["link"], "fd00::3%eth0", true],
  [["link"], "198.51.100.1", false],
  [["10.0.0.0/8"], "10.1.2.3", true],
  [["10.0.0.0/8"], "127.0.0.1", false],
  [["loopback", "10.0.0.0/8"], "10.1.2.3", true],
  [[], "127.0.0.1", false],
];
for (const [entries, address, allowed] of CASES) {
  test(`[${entries}] ${allowed ? "lets" : "does not let"} ${address} ask`, () => {
    const list = new AllowList(entries, new FakeClock(), () => INTERFACES);
    for (const transport of ["udp", "tcp"] as const) {
      const asker = list.asker(address, transport);
      assert.equal([asker.allowed, asker.transport], [allowed, transport]);
      assert.is(list.asker(address, transport), asker, "remembered");
    }
  });
}

test("follows the machine's addresses", async () => {
  const clock = new FakeClock();
  const interfaces = [...INTERFACES];
  const list = new AllowList(["loopback"], clock, () => interfaces);
  assert.not(list.asker("198.51.100.7", "udp").allowed);
  interfaces.push({ address: "198.51.100.7", cidr: "198.51.100.7/24" });
  await clock.advance(5_000);
  assert.ok(list.asker("198.51.100.7", "udp").allowed);
});

test("addresses differ in their digest of 24 bits", () => {
  const list = new AllowList(["0.0.0.0/0"], new FakeClock(), () => []);
  const digests = new Set<number>();
  for (let i = 0; i < 2_000; i++) {
    const { digest } = list.asker(`10.0.${i >> 8}.${i & 255}`, "udp");
    assert.ok(digest >= 0 && digest < 2 ** 24);
    digests.add(digest);
  }
  assert.ok(digests.size > 1_990, `${digests.size} of 2000 differ`);
});

test("refuses an entry that is nothing of the kind", () => {
  for (const text of ["localhost", "10.0.0.0/40", ""]) {
    assert.throws(() => parseAllowed(text), (e: Error) => e.message.includes(JSON.stringify(text)));
  }
});

test.run();
