import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MemoryCluster, PublishedNames } from "./memory_mesh.ts";
import { HEADLESS, service, slice, WEB } from "./service_objects.ts";

const test = suite("names from a snapshot");

test("names of unconfirmed objects are short-lived and marked; confirmed ones are neither", () => {
  const cluster = new MemoryCluster().apply(service("web", HEADLESS), slice(["172.0.0.1"]), service("api", {}));
  const api = "api.default.svc.cluster.local";
  cluster.unconfirm("services", "endpointslices");
  const names = new PublishedNames([cluster]);
  const said = (name: string) => [names.entries.get(name)?.ttl, names.entries.get(name)?.stale];
  assert.equal([said(WEB), said(api)], [[5, true], [5, true]]);
  cluster.unconfirm("endpointslices");
  names.settle();
  assert.equal([said(WEB), said(api)], [[5, true], [30, undefined]]);
  cluster.unconfirm();
  names.settle();
  assert.equal([said(WEB), said(api)], [[30, undefined], [30, undefined]]);
});

test("that a name does not exist is as short-lived and marked, as long as any cluster of the domain is unconfirmed", () => {
  const clusters = [new MemoryCluster("home"), new MemoryCluster("away"), new MemoryCluster("far", "far.example")];
  const [home, away] = clusters;
  home!.unconfirm("services");
  away!.unconfirm("serviceentries");
  const names = new PublishedNames(clusters);
  const said = () => {
    names.settle();
    return ["cluster.local", "far.example"].map((zone) => {
      const { ttl, stale = false, below } = names.entries.get(zone)!;
      return `${ttl} ${stale} ${below}`;
    });
  };
  assert.equal(said(), ["5 true authoritative", "30 false authoritative"]);
  home!.unconfirm();
  assert.equal(said(), ["5 true authoritative", "30 false authoritative"]);
  away!.unconfirm();
  assert.equal(said(), ["30 false authoritative", "30 false authoritative"]);
});

test("a shorter configured TTL stays", () => {
  const cluster = new MemoryCluster().apply(service("web", {}));
  cluster.unconfirm("services");
  const names = new PublishedNames([cluster], { ttl: 2 });
  names.settle();
  assert.is(names.entries.get(WEB)?.ttl, 2);
});

test.run();
