import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseResolvConf } from "../../dns/resolv_conf.ts";

const test = suite("resolv.conf");

test("reads servers, search list and options", () => {
  const conf = parseResolvConf(`
# made by hand
; too
nameserver 10.0.0.2
nameserver 2001:db8::53
nameserver fe80::1%eth0
nameserver 10.0.0.2
search Corp.Example. example
options ndots:2 timeout:3 attempts:4 rotate edns0
`);
  assert.equal(conf.nameservers, ["10.0.0.2", "2001:db8::53", "fe80::1%eth0"]);
  assert.equal(conf.search, ["corp.example", "example"]);
  assert.equal([conf.ndots, conf.timeout, conf.attempts], [2, 3, 4]);
  assert.equal(conf.problems, []);
});

const CASES: [string, string, Partial<ReturnType<typeof parseResolvConf>>][] = [
  ["nothing", "", { nameservers: [], search: [], ndots: 1, timeout: 5, attempts: 2 }],
  ["line ends of other systems", "nameserver 10.0.0.1\r\nsearch a.b\r\n", {
    nameservers: ["10.0.0.1"],
    search: ["a.b"],
  }],
  ["tabs and what follows the address", "nameserver\t10.0.0.1 # main\n", { nameservers: ["10.0.0.1"] }],
  ["the last of search and domain", "search a b\ndomain c d\n", { search: ["c"] }],
  ["an empty search list", "search a\nsearch .\n", { search: [] }],
  ["options beyond their limits", "options ndots:99 timeout:0 attempts:99\n", { ndots: 15, timeout: 1, attempts: 5 }],
  ["more than three servers", "nameserver 1.0.0.1\nnameserver 1.0.0.2\nnameserver 1.0.0.3\nnameserver 1.0.0.4\n", {
    nameservers: ["1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4"],
  }],
  ["a comment behind the search list", "search corp # ours\n", { search: ["corp"] }],
  ["keywords of other systems", "lookup file bind\nsortlist 10.0.0.0\n", { problems: [] }],
];
for (const [what, text, wanted] of CASES) {
  test(`reads ${what}`, () => {
    const conf = parseResolvConf(text);
    for (const [key, value] of Object.entries(wanted)) assert.equal(conf[key as keyof typeof conf], value, key);
  });
}

test("skips bad lines and names them", () => {
  const conf = parseResolvConf(
    "nameserver dns.example\nnameserver\nnameserver 10.0.0.1\noptions ndots\nsearch a..b c\n",
  );
  assert.equal(conf.nameservers, ["10.0.0.1"]);
  assert.equal(conf.search, ["c"]);
  assert.equal(conf.problems.map((p) => p.split(":")[0]), ["line 1", "line 2", "line 4", "line 5"]);
});

test.run();
