import { endToEnd } from "../end_to_end.ts";
import { addSourceTests, type SuiteContext } from "../registry/source_suite.ts";
import { buildKube } from "./kube_apiserver.ts";
import { realCluster } from "./real_cluster.ts";

const whyNot = async () => await buildKube() || undefined;
const test = await endToEnd<SuiteContext>("watchSource over kube-apiserver", whyNot);
addSourceTests(test, "watch", realCluster);
test.run();
