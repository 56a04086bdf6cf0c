import { suite } from "uvu";
import { inProcessCluster } from "./in_process_cluster.ts";
import { addSourceTests, type SuiteContext } from "./source_suite.ts";

const test = suite<SuiteContext>("watchSource over the in-process server");
addSourceTests(test, "watch", inProcessCluster);
test.run();
