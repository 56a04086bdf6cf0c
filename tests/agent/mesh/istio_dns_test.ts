import { suite } from "uvu";
import { testPackets } from "./answered_mesh.ts";
import { istioDns } from "./istio_dns_cases.ts";

const test = suite("Istio's hosts, in packets");

await testPackets(test, istioDns);

test.run();
