import { suite } from "uvu";
import { KubeClient, loadAccess, systemClock } from "../../../registry/mod.ts";
import { ApiServer } from "../../../registry/server/mod.ts";
import { addServedTables, type ServedContext, TABLE_NAMESPACES } from "./served_tables.ts";

const test = suite<ServedContext>("the tables of names, from the API server in memory");

const server = new ApiServer();

test.before(async (context) => {
  const { url } = server.listen();
  for (const name of TABLE_NAMESPACES) server.admin.create({ kind: "Namespace", metadata: { name } });
  const options = { clock: systemClock, random: Math.random, log: () => {}, userAgent: "moorline-tests" };
  context.client = new KubeClient(await loadAccess({ parseYaml: JSON.parse, server: url }), options);
});

test.after(async ({ client }) => {
  client.close();
  await server.close();
});

addServedTables(test, 10);

test.run();
