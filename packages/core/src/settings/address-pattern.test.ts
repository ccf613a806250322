import fc from "fast-check";
import { expect, test } from "vitest";
import { isListed, parseAddressPattern } from "./address-pattern.ts";

const listed = (pattern: string, url: string): boolean => isListed([parseAddressPattern(pattern)], url);

test.each([
  ["example.com", "https://example.com/"],
  ["example.com", "http://example.com/a?b"],
  ["example.com", "https://EXAMPLE.com./x"],
  ["Example.COM", "https://example.com:443/"],
  ["example.com:8443", "https://example.com:8443/x"],
  ["example.com:443", "https://example.com/x"],
  ["example.com:*", "http://example.com:1234/x"],
  ["*.example.com", "https://a.b.example.com/"],
  ["https://example.com", "https://example.com/any"],
  ["https://example.com/feeds", "https://example.com/feeds"],
  ["https://example.com/feeds", "https://example.com/feeds?x=/../"],
  ["https://example.com/feeds", "https://example.com/feeds/a"],
  ["https://example.com/feeds/", "https://example.com/feeds/a%2Fb"],
  ["example.com/feeds/", "http://example.com/x/../feeds/a"],
  ["https://*.example.com/feeds/", "https://a.example.com/feeds/x"],
  ["bücher.example", "https://xn--bcher-kva.example/"],
  ["127.0.0.1:4000", "http://127.0.0.1:4000/cb"],
  ["[::1]:4000", "http://[0:0::1]:4000/cb"],
])("%s means %s", (pattern, url) => expect(listed(pattern, url)).toBe(true));

test.each([
  ["https://example.com", "https://example.com.evil.org/"],
  ["https://example.com", "https://example.com@evil.org/"],
  ["https://example.com", "https://example.com:pw@evil.org/"],
  ["https://example.com", "https://user@example.com/"],
  ["https://example.com", "https://evil.org/https://example.com/"],
  ["https://example.com", "https://evil.org#@example.com/"],
  ["https://example.com", "https://evil.org\\@example.com/"],
  ["https://example.com", "http://example.com/"],
  ["https://example.com", "https://example.com:8443/"],
  ["https://example.com", "https://a.example.com/"],
  ["example.com", "ftp://example.com/"],
  ["example.com", "example.com"],
  ["example.com", "javascript://example.com/"],
  ["*.example.com", "https://example.com/"],
  ["*.example.com", "https://evilexample.com/"],
  ["*.example.com", "https://a.example.com.evil.org/"],
  ["https://example.com/feeds", "https://example.com/feedsx"],
  ["https://example.com/feeds/", "https://example.com/feeds"],
  ["https://example.com/feeds/", "https://example.com/Feeds/a"],
  ["https://example.com/feeds/", "https://example.com/feeds/../admin"],
  ["https://example.com/feeds/", "https://example.com/feeds/%2e%2e/admin"],
  ["https://example.com/feeds/", "https://example.com/feeds/..%2Fadmin"],
  ["https://example.com/feeds/", "https://example.com/feeds/..%5cadmin"],
  ["https://example.com/feeds/", "https://example.com/feeds\\..\\admin"],
  ["127.0.0.1", "http://127.0.0.1.evil.org/"],
])("%s does not mean %s", (pattern, url) => expect(listed(pattern, url)).toBe(false));

test.each([
  "",
  "*",
  "*.",
  "a b",
  "https://",
  "ftp://example.com",
  "javascript:alert(1)",
  "https://user@example.com",
  "https://user:pw@example.com/",
  "https://example.com?x=1",
  "https://example.com/#top",
  "https://exam*ple.com",
  "*.*.example.com",
  "*.127.0.0.1",
  "example.com:port",
  "example.com:70000",
  "//example.com",
  "example.com\\evil",
])("%j is no entry of a list, and the error says what is", (text) => {
  const error = expect.objectContaining({
    code: "invalid-input",
    message: expect.stringContaining("*.example.com"),
  });
  expect(() => parseAddressPattern(text)).toThrow(error);
});

test("an empty list means nothing, and one entry of several is enough", () => {
  expect(isListed([], "https://example.com/")).toBe(false);
  const patterns = ["a.example", "b.example"].map(parseAddressPattern);
  expect(isListed(patterns, "https://b.example/x")).toBe(true);
});

test("whatever is listed leads to the host that was meant, however it is spelt", () => {
  const pattern = parseAddressPattern("https://example.com/feeds/");
  const pieces = fc.constantFrom(
    "example.com",
    "evil.org",
    "/",
    "\\",
    "@",
    ":",
    "#",
    "?",
    ".",
    "..",
    "%2f",
    "feeds",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 2 })), { maxLength: 8 }), (parts) => {
      const text = `https://${parts.join("")}`;
      if (!isListed([pattern], text)) return;
      const url = new URL(text);
      expect([url.hostname.replace(/\.$/, ""), url.username, url.port]).toEqual(["example.com", "", ""]);
      expect(url.pathname.startsWith("/feeds/")).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
