import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AnswerView } from "../../dns/answer_view.ts";
import { MOST_QUESTIONS, MOST_WAITING, Resolver } from "../../dns/resolver.ts";
import { parseServerAddress } from "../../dns/server_address.ts";
import { createCache, DEFAULT_CACHE } from "../../dns/shared_cache.ts";
import { createTable } from "../../dns/table_memory.ts";
import { UpstreamRoutes } from "../../dns/upstream_routes.ts";
import { FakeClock, settle } from "../fake_clock.ts";
import { a, encode, FakeNetwork, packedQuestion, replyTo, type Server, SILENT } from "./fake_network.ts";

const test = suite("resolver");

function setUp(server: Server) {
  const clock = new FakeClock();
  const logged: string[] = [];
  const log = (_level: string, message: string) => void logged.push(message);
  const network = new FakeNetwork();
  const address = parseServerAddress("10.0.0.2");
  network.servers.set(address.label, server);
  const observer = { asked: () => {}, replied: () => {}, failed: () => {}, ignored: () => {} };
  const timeout = () => 2_000;
  const setting = { clock, random: Math.random, log, network, observer, loopMark: new Uint8Array(8), timeout };
  const routes = new UpstreamRoutes(setting);
  routes.set([address], []);
  const view = new AnswerView(createTable({ bytes: 2 ** 21 }), createCache(DEFAULT_CACHE), 0);
  const stop = new AbortController();
  const resolver = new Resolver({ view, routes, clock, log, timeout, signal: stop.signal });
  return { clock, network, resolver, stop, logged };
}

test("equal questions are asked once, and all who wait are told at the same time", async () => {
  const { network, resolver } = setUp((query) => replyTo(query, [a("www.example", "192.0.2.1")]));
  const told: number[] = [];
  for (let i = 0; i < 5; i++) resolver.ask(packedQuestion("www.example"), -1, false, () => told.push(i));
  assert.equal(resolver.load, { questions: 1, waiting: 5 });
  await settle();
  assert.equal(told, [0, 1, 2, 3, 4]);
  assert.is(network.asked.length, 1);
  assert.equal(resolver.load, { questions: 0, waiting: 0 });
});

test("there is a limit to the questions under way, and to those who wait", async () => {
  const { resolver, stop } = setUp(SILENT);
  let told = 0;
  const ask = (name: string) => resolver.ask(packedQuestion(name), -1, false, () => told++);
  for (let i = 0; i < MOST_QUESTIONS; i++) assert.ok(ask(`n${i}.example`));
  assert.not(ask("one-more.example"));
  for (let i = MOST_QUESTIONS; i < MOST_WAITING; i++) assert.ok(ask("n0.example"));
  assert.not(ask("n0.example"));
  assert.equal(resolver.load, { questions: MOST_QUESTIONS, waiting: MOST_WAITING });
  stop.abort(new Error("stopped"));
  await settle();
  assert.is(told, MOST_WAITING, "a stop tells them all");
  assert.equal(resolver.load, { questions: 0, waiting: 0 });
});

test("a reply that is broken behind the question is a failure, whoever sends it", async () => {
  const { resolver } = setUp((query) => {
    const bytes = encode(replyTo(query, [a("www.example", "192.0.2.1")]));
    return bytes.subarray(0, bytes.length - 3);
  });
  let told = 0;
  resolver.ask(packedQuestion("www.example"), -1, false, () => told++);
  await settle();
  assert.is(told, 1);
});

test("who is told may ask again at once", async () => {
  const { network, resolver } = setUp((query) => replyTo(query, [a(query.questions![0]!.name, "192.0.2.1")]));
  const told: string[] = [];
  resolver.ask(packedQuestion("a.example"), -1, false, () => {
    told.push("a");
    resolver.ask(packedQuestion("b.example"), -1, false, () => told.push("b"));
  });
  await settle();
  assert.equal(told, ["a", "b"]);
  assert.is(network.asked.length, 2);
});

test.run();
