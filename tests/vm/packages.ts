import * as assert from "uvu/assert";
import { must } from "../../scripts/net/command.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PACKAGE_LIMIT_MS = 150_000;

let made: Promise<{ readonly deb: string; readonly tarball: string }> | undefined;

/** Makes the packages from this checkout, once a process, unless $MOORLINE_PACKAGES has them; returns where they are. */
export function makePackages(): Promise<{ readonly deb: string; readonly tarball: string }> {
  made ??= (async () => {
    const given = Deno.env.get("MOORLINE_PACKAGES");
    const folder = given ?? `${ROOT}dist`;
    if (!given) await must([Deno.execPath(), "task", "package"], { limitMs: PACKAGE_LIMIT_MS });
    const names = Array.from(Deno.readDirSync(folder), (entry) => entry.name);
    const find = (end: string) => {
      const name = names.find((name) => name.endsWith(end));
      assert.ok(name, `${folder} has nothing that ends in ${end}`);
      return `${folder}/${name}`;
    };
    return { deb: find("_amd64.deb"), tarball: find("-linux-x64.tar.gz") };
  })();
  return made;
}

/** Serves one file over HTTP, on a free port of an address that machines reach. */
export function downloadServer(hostname: string, path: string): { readonly url: string; stop(): Promise<void> } {
  const server = Deno.serve({ hostname, port: 0, onListen: () => {} }, async () => {
    const file = await Deno.open(path);
    return new Response(file.readable);
  });
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { url: `http://${hostname}:${server.addr.port}/${name}`, stop: () => server.shutdown() };
}
