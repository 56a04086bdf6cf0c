import { suite } from "uvu";
import * as assert from "uvu/assert";
import { capturedServers, type ServerSources } from "../../../agent/capture/captured_servers.ts";

const test = suite("whose port 53 is captured");

interface Case {
  readonly upstream?: ServerSources["upstream"];
  readonly listen?: readonly string[];
  readonly resolvConf?: string;
  readonly resolved?: string;
}

const CASES: readonly (readonly [string, Case, readonly string[]])[] = [
  ["resolv.conf's, each once, sorted", { resolvConf: "10.0.0.3 10.0.0.2 10.0.0.3" }, ["10.0.0.2", "10.0.0.3"]],
  ["behind resolved's stub, what resolved asks", { resolvConf: "127.0.0.53", resolved: "10.0.0.2" }, ["10.0.0.2"]],
  ["programs ask resolv.conf's also where the agent asks others", {
    upstream: ["1.1.1.1"],
    resolvConf: "10.0.0.2",
  }, ["1.1.1.1", "10.0.0.2"]],
  ["a forwarder on this VM is captured, what it asks is not: that would come back", {
    upstream: ["127.0.0.1"],
    resolvConf: "10.0.0.2",
  }, ["127.0.0.1"]],
  ["so with one on this VM's own address", { upstream: ["10.0.0.9"], resolvConf: "10.0.0.2" }, ["10.0.0.9"]],
  ["other ports and TLS are nobody's habit", {
    upstream: ["1.1.1.1:5353", "tls://dns@9.9.9.9:853"],
    resolvConf: "10.0.0.2",
  }, ["10.0.0.2"]],
  ["never where the agent itself listens", { listen: ["127.0.0.1:53"], resolvConf: "127.0.0.1 10.0.0.2" }, [
    "10.0.0.2",
  ]],
  ["nor any own address where it listens on all", {
    listen: ["0.0.0.0:53"],
    resolvConf: "127.0.0.1 10.0.0.9 10.0.0.2",
  }, ["10.0.0.2"]],
  ["scoped addresses cannot be redirected to loopback", { resolvConf: "fe80::1%eth0 fd00::2" }, ["fd00::2"]],
  ["nothing is known", {}, []],
];

for (
  const [name, { upstream = "system", listen = ["127.0.0.1:15053"], resolvConf = "", resolved = "" }, wanted] of CASES
) {
  test(name, () => {
    const lines = (servers: string) => servers.split(" ").map((server) => `nameserver ${server}\n`).join("");
    const read = (path: string) => lines(path === "/etc/resolv.conf" ? resolvConf : resolved);
    assert.equal(capturedServers({ upstream, listen, own: ["10.0.0.9"], read }), wanted);
  });
}

test.run();
