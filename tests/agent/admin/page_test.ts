import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startAdmin, type StatusDocument, thisMachine } from "../../../agent/admin/mod.ts";
import { quantile, readBuckets } from "../../../agent/admin/page/latency.js";
import { Browser, findChromium } from "./browser.ts";
import { fakeStatus, fakeView } from "./fake_view.ts";

const test = suite("status page");
const chromium = findChromium();
// Only a browser can say that the page works under its own Content-Security-Policy; not every machine has one.
const inBrowser = chromium === undefined ? test.skip : test;
if (chromium === undefined) console.log("SKIPPED the status page in a browser: there is no Chromium here");

/** A page on a made-up agent, whose status a test may change. */
async function withPage(
  run: (browser: Browser, set: (status: StatusDocument) => void) => Promise<void>,
): Promise<void> {
  let status = fakeStatus();
  const view = { ...fakeView(), status: () => status };
  const options = { view, version: "1.2.3", startedAt: 0, machine: thisMachine, log: () => {} };
  const admin = await startAdmin({ socket: "", listen: "127.0.0.1:0", public: "" }, options);
  const browser = await Browser.open(chromium!, `http://${admin.addresses.listen}/`);
  try {
    await browser.until(`document.querySelector("#names table")`);
    await browser.until(`document.querySelector("#ready")?.textContent !== "connecting"`);
    await run(browser, (next) => status = next);
    assert.equal(browser.complaints, [], "no script failed and nothing was blocked");
  } finally {
    await browser.close();
    await admin.stop();
  }
}

const textOf = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).textContent`;

inBrowser("shows what the status says, and follows it", () =>
  withPage(async (browser, set) => {
    assert.is(await browser.evaluate(textOf("#ready")), "ready");
    for (
      const [selector, part] of [
        ["#problems", "1.1.1.1:53 does not answer."],
        ["#problems code", "Check dns.upstream."],
        ["#workloads", "bookinfo/vm"],
        ["#workloads", "HTTP 500"],
        ["#clusters", "may not list serviceentries"],
        ["#upstreams", "failing: timeout"],
        ["#dns", "127.0.0.1:15053"],
      ] as const
    ) assert.ok(String(await browser.evaluate(textOf(selector))).includes(part), `${selector}: ${part}`);
    set(fakeStatus({ ready: false, pending: ["sync primary"], problems: [] }));
    await browser.until(`${textOf("#ready")} === "waiting for sync primary"`);
    assert.is(await browser.evaluate(`document.querySelector("#problems").hidden`), true);
    assert.is(await browser.evaluate("document.title"), "! moorline");
  }));

inBrowser("names are searched and explained by keyboard alone", () =>
  withPage(async (browser) => {
    await browser.press("/");
    assert.is(await browser.evaluate("document.activeElement.id"), "filter");
    for (const key of "ext") await browser.press(key);
    await browser.until(`document.querySelectorAll("#names > .rows tbody tr").length === 1`);
    await browser.press("ArrowDown");
    await browser.press("Enter");
    await browser.until(`!document.querySelector("#explanation").hidden`);
    const explanation = String(await browser.evaluate(textOf("#explanation")));
    for (const part of ["ext.bookinfo.svc.cluster.local A", "NOERROR from mesh", "a name of the Service"]) {
      assert.ok(explanation.includes(part), explanation);
    }
    await browser.press("Escape");
    await browser.until(`document.querySelectorAll("#names > .rows tbody tr").length === 3`);
    assert.is(await browser.evaluate(`document.querySelector("#explanation").hidden`), true);
  }));

inBrowser("what objects are called never becomes markup", () =>
  withPage(async (browser, set) => {
    const evil = `<img src=x onerror="document.title='owned'">`;
    set(fakeStatus({ problems: [{ message: evil, fix: evil }] }));
    await browser.until(`${textOf("#problems")}.includes("onerror")`);
    assert.is(await browser.evaluate(`document.images.length`), 0);
  }));

inBrowser("an agent that goes away is told", () =>
  withPage(async (browser, set) => {
    set({
      get ready(): boolean {
        throw new Error("gone");
      },
    } as unknown as StatusDocument);
    await browser.until(`${textOf("#ready")}.startsWith("no answer from the agent")`);
    // The failed request is the one thing that the browser itself complains about.
    assert.ok(browser.complaints.every((complaint) => complaint.includes("500")));
    browser.complaints.length = 0;
  }));

test("latency: the quantile of what came between two readings", () => {
  const text = (counts: number[]) =>
    ["0.001", "0.01", "+Inf"].map((le, index) => {
      return `moorline_dns_request_duration_seconds_bucket{le="${le}"} ${counts[index]}`;
    }).join("\n");
  const [before, after] = [readBuckets(text([10, 10, 10])), readBuckets(text([100, 110, 110]))];
  assert.equal(before.map(({ le }: { le: number }) => le), [0.001, 0.01, Infinity]);
  assert.is(quantile(0.5, before, after), 0.001);
  assert.is(quantile(0.99, before, after), 0.01);
  assert.is(quantile(0.99, before, before), null);
  assert.is(quantile(0.99, before, readBuckets(text([10, 10, 11]))), 0.01, "slower than the last bound");
});

test.run();
