import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MemoryCluster, PublishedNames } from "./memory_mesh.ts";
import { answerModeCases } from "./answer_mode_cases.ts";
import { testNames } from "./name_cases.ts";
import { HEADLESS, service, slice, WEB } from "./service_objects.ts";

const test = suite("which addresses a Service is answered with, and to whom");

testNames(test, answerModeCases);

test("slices that are not read so far leave the name pending; those that may not be read send it upstream", () => {
  const cluster = new MemoryCluster().apply(service("web", HEADLESS));
  cluster.tell("endpointslices", "pending");
  const names = new PublishedNames([cluster]);
  assert.equal([names.answer(WEB), names.entries.get(WEB)?.below], [[], "pending"]);
  cluster.tell("endpointslices", "unreadable");
  assert.equal([names.answer(WEB), names.entries.get(WEB)?.below], [[], "relay"]);
  cluster.tell("endpointslices", "known");
  assert.is(names.answer(WEB), null);
});

test("what auto measured is followed once the slices are read; until then the ClusterIP stands", () => {
  const cluster = new MemoryCluster().apply(service("web", {}), slice(["172.0.0.1"], { ports: null }));
  cluster.tell("endpointslices", "pending");
  const names = new PublishedNames([cluster], { answers: "auto" });
  assert.equal(names.answer(WEB), ["10.0.0.1"]);
  names.builder.setMeasured(0, "endpoints");
  assert.equal(names.answer(WEB), ["10.0.0.1"]);
  cluster.tell("endpointslices", "known");
  assert.equal(names.answer(WEB), ["172.0.0.1"]);
  names.builder.setMeasured(0, "cluster-ip");
  assert.equal(names.answer(WEB), ["10.0.0.1"]);
});

test.run();
