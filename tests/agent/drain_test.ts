import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DemoApplication, demoConfig, OtherClient } from "../../agent/demo/mod.ts";
import { bookinfo, DEMO_NAMESPACE } from "../../agent/demo/bookinfo.ts";
import { eventually } from "../../agent/demo/eventually.ts";
import { Logger } from "../../agent/log.ts";
import { runAgent } from "../../agent/mod.ts";
import { KubeClient, loadAccess, systemClock } from "../../registry/mod.ts";
import { ApiServer } from "../../registry/server/mod.ts";

const test = suite("POST /api/drain");

test("takes the workload out of the mesh, whatever onStop says, and ends the agent", async () => {
  await using server = new ApiServer();
  const { url } = server.listen();
  const application = new DemoApplication();
  const state = await Deno.makeTempDir();
  const access = await loadAccess({ server: url, parseYaml: JSON.parse });
  const client = new KubeClient(access, { clock: systemClock, random: Math.random, log() {}, userAgent: "test" });
  try {
    const others = new OtherClient(client);
    for (const object of bookinfo(application.start())) {
      if (object.metadata.namespace === DEMO_NAMESPACE || object.metadata.name === DEMO_NAMESPACE) {
        await others.apply(object);
      }
    }
    const config = demoConfig({ server: url, state, upstream: "127.0.0.1:9" });
    const ended = runAgent({
      config: { ...config, workloads: config.workloads.map((workload) => ({ ...workload, onStop: "keep" as const })) },
      configFile: "",
      logger: new Logger({ level: "error", format: "text", clock: systemClock, write: () => {} }),
      signal: new AbortController().signal,
      onReload: () => () => {},
    });
    const entries = () => others.list("WorkloadEntry", DEMO_NAMESPACE);
    await eventually("the workload is registered", async () => (await entries()).length === 1);
    using socket = Deno.createHttpClient({ proxy: { transport: "unix", path: config.admin.socket } });
    const response = await fetch("http://localhost/api/drain", { method: "POST", client: socket });
    assert.equal(await response.json(), { draining: true });
    await ended;
    assert.equal(await entries(), []);
  } finally {
    client.close();
    await application.stop();
    await Deno.remove(state, { recursive: true });
  }
});

test.run();
