import fc from "fast-check";
import * as assert from "uvu/assert";
import { ApiServer } from "../../registry/server/mod.ts";
import { endToEnd } from "../end_to_end.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

/** The same random writes to kube-apiserver and to the server in memory: what both store must be the same. */
const test = await endToEnd("writes to both servers", async () => await buildKube() || undefined);

const RUNS = 60;
/** The same sequences each time: this is a comparison, not a search. */
const SEED = 20261123;

const key = fc.constantFrom("a", "b");
const word = fc.constantFrom("x", "y");
const strings = fc.option(fc.dictionary(key, word, { maxKeys: 2, noNullPrototype: true }), { nil: undefined });
const port = fc.record({ name: key, number: fc.constantFrom(1, 2), protocol: fc.option(word, { nil: undefined }) });
const ports = fc.option(fc.uniqueArray(port, { selector: ({ name }) => name, maxLength: 2 }), { nil: undefined });
const owner = fc.constantFrom("u1", "u2")
  .map((uid) => ({ apiVersion: "v1", kind: "ConfigMap", name: `owner-${uid}`, uid }));
const owners = fc.option(fc.uniqueArray(owner, { selector: ({ uid }) => uid, maxLength: 2 }), { nil: undefined });
const addresses = fc.option(fc.uniqueArray(fc.constantFrom("10.0.0.1", "10.0.0.2")), { nil: undefined });
const finalizers = fc.option(fc.uniqueArray(fc.constantFrom("a.b/c", "a.b/d")), { nil: undefined });
const body = fc.record({ labels: strings, annotations: strings, owners, finalizers, ports, addresses }).map((
  parts,
) => ({
  apiVersion: "networking.istio.io/v1",
  kind: "ServiceEntry",
  metadata: {
    labels: parts.labels,
    annotations: parts.annotations,
    ownerReferences: parts.owners,
    finalizers: parts.finalizers,
  },
  spec: { hosts: ["a.example"], ports: parts.ports, addresses: parts.addresses },
}));
const manager = fc.constantFrom("one", "two");
const step = fc.oneof(
  fc.record({ verb: fc.constant("apply"), manager, force: fc.boolean(), body }),
  fc.record({ verb: fc.constant("merge"), manager, force: fc.constant(false), body }),
  fc.record({ verb: fc.constant("put"), manager, force: fc.constant(false), body }),
);
type Step = { verb: string; manager: string; force: boolean; body: Record<string, unknown> & { metadata: object } };

type Send = (path: string, init: RequestInit) => Promise<Response>;

interface Entry {
  readonly manager: string;
  readonly operation: string;
}

const writer = ({ manager, operation }: Entry) => `${operation} ${manager}`;

/** Without what differs by nature: uids, revisions and times. */
function comparable(text: string): unknown {
  return JSON.parse(text, (name, value) => {
    if (["uid", "resourceVersion", "creationTimestamp", "time"].includes(name) && !/^u\d$/.test(value)) {
      return undefined;
    }
    if (name === "managedFields") return value.toSorted((a: Entry, b: Entry) => writer(a) < writer(b) ? -1 : 1);
    // The order of managers in a conflict is a matter of chance.
    if (name === "causes") return value.map((cause: unknown) => JSON.stringify(cause)).sort();
    return name === "message" ? String(value).replaceAll(/case-\d+/g, "case") : value;
  });
}

async function play(send: Send, name: string, steps: readonly Step[]): Promise<unknown[]> {
  const path = `/apis/networking.istio.io/v1/namespaces/default/serviceentries/${name}`;
  const seen: unknown[] = [];
  for (const { verb, manager, force, body } of steps) {
    const text = JSON.stringify({ ...body, metadata: { ...body.metadata, name } });
    const query = `?fieldManager=${manager}${force ? "&force=true" : ""}`;
    let answer: Response;
    if (verb === "put") {
      const stored = await (await send(path, {})).json();
      const revised = { ...JSON.parse(text) };
      revised.metadata.resourceVersion = stored.metadata.resourceVersion;
      answer = await send(path + query, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(revised),
      });
    } else {
      const type = verb === "apply" ? "application/apply-patch+yaml" : "application/merge-patch+json";
      answer = await send(path + query, { method: "PATCH", headers: { "content-type": type }, body: text });
    }
    seen.push([answer.status, comparable(await answer.text())]);
  }
  return seen;
}

const shown = (answer: unknown) => JSON.stringify(answer);

let real: KubeApiserver;
test.before(async () => void (real = await KubeApiserver.start()));
test.after(() => real.stop());

test(`${RUNS} sequences of applies, merge patches and PUTs`, async () => {
  const ours = new ApiServer();
  const { url } = ours.listen();
  let count = 0;
  const sequence = fc.array(step, { minLength: 1, maxLength: 6 }) as fc.Arbitrary<Step[]>;
  try {
    await fc.assert(
      fc.asyncProperty(sequence, async (steps) => {
        const name = `case-${++count}`;
        const theirs = await play((path, init) => real.request(path, init), name, steps);
        const mine = await play((path, init) => fetch(url + path, init), name, steps);
        // In the message, since fast-check shows nothing else of an error.
        mine.forEach((answer, i) =>
          assert.equal(answer, theirs[i], `step ${i + 1}: ${shown(answer)} is not ${shown(theirs[i])}`)
        );
      }),
      { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
    );
  } finally {
    await ours.close();
  }
});

test.run();
