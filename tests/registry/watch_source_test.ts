import { inProcessCluster } from "./in_process_cluster.ts";
import { sourceSuite } from "./source_suite.ts";

sourceSuite("watchSource over the in-process server", "watch", inProcessCluster);
