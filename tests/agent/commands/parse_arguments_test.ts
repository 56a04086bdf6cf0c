import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Flag, GLOBAL_FLAGS, type Verb, verbTable } from "../../../agent/commands/mod.ts";
import { checkOperands, parseArguments } from "../../../agent/commands/parse_arguments.ts";
import { programHelp, verbHelp } from "../../../agent/commands/help.ts";

const test = suite("parse_arguments");
const VERBS = verbTable({ runAgent: () => Promise.resolve(), runDemo: () => Promise.resolve(0) });

function parse(line: string) {
  const parsed = parseArguments(line.split(" ").filter((word) => word !== ""), VERBS, GLOBAL_FLAGS);
  const verb = parsed.verbs.at(-1);
  if (verb) checkOperands(verb, parsed.verbs.map(({ name }) => name).join(" "), parsed.operands);
  return { ...parsed, path: parsed.verbs.map(({ name }) => name).join(" ") };
}

test("flags may stand before the verb, behind it, and behind operands", () => {
  for (
    const line of [
      "--config a.yaml resolve x.y AAAA --server 1.1.1.1 -o json",
      "resolve --server=1.1.1.1 --output=json x.y --config=a.yaml AAAA",
      "--server 1.1.1.1 resolve -ojson --config a.yaml -- x.y AAAA",
      "resolve -o=json x.y AAAA --config b --config a.yaml --server 1.1.1.1",
    ]
  ) {
    const { path, operands, flags } = parse(line);
    assert.is(path, "resolve");
    assert.equal(operands, ["x.y", "AAAA"]);
    assert.equal([flags.text("config"), flags.text("server"), flags.text("output")], ["a.yaml", "1.1.1.1", "json"]);
  }
});

test("a flag that repeats keeps every value, in order", () => {
  assert.equal(parse("config print --set a=1 --set b=2").flags.all("set"), ["a=1", "b=2"]);
});

test("behind -- everything is an operand", () => {
  assert.equal(parse("names -- --refused").operands, ["--refused"]);
});

/** Command lines that are wrong, and what the error must name. */
const WRONG: [string, ...string[]][] = [
  ["resolv x", "unknown verb resolv", "nearest is resolve"],
  ["stauts", "unknown verb stauts", "nearest is status"],
  ["config chekc", "unknown verb config chekc", "nearest is config check"],
  ["resolve x --servr 1", "unknown flag --servr", "nearest is --server"],
  ["resolve x --serverr=1", "unknown flag --serverr", "nearest is --server"],
  ["--confg x status", "unknown flag --confg", "nearest is --config"],
  ["status -x", "unknown flag -x", "-"],
  ["resolve", "resolve needs NAME", "resolve NAME [TYPE]"],
  ["resolve a b c", 'no argument "c"'],
  ["status extra", 'no argument "extra"'],
  ["names -o xml", '"xml" is not allowed', "text, json or hosts"],
  ["names -o", "--output needs a value"],
  ["status --config", "--config needs a value", "FILE"],
  ["names --refused=yes", "--refused takes no value"],
  ["status --log-level loud", '"loud"', "debug, info, warn or error"],
];

for (const [line, ...words] of WRONG) {
  test(`refuses: ${line}`, () => {
    let message = "";
    try {
      parse(line);
    } catch (error) {
      message = (error as Error).message;
    }
    for (const word of words) assert.ok(message.includes(word), `${message} names ${word}`);
    assert.not(message.includes("\n"));
  });
}

function* everyVerb(verbs: readonly Verb[] = VERBS, above: Verb[] = []): Generator<Verb[]> {
  for (const verb of verbs) {
    yield [...above, verb];
    yield* everyVerb(verb.verbs ?? [], [...above, verb]);
  }
}

test("every verb says what it does, and no help line is longer than 120 columns", () => {
  const texts = [programHelp(VERBS, GLOBAL_FLAGS)];
  for (const path of everyVerb()) {
    const verb = path.at(-1)!;
    assert.match(verb.summary, /^[a-z]/);
    assert.ok(verb.run !== undefined || verb.verbs !== undefined, verb.name);
    const help = verbHelp(path, GLOBAL_FLAGS);
    for (const flag of verb.flags ?? []) assert.ok(help.includes(`--${flag.name}`), `${verb.name} ${flag.name}`);
    texts.push(help);
  }
  for (const line of texts.join("\n").split("\n")) assert.ok(line.length <= 120, line);
});

test("examples in the help are command lines that parse", () => {
  for (const path of everyVerb()) {
    for (const example of path.at(-1)!.examples ?? []) {
      const words = example.split(/ [>|] /)[0]!;
      assert.is(parse(words.replace(/^(sudo )?moorline /, "")).path, path.map(({ name }) => name).join(" "), example);
    }
  }
});

test("no flag of a verb hides a global one", () => {
  const taken = (flags: readonly Flag[]) => flags.flatMap(({ name, short }) => short ? [name, short] : [name]);
  for (const path of everyVerb()) {
    const names = taken([...GLOBAL_FLAGS, ...path.flatMap(({ flags }) => flags ?? [])]);
    assert.is(new Set(names).size, names.length, path.at(-1)!.name);
  }
});

test.run();
