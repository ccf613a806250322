import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublicAddress } from "./address.ts";

const PRIVATE_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;

const toNumber = (ip: string) => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const toDotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
const hexPair = (value: number) => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;

/** Any address of any block that is not public, as a 32-bit number. */
const privateV4 = fc
  .constantFrom(...PRIVATE_V4)
  .chain(([base, bits]) =>
    fc.integer({ min: 0, max: 2 ** (32 - bits) - 1 }).map((offset) => toNumber(base) + offset),
  );

test.each(PRIVATE_V4)(
  "the first and the last address of %s/%i are refused, their neighbours judged alone",
  (base, bits) => {
    const first = toNumber(base);
    const last = first + 2 ** (32 - bits) - 1;
    expect(isPublicAddress(toDotted(first))).toBe(false);
    expect(isPublicAddress(toDotted(last))).toBe(false);
  },
);

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "169.253.255.255",
  "169.255.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.0",
  "192.0.3.0",
  "192.167.255.255",
  "192.169.0.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001:80b::200e",
  "::ffff:8.8.8.8",
  "64:ff9b::808:808",
])("%s is public", (ip) => {
  expect(isPublicAddress(ip)).toBe(true);
});

test.each([
  "255.255.255.255",
  "169.254.169.254",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::FFFF:169.254.169.254",
  "::ffff:0:7f00:1",
  "fe80::1",
  "fe80::1%eth0",
  "febf::1",
  "fc00::1",
  "fdff::1",
  "fd00:ec2::254",
  "fec0::1",
  "feff::1",
  "ff02::1",
  "2001:db8::1",
  "3fff::1",
  "3fff:fff::1",
  "100::1",
  "2001::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:20::1",
  "2001:2::1",
  "2001:10::1",
  "5f00::1",
  "64:ff9b::169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::8.8.8.8",
  "2002:a9fe:a9fe::",
  "2002:808:808::1",
  "4000::1",
  "1::1",
])("%s is not public", (ip) => {
  expect(isPublicAddress(ip)).toBe(false);
});

test.each([
  "",
  " ",
  "localhost",
  "1.2.3",
  "0x7f.1",
  "2130706433",
  "010.0.0.1",
  "1.2.3.4.5",
  "8.8.8.8 ",
  "[2606:4700::1]",
  "8.8.8.8/32",
  "256.1.1.1",
  ":::",
  "8.8.8.8%eth0",
  "g::1",
])("%j is no address and so not public", (text) => {
  expect(isPublicAddress(text)).toBe(false);
});

test("no address of a private block is public", () => {
  fc.assert(fc.property(privateV4, (value) => !isPublicAddress(toDotted(value))));
});

test("no IPv6 form that carries a private IPv4 address is public", () => {
  fc.assert(
    fc.property(privateV4, (value) => {
      const forms = [
        `::ffff:${toDotted(value)}`,
        `::ffff:${hexPair(value)}`,
        `0:0:0:0:0:FFFF:${toDotted(value)}`,
        `::${toDotted(value)}`,
        `::ffff:0:${toDotted(value)}`,
        `64:ff9b::${toDotted(value)}`,
        `64:ff9b::${hexPair(value)}`,
        `64:ff9b:1::${hexPair(value)}`,
        `2002:${hexPair(value)}::1`,
        `2001:0:${hexPair(value)}::1`,
        `2001::${hexPair(~value >>> 0)}`,
        `fe80::5efe:${toDotted(value)}`,
      ];
      expect(forms.filter(isPublicAddress)).toEqual([]);
    }),
  );
});
