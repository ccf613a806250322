import { expect, test } from "vitest";
import { isHookclockError } from "../errors.ts";
import { addressAllowed, parseEgressPolicy } from "./policy.ts";

const allowed = (allow: string[], ip: string, host = ip, port = 80) =>
  addressAllowed(parseEgressPolicy({ allow }), ip, host, port);

test.each([
  ["an address", ["127.0.0.1"], "127.0.0.1"],
  ["an address in mapped form", ["127.0.0.1"], "::ffff:127.0.0.1"],
  ["an IPv6 address", ["::1"], "::1"],
  ["an IPv6 address in another spelling", ["0:0:0:0:0:0:0:1"], "::1"],
  ["a block", ["10.0.0.0/8"], "10.255.0.1"],
  ["an IPv6 block", ["fd00::/8"], "fd12::1"],
  ["a mapped block", ["::ffff:10.0.0.0/104"], "10.1.2.3"],
  ["one of several entries", ["192.168.0.0/16", "10.0.0.1"], "10.0.0.1"],
  ["everything", ["0.0.0.0/0", "::/0"], "169.254.169.254"],
])("%s opens an address", (_name, allow, ip) => {
  expect(allowed(allow, ip)).toBe(true);
});

test.each([
  ["an empty list", [], "127.0.0.1"],
  ["the neighbour", ["127.0.0.1"], "127.0.0.2"],
  ["another block", ["10.0.0.0/8"], "192.168.0.1"],
  ["all of IPv4, asked for IPv6", ["0.0.0.0/0"], "::1"],
  ["all of IPv6, asked for IPv4", ["::/0"], "127.0.0.1"],
  ["the IPv4 block, asked through NAT64", ["10.0.0.0/8"], "64:ff9b::10.0.0.1"],
  ["another port", ["127.0.0.1:8080"], "127.0.0.1"],
])("%s does not open it", (_name, allow, ip) => {
  expect(allowed(allow, ip)).toBe(false);
});

test("public addresses need no entry", () => {
  expect(allowed([], "8.8.8.8")).toBe(true);
});

test("an entry with a port opens that port only", () => {
  expect(allowed(["127.0.0.1:3000"], "127.0.0.1", "127.0.0.1", 3000)).toBe(true);
  expect(allowed(["[::1]:3000"], "::1", "::1", 3000)).toBe(true);
  expect(allowed(["[::1]:3000"], "::1", "::1", 3001)).toBe(false);
  expect(allowed(["[fd00::/8]:443"], "fd00::1", "x", 443)).toBe(true);
  expect(allowed(["10.0.0.0/8:81"], "10.0.0.1", "x", 81)).toBe(true);
  expect(allowed(["api.internal:81"], "10.0.0.1", "api.internal", 80)).toBe(false);
});

test("a name opens whatever it resolves to, and no other name", () => {
  expect(allowed(["api.internal"], "10.0.0.1", "API.Internal.")).toBe(true);
  expect(allowed(["api.internal"], "10.0.0.1", "b.api.internal")).toBe(false);
  expect(allowed(["api.internal"], "10.0.0.1", "xapi.internal")).toBe(false);
  expect(allowed(["*.internal"], "10.0.0.1", "a.b.internal")).toBe(true);
  expect(allowed(["*.internal"], "10.0.0.1", "internal")).toBe(false);
  expect(allowed(["*.internal"], "10.0.0.1", "internal.evil.example")).toBe(false);
});

test.each([
  "",
  " ",
  "*",
  "*.",
  "*.*",
  "a..b",
  "-a",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "::1/129",
  "10.0.0",
  "127.1",
  "0x7f000001",
  "2130706433",
  "010.0.0.1",
  "fe80::1%eth0",
  "http://a.example",
  "a.example/path",
  "a.example:0",
  "a.example:65536",
  "a.example:x",
  "[10.0.0.1]:80",
  "[::1",
  "::1]:80",
  "::1:99999",
  "user@host",
  "a b",
  "a_b.example:",
  `${"a".repeat(64)}.example`,
])("%j is refused by name", (entry) => {
  const attempt = () => parseEgressPolicy({ allow: ["10.0.0.1", entry] });
  expect(attempt).toThrow(JSON.stringify(entry));
  try {
    attempt();
  } catch (error) {
    expect(isHookclockError(error, "invalid-input") && error.field).toBe("egress.allow");
  }
});
