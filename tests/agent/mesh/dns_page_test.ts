import { suite } from "uvu";
import * as assert from "uvu/assert";
import { testPackets } from "./answered_mesh.ts";
import { dnsPageExamples } from "./dns_page_examples.ts";

const test = suite("docs/dns.md");

for (const example of dnsPageExamples) await testPackets(test, example);

test("has examples", () => assert.ok(dnsPageExamples.length >= 8, `${dnsPageExamples.length} examples`));

test.run();
