import { expect, test } from "vitest";
import { checkOptions, parseApiUrl } from "./options.ts";

test.each([
  ["https://hooks.example.com", "https://hooks.example.com/"],
  ["https://hooks.example.com/stage/one", "https://hooks.example.com/stage/one/"],
  ["http://127.0.0.1:8787/", "http://127.0.0.1:8787/"],
  ["http://localhost:1", "http://localhost:1/"],
  ["http://[::1]:80", "http://[::1]/"],
])("%s is an address", (text, href) => {
  expect(parseApiUrl(text).href).toBe(href);
});

test.each([
  "hooks.example.com",
  "ftp://example.com",
  "",
  "http://hooks.example.com",
  "http://10.0.0.1",
  "http://127.0.0.1.example.com",
  "http://localhost.example.com",
  "https://user:pa55@example.com",
  "https://example.com/?key=pa55",
  "https://example.com/#pa55",
  "user:pa55@nonsense",
])("%s is refused, and no password is repeated", (text) => {
  expect(() => parseApiUrl(text)).toThrow(expect.objectContaining({ code: "invalid-input", field: "url" }));
  expect(() => parseApiUrl(text)).not.toThrow(/pa55/);
});

test("plain http to another machine has to be asked for", () => {
  expect(parseApiUrl("http://10.0.0.1:80", { insecureHttp: true }).href).toBe("http://10.0.0.1/");
  expect(() => parseApiUrl("http://10.0.0.1")).toThrow(/must not travel in the clear/);
});

test("what no header can carry is no key, and options are the known ones", () => {
  const url = "https://example.com";
  for (const key of ["", "two words", "line\nbreak", "ü", "x".repeat(513)]) {
    expect(() => checkOptions({ url, key })).toThrow(/key of options is \[not shown\]/);
  }
  expect(() => checkOptions({ url, key: "k", timeout: 1 } as never)).toThrow(/did you mean "timeoutMs"/);
  expect(checkOptions({ url, key: "k" })).toMatchObject({
    timeoutMs: 30_000,
    retriesMax: 3,
    insecureHttp: false,
  });
});
