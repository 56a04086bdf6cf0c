import { inProcessCluster } from "./in_process_cluster.ts";
import { sourceSuite } from "./source_suite.ts";

sourceSuite("pollSource over the in-process server", "poll", inProcessCluster);
