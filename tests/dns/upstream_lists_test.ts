import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UpstreamLists } from "../../dns/upstream_lists.ts";
import { UpstreamRoutes } from "../../dns/upstream_routes.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeNetwork, packedQuestion } from "./fake_network.ts";

const test = suite("upstream lists");

function setUp(upstream: "system" | string[], { own = [] as string[], zones = [] as [string, string][] } = {}) {
  const file = Deno.makeTempFileSync();
  const clock = new FakeClock();
  const observer = { asked: () => {}, replied: () => {}, failed: () => {}, ignored: () => {} };
  const setting = {
    log: () => {},
    clock,
    random: Math.random,
    network: new FakeNetwork(),
    observer,
    loopMark: new Uint8Array(8),
    timeout: () => 1,
  };
  const routes = new UpstreamRoutes(setting);
  const logged: string[] = [];
  const searches: (readonly string[])[] = [];
  const lists = new UpstreamLists({
    upstream,
    zones: zones.map(([zone, server]) => ({ zone, upstream: [server] })),
    systemFiles: [file],
    isOwn: (address, port) => own.includes(`${address}:${port}`),
    routes,
    clock,
    log: (level, message) => void logged.push(`${level} ${message}`),
    onSearch: (search) => searches.push(search),
  });
  const servers = () => routes.health.map(({ server }) => server);
  const write = (text: string) => Deno.writeTextFileSync(file, text);
  return { file, clock, routes, lists, logged, searches, servers, write };
}

test("the system's servers come and go with the file, and are never replaced by none", async () => {
  const { file, clock, lists, servers, searches, write } = setUp("system");
  write("nameserver 10.0.0.2\nsearch corp.example\n");
  lists.refresh();
  assert.equal([servers(), lists.source, searches], [["10.0.0.2:53"], file, [["corp.example"]]]);
  const stop = new AbortController();
  const watching = lists.run(stop.signal);
  write("");
  await clock.advance(2_000);
  assert.equal([servers(), searches.at(-1)], [["10.0.0.2:53"], []], "a file being rewritten");
  write("nameserver 10.0.0.3\n");
  await clock.advance(2_000);
  assert.equal(servers(), ["10.0.0.3:53"]);
  stop.abort();
  await watching;
  Deno.removeSync(file);
});

test("a configured list stays, but the search list is the system's all the same", () => {
  const { file, lists, servers, searches, write } = setUp(["1.1.1.1"]);
  write("nameserver 10.0.0.2\nsearch corp.example\n");
  lists.refresh();
  assert.equal([servers(), lists.source, searches], [["1.1.1.1:53"], "", [["corp.example"]]]);
  Deno.removeSync(file);
});

test("what leads back to us is left out of every list, and named", () => {
  const { file, lists, servers, logged } = setUp(["127.0.0.1:53", "1.1.1.1"], {
    own: ["127.0.0.1:53"],
    zones: [["corp", "127.0.0.1"]],
  });
  lists.refresh();
  assert.equal(servers(), ["1.1.1.1:53"]);
  assert.equal(logged, Array(2).fill("error an upstream server that leads back to us is left out"));
  Deno.removeSync(file);
});

test("a wrong server or zone is refused whole", () => {
  const { file, lists, servers } = setUp(["1.1.1.1"]);
  lists.refresh();
  assert.throws(() => lists.set(["8.8.8.8", "x"], []), /"x"/);
  assert.throws(() => lists.set(["8.8.8.8"], [{ zone: "a..b", upstream: ["8.8.8.8"] }]), /a\.\.b/);
  assert.throws(() => setUp(["1.1.1.1"], { zones: [["a..b", "8.8.8.8"]] }), /a\.\.b/);
  assert.equal(servers(), ["1.1.1.1:53"]);
  Deno.removeSync(file);
});

test("what is known of a server outlives a change of the lists, until the network changes", () => {
  const { file, lists, routes } = setUp(["1.1.1.1"]);
  lists.refresh();
  const known = routes.groupFor(packedQuestion("www.example"), -1).first;
  lists.set(["8.8.8.8", "1.1.1.1"], [{ zone: "corp", upstream: ["1.1.1.1"] }]);
  assert.equal(routes.health.map(({ server, zones }) => [server, zones]), [
    ["8.8.8.8:53", [""]],
    ["1.1.1.1:53", ["", "corp"]],
  ]);
  const question = packedQuestion("git.corp");
  assert.is(routes.groupFor(question, question.length - 6).first, known);
  Deno.removeSync(file);
});

test.run();
