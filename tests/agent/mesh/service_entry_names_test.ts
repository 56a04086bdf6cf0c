import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MemoryCluster, PublishedNames } from "./memory_mesh.ts";
import { testNames } from "./name_cases.ts";
import { entry, HOST, SELECTING, serviceEntryCases } from "./service_entry_cases.ts";

const test = suite("names of ServiceEntries");

testNames(test, serviceEntryCases);

test("types that the mesh has nothing of: upstream outside the clusters' domains, NODATA inside", () => {
  const hosts = [HOST, "db.default.svc.cluster.local"];
  const names = new PublishedNames([new MemoryCluster().apply(entry({ hosts, addresses: ["192.0.2.1"] }))]);
  assert.equal(hosts.map((host) => names.entries.get(host)?.others), ["upstream", "nodata"]);
});

test("WorkloadEntries that are not read so far leave the host pending; that may not be read, to upstream", () => {
  const cluster = new MemoryCluster().apply(entry(SELECTING));
  cluster.tell("workloadentries", "pending");
  const names = new PublishedNames([cluster]);
  names.settle();
  assert.is(names.entries.get(HOST)?.below, "pending");
  cluster.tell("workloadentries", "unreadable");
  assert.is(names.answer(HOST), null);
});

test.run();
