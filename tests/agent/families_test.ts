import { suite } from "uvu";
import * as assert from "uvu/assert";
import { usableFamilies } from "../../agent/families.ts";

const test = suite("dns.families");

const cases: [title: string, setting: Parameters<typeof usableFamilies>[0], addresses: string[], expected: string][] = [
  ["v4 alone", "auto", ["127.0.0.1", "10.0.0.5", "::1", "fe80::1%eth0"], "ipv4"],
  ["v6 alone", "auto", ["127.0.0.1", "169.254.3.4", "::1", "2001:db8::5"], "ipv6"],
  ["unique local v6 leads beyond the link", "auto", ["127.0.0.1", "fd00::5"], "ipv6"],
  ["both", "auto", ["10.0.0.5", "2001:db8::5"], "ipv4 ipv6"],
  ["no network so far: names do not vanish", "auto", ["127.0.0.1", "::1"], "ipv4 ipv6"],
  ["fea0::/10 and the like are link-local too", "auto", ["10.0.0.5", "febf::1"], "ipv4"],
  ["ipv4 whatever there is", "ipv4", ["2001:db8::5"], "ipv4"],
  ["ipv6 whatever there is", "ipv6", ["10.0.0.5"], "ipv6"],
  ["both whatever there is", "both", ["10.0.0.5"], "ipv4 ipv6"],
];
for (const [title, setting, addresses, expected] of cases) {
  test(title, () => {
    const { ipv4, ipv6 } = usableFamilies(setting, addresses.map((address) => ({ address })));
    assert.is([ipv4 && "ipv4", ipv6 && "ipv6"].filter(Boolean).join(" "), expected);
  });
}

test.run();
