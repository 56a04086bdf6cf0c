import { suite } from "uvu";
import { testPackets } from "./answered_mesh.ts";
import { kubernetesDns } from "./kubernetes_dns_cases.ts";

const test = suite("Kubernetes DNS, in packets");

await testPackets(test, kubernetesDns);

test.run();
