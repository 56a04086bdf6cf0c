import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isSecretName, redactArguments, redactText } from "../../../agent/redact.ts";
import { statusText } from "../../../agent/commands/status_text.ts";
import { textTable } from "../../../agent/commands/text_table.ts";
import { fakeStatus } from "../admin/fake_view.ts";

const test = suite("texts of commands");

test("status: one screen with everything that matters", () => {
  const text = statusText(fakeStatus());
  for (
    const part of [
      "1.2.3, up 1d2h",
      "ready         yes",
      "bookinfo/vm: registered as WorkloadEntry vm-10.0.0.9 (10.0.0.9), unhealthy (HTTP 500)",
      "primary (cluster.local): ok at https://10.0.0.1:6443, answers cluster-ip (10.96.0.1:443 of default/kubernetes answers), its clock is 12.5 s off ours",
      "may not list serviceentries",
      "127.0.0.1:15053 (portable), 12 names, 4 cached answers",
      "1.3 a second, 50 % answered without upstream",
      "1.1.1.1:53: failing: timeout, 9 questions, 2 failed, 4.3 ms",
      "snapshot      1m5s old",
      "1.1.1.1:53 does not answer. Check dns.upstream.",
    ]
  ) assert.ok(text.includes(part), `${part}\n${text}`);
  assert.ok(text.split("\n").every((line) => line === line.trimEnd()));
});

test("status: not ready says what is waited for", () => {
  assert.ok(statusText(fakeStatus({ ready: false, pending: ["a", "b"] })).includes("no, waiting for a, b"));
});

test("what other people wrote into objects cannot move the terminal's cursor", () => {
  const problem = { message: "bad\x1b[2Jobject\r", fix: "" };
  assert.not(/[^\P{Cc}\n]/u.test(statusText(fakeStatus({ problems: [problem] }))));
  assert.is(textTable(["A"], [["x\x1b[31m\n"]]), "A\nx?[31m?\n");
});

test("columns are as wide as their content", () => {
  assert.is(textTable(["A", "LONG", "C"], [["xxx", "y", "z"]]), "A    LONG  C\nxxx  y     z\n");
});

test("what is a secret's name, and what only looks like it", () => {
  for (const name of ["token", "--token", "apiKey", "password", "Authorization", "clientSecret"]) {
    assert.ok(isSecretName(name), name);
  }
  for (const name of ["tokenFile", "tokenExpiry", "name", "secretNamespace"]) assert.not(isSecretName(name), name);
});

test("arguments keep all but what follows a token-like flag", () => {
  assert.equal(
    redactArguments([
      "get",
      "--token",
      "a",
      "--password=b",
      "--region",
      "eu",
      "--token",
      "--verbose",
      "Bearer abcdefgh12",
    ]),
    ["get", "--token", "<hidden>", "--password=<hidden>", "--region", "eu", "--token", "--verbose", "Bearer <hidden>"],
  );
  assert.is(redactText("sent eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln to x"), "sent <hidden> to x");
});

test.run();
