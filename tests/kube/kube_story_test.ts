import { endToEnd } from "../end_to_end.ts";
import { assertStory } from "../story_stage.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

const whyNot = async () => await buildKube() || undefined;
const test = await endToEnd("a VM's life in a mesh, over kube-apiserver", whyNot);

test("is told from start to stop", async () => {
  const server = await KubeApiserver.start();
  const folder = await Deno.makeTempDir();
  try {
    const tokenFile = `${folder}/token`;
    await Deno.writeTextFile(tokenFile, server.adminToken);
    await assertStory({
      cluster: { name: "kube", server: server.url, caFile: server.pki.caFile, tokenFile },
      stop: () => server.stopApiserver(),
      start: () => server.startApiserver(),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
    await server.stop();
  }
});

test.run();
