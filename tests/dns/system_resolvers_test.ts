import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readSystemResolvers, type SystemResolvers, watchSystemResolvers } from "../../dns/system_resolvers.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("system resolvers");

function system(files: Record<string, string>, own: string[] = []) {
  return {
    files: ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"],
    readText: (path: string) => files[path],
    isOwn: (address: string, port: number) => own.includes(`${address}:${port}`),
  };
}

test("takes resolv.conf's servers", () => {
  const found = readSystemResolvers(system({
    "/etc/resolv.conf": "nameserver 10.0.0.2\nsearch corp.example\n",
    "/run/systemd/resolve/resolv.conf": "nameserver 10.9.9.9\n",
  }));
  assert.equal(found.servers.map((s) => s.label), ["10.0.0.2:53"]);
  assert.equal([found.search, found.source], [["corp.example"], "/etc/resolv.conf"]);
});

test("where resolv.conf names resolved's stub, takes resolved's own list, and the search list from resolv.conf", () => {
  for (const stub of ["127.0.0.53", "127.0.0.54"]) {
    const found = readSystemResolvers(system({
      "/etc/resolv.conf": `nameserver ${stub}\nsearch corp.example\n`,
      "/run/systemd/resolve/resolv.conf": "nameserver 10.9.9.9\nsearch other.example\n",
    }));
    assert.equal(found.servers.map((s) => s.label), ["10.9.9.9:53"]);
    assert.equal([found.search, found.source], [["corp.example"], "/run/systemd/resolve/resolv.conf"]);
  }
});

test("never takes an address where we answer ourselves, but another server on the same host", () => {
  const files = { "/etc/resolv.conf": "nameserver 127.15.0.53\nnameserver 127.0.0.1\n" };
  const found = readSystemResolvers(system(files, ["127.15.0.53:53", "127.0.0.1:15053"]));
  assert.equal(found.servers.map((s) => s.label), ["127.0.0.1:53"]);
});

test("without any file there are no servers and nothing is thrown", () => {
  assert.equal(readSystemResolvers(system({})), { servers: [], search: [], source: "", problems: [] });
});

test("names the file of a bad line", () => {
  const found = readSystemResolvers(system({ "/etc/resolv.conf": "nameserver x\n" }));
  assert.match(found.problems[0]!, "/etc/resolv.conf line 1");
});

test("follows the file, and tells only what changed", async () => {
  const clock = new FakeClock();
  const files: Record<string, string> = { "/etc/resolv.conf": "nameserver 10.0.0.2\n" };
  const seen: string[][] = [];
  const stop = new AbortController();
  const options = {
    ...system(files),
    clock,
    log: () => {},
    onChange: (found: SystemResolvers) => void seen.push(found.servers.map((s) => s.label)),
  };
  const watching = watchSystemResolvers(options, readSystemResolvers(options), stop.signal);
  await clock.advance(10_000);
  assert.equal(seen, []);
  files["/etc/resolv.conf"] = "# again\nnameserver 10.0.0.2\n";
  await clock.advance(2_000);
  assert.equal(seen, [], "a comment changes nothing");
  files["/etc/resolv.conf"] = "nameserver 10.0.0.3\n";
  await clock.advance(2_000);
  delete files["/etc/resolv.conf"];
  await clock.advance(2_000);
  assert.equal(seen, [["10.0.0.3:53"], []]);
  stop.abort();
  await watching;
  assert.is(clock.sleeping, 0);
});

test.run();
