import fc from "fast-check";
import { expect, test } from "vitest";
import { HookclockError } from "../errors.ts";
import { checkUrl } from "./check-url.ts";
import { parseEgressPolicy } from "./policy.ts";

const closed = parseEgressPolicy({ allow: [] });

const refusal = (url: string, allow: string[] = []): HookclockError => {
  try {
    checkUrl(url, parseEgressPolicy({ allow }));
  } catch (error) {
    if (error instanceof HookclockError) return error;
    throw error;
  }
  throw new Error(`was let through: ${url}`);
};

test.each([
  "https://example.com",
  "HTTP://EXAMPLE.com:8080/a?b=1&b=2#c",
  "https://example.com./x",
  "https://bücher.example/ä",
  "https://xn--bcher-kva.example",
  "http://8.8.8.8/",
  "http://[2606:4700::1111]/",
  "https://a.example/%2e%2e/b",
  "https://local.example",
  "https://localhost.example.com",
  "https://a.example/x@y",
  "https://a.example/?to=a@b",
  "http://127.0.0.1.nip.io/",
  "http://1.2.3.4.example/",
  `https://a.example/${"x".repeat(8_000)}`,
])("%s passes", (url) => {
  expect(checkUrl(url, closed).href).toBe(new URL(url).href);
});

test.each([
  "",
  "example.com",
  "/path",
  "//example.com/x",
  "file:///etc/passwd",
  "ftp://example.com",
  "data:text/plain,x",
  "javascript:alert(1)",
  "ws://example.com",
  "https:",
  "https://",
  "https:///",
  "https:example.com",
  "https:/example.com",
  "https:\\\\example.com",
  "http://?x",
  "http://a..b/",
  "http://.a/",
  "http://a../",
  "http://a b/",
  "http://exa%mple/",
  "https://example.com\r\nX: y",
  "https://example.com/a\r\nb",
  "https://example.com/a\tb",
  "https://example.com/\u0000",
  "\nhttps://example.com",
  " https://example.com",
  "https://example.com:0/",
  "https://example.com:65536/",
  "https://example.com:x/",
  "http://[::1%lo]/",
  "http://[::1%25lo]/",
  "https://[127.0.0.1]/",
  "http://[::g]/",
  "http://[::1/",
  "http://1.2.3.4.5/",
  "http://256.256.256.256/",
  "http://user:pass@[::1]:9876/",
  "http://user@example.com/",
  "http://:pass@example.com/",
  "http://@example.com/",
  `https://a.example/${"x".repeat(9_000)}`,
])("%j is no acceptable URL", (url) => {
  const error = refusal(url);
  expect(error).toMatchObject({ code: "invalid-input", field: "request.url" });
  expect(error.message).toContain("allowed is");
});

test.each([
  "127.0.0.1",
  "127.0.0.1.",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "017700000001",
  "0177.0.0.1",
  "127.1",
  "127.0.1",
  "0",
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "0xa9fea9fe",
  "2852039166",
  "172.16.0.1",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "203.0.113.9",
  "１２７.0.0.1",
  "①②⑦.0.0.1",
  "127。0。0。1",
  "%31%32%37.0.0.1",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:a00:1]",
  "[fe80::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[64:ff9b::a9fe:a9fe]",
  "[64:ff9b:1::808:808]",
  "[2002:a9fe:a9fe::]",
  "[2001:0:1::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[ff02::1]",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "printer.local",
  "printer.local.",
  "api.internal",
  "ip-10-0-0-1.ec2.internal",
  "metadata.google.internal.",
  "router.home.arpa",
  "ｌocalhost",
])("the host %s is refused in both schemes", (host) => {
  for (const url of [`http://${host}/`, `https://${host}:8443/x`]) {
    expect(refusal(url)).toMatchObject({ code: "egress-refused", field: "request.url" });
  }
});

test.each([21, 22, 25, 465])("port %i of another protocol is refused unless an entry names it", (port) => {
  expect(refusal(`http://example.com:${port}/`).code).toBe("egress-refused");
  expect(refusal(`http://example.com:${port}/`, ["example.com"]).code).toBe("egress-refused");
  checkUrl(`http://example.com:${port}/`, parseEgressPolicy({ allow: [`example.com:${port}`] }));
});

test.each([
  ["http://127.0.0.1:3000/", "127.0.0.1"],
  ["http://0x7f.1:3000/", "127.0.0.0/8"],
  ["http://[::ffff:7f00:1]/", "127.0.0.1"],
  ["http://localhost:3000/", "localhost"],
  ["http://localhost:3000/", "127.0.0.1"],
  ["http://localhost:3000/", "[::1]:3000"],
  ["http://api.internal/", "*.internal"],
  ["http://api.internal/", "10.0.0.0/8"],
])("%s passes with %s allowed", (url, entry) => {
  expect(checkUrl(url, parseEgressPolicy({ allow: [entry] }))).toBeInstanceOf(URL);
});

test.each([
  ["http://127.0.0.1:3000/", "127.0.0.1:3001"],
  ["http://localhost:3000/", "10.0.0.0/8"],
  ["http://api.internal/", "10.0.0.0/8:81"],
  ["http://127.0.0.1/", "localhost"],
])("%s stays refused with only %s allowed", (url, entry) => {
  expect(refusal(url, [entry]).code).toBe("egress-refused");
});

test.each([
  "http://scott:tiger@127.0.0.1/?token=tiger",
  "http://tiger@[::1]:9876/",
  "https:tiger:tiger@example.com",
  "ftp://x:tiger@example.com/",
  "http:\\\\x:tiger@example.com",
  "x:tiger@example.com",
  "https://a.example:0/?key=tiger",
  "https://a.example:0/#tiger",
  "http://x:ti@tiger@example.com/",
  "https://x:tig?er:tiger@example.com/",
])("the message about %s tells no secret", (url) => {
  expect(refusal(url).message).not.toContain("tiger");
});

const octetForms = (value: number) =>
  fc.constantFrom(
    String(value),
    `0x${value.toString(16)}`,
    `0${value.toString(8)}`,
    `0X00${value.toString(16).toUpperCase()}`,
  );
const blocks = [
  [10, 8],
  [127, 8],
  [0, 8],
  [0xa9fe, 16],
  [0xc0a8, 16],
  [0xac1, 12],
  [0x191, 10],
  [0xe, 4],
  [0xf, 4],
] as const;
const privateSpelling = fc
  .constantFrom(...blocks)
  .chain(([prefix, bits]) =>
    fc.integer({ min: 0, max: 2 ** (32 - bits) - 1 }).map((rest) => prefix * 2 ** (32 - bits) + rest),
  )
  .chain((ip) => {
    const [a, b, c, d] = [24, 16, 8, 0].map((shift) => Math.floor(ip / 2 ** shift) % 256) as [
      number,
      number,
      number,
      number,
    ];
    const joined = (...parts: number[]) => fc.tuple(...parts.map(octetForms)).map((texts) => texts.join("."));
    return fc.oneof(joined(ip), joined(a, ip % 2 ** 24), joined(a, b, c * 256 + d), joined(a, b, c, d));
  });

test("every spelling of a private IPv4 address is refused, with and without a trailing dot", () => {
  fc.assert(
    fc.property(privateSpelling, fc.boolean(), (host, dot) => {
      expect(refusal(`http://${host}${dot ? "." : ""}/`).code).toBe("egress-refused");
    }),
    { numRuns: 300 },
  );
});
