import fc from "fast-check";
import { expect, test } from "vitest";
import { callbackHashOf, collectionOfUrl, hashOf, identityOf, laneOfUrl } from "./url-identity.ts";

test("H-R9: only unreserved characters are decoded, and hex digits have one case", () => {
  expect(identityOf("http://x/%41%7e%2d%5F%2e%30?q=%2f%3a%C3%a9%zz%4")).toBe(
    "http://x/A~-_.0?q=%2F%3A%C3%A9%zz%4",
  );
  expect(collectionOfUrl("http://x/%41")).toBe(collectionOfUrl("http://x/A"));
  expect(collectionOfUrl("http://x/a/b")).not.toBe(collectionOfUrl("http://x/a%2Fb"));
  const urls = fc.stringMatching(/^([a-z/?]|%[0-9a-fA-F]{2}|%){0,20}$/);
  fc.assert(
    fc.property(urls, (url) => /%[\dA-F]{2}/.test(identityOf(url)) || !/%[89A-Fa-f][\da-fA-F]/.test(url)),
  );
});

test.each([
  ["HTTPS://Sub.Example/cb", "https://sub.example/cb"],
  ["https://sub.example:443/cb", "https://sub.example/cb"],
  ["http://sub.example:80?x=1", "http://sub.example/?x=1"],
  ["https://sub.example", "https://sub.example/"],
  ["https://b\u00fccher.example/\u00e4 b?\u00e9", "https://xn--bcher-kva.example/%C3%A4%20b?%C3%A9"],
  ["http://2130706433/x", "http://127.0.0.1/x"],
])("T-1: %s is no other place than %s", (url, same) => {
  expect(identityOf(url)).toBe(same);
  expect([collectionOfUrl(url), callbackHashOf(url)]).toEqual([collectionOfUrl(same), callbackHashOf(same)]);
});

test.each([
  ["https://sub.example/cb", "https://sub.example/CB"],
  ["https://sub.example/cb", "https://sub.example/cb/"],
  ["https://sub.example/cb", "http://sub.example/cb"],
  ["https://sub.example/cb", "https://sub.example:8443/cb"],
  ["https://sub.example/cb?a=1&b=2", "https://sub.example/cb?b=2&a=1"],
  ["https://sub.example/cb?", "https://sub.example/cb"],
  ["https://a@sub.example/", "https://b@sub.example/"],
])("T-1: %s and %s are two", (one, other) => {
  expect(collectionOfUrl(one)).not.toBe(collectionOfUrl(other));
  expect(callbackHashOf(one)).not.toBe(callbackHashOf(other));
});

test("T-1: callbacks that differ in their fragment alone are one, topics are not", () => {
  expect(callbackHashOf("https://sub.example/cb#1")).toBe(callbackHashOf("https://sub.example/cb#2"));
  expect(callbackHashOf("https://sub.example/cb#1")).toBe(callbackHashOf("https://sub.example/cb"));
  expect(collectionOfUrl("https://x/feed#1")).not.toBe(collectionOfUrl("https://x/feed"));
});

test("whatever is handed in has an identity; that of a URL is its own", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => typeof identityOf(text) === "string"));
  const urls = fc.webUrl({ withFragments: true, withQueryParameters: true });
  fc.assert(fc.property(urls, (url) => identityOf(identityOf(url)) === identityOf(url)));
});

test("names made of parts differ when the parts do", () => {
  expect(hashOf("a", "bc")).not.toBe(hashOf("ab", "c"));
  expect(hashOf("x")).toMatch(/^[\w-]{43}$/);
});

test("a lane is host and port", () => {
  expect(laneOfUrl("https://Sub.Example./x")).toBe("sub.example:443");
  expect(laneOfUrl("http://[::1]:8080/")).toBe("[::1]:8080");
});
