import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MemoryCluster, PublishedNames } from "./memory_mesh.ts";
import { testNames } from "./name_cases.ts";
import { entry, HOST } from "./service_entry_cases.ts";
import { visibilityCases } from "./visibility_cases.ts";

const test = suite("which ServiceEntry hosts are served");

testNames(test, visibilityCases);

test("a denied name under a wildcard that is served is asked upstream", () => {
  const cluster = new MemoryCluster().apply(entry({ hosts: ["*.example.com"], addresses: ["192.0.2.1"] }));
  const hosts = { from: [], allow: [], deny: [HOST, "*.internal.example.com", "other.example.net"] };
  const names = new PublishedNames([cluster], { hosts });
  assert.equal(names.answer("*.example.com"), ["192.0.2.1"]);
  for (const name of [HOST, "*.internal.example.com"]) {
    assert.equal(names.entries.get(name), { name, ttl: 30, records: [], others: "upstream", below: "relay" });
  }
  assert.is(names.answer("other.example.net"), null);
});

test.run();
