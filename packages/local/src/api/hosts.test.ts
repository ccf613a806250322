import fc from "fast-check";
import { expect, test } from "vitest";
import { hostsOf, isForUs, isFromOurPages } from "./hosts.ts";

test.each([
  "localhost",
  "LOCALHOST:8766",
  "127.0.0.1:8766",
  "127.0.0.2",
  "[::1]",
  "[::1]:80",
  "localhost:9000",
])("%s is this machine", (host) => expect(isForUs(host, "/health")).toBe(true));

test.each([
  undefined,
  "",
  "evil.example",
  "evil.example:8766",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil.example#localhost",
  "user@localhost",
  "localhost:80:80",
  "localhost:port",
  "localhost, evil.example",
  "127.0.0.1/",
  "128.0.0.1",
  "0.0.0.0",
  "::1",
  "[::1%lo]",
  "[::ffff:127.0.0.1]",
  "192.168.1.5:8766",
  " localhost",
  "localhost\n",
])("%j is not", (host) => expect(isForUs(host, "/health")).toBe(false));

test.each(["http://evil.example/health", "http://localhost/health", "*", "", undefined])(
  "a target that is no path is refused whatever Host says: %j",
  (target) => expect(isForUs("localhost", target)).toBe(false),
);

test("whatever is taken for this machine, a URL takes for this machine as well", () => {
  const pieces = [
    "localhost",
    "127.0.0.1",
    "127.",
    "[::1]",
    "evil.example",
    ".",
    ":",
    "80",
    "@",
    "#",
    "/",
    "\\",
    "%00",
    " ",
    "\t",
    "0x7f",
    "①",
  ];
  const host = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 5 });
  fc.assert(
    fc.property(host, (parts) => {
      const text = parts.join("");
      if (!isForUs(text, "/")) return;
      // Past 255 or 65,535 a URL refuses what no caller can have reached us by.
      const name = URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`).hostname : "localhost";
      expect(name).toMatch(/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/);
    }),
    { numRuns: 5_000 },
  );
});

test.each(["hooks.example", "HOOKS.example", "hooks.example:443"])(
  "%s is this instance when a tunnel leads from there, and not otherwise",
  (host) => {
    expect(isForUs(host, "/hub", hostsOf("https://hooks.example"))).toBe(true);
    expect(isForUs(host, "/hub", hostsOf(null))).toBe(false);
    expect(isForUs(host, "https://hooks.example/hub", hostsOf("https://hooks.example"))).toBe(false);
  },
);

test.each([
  "hooks.example:80",
  "hooks.example:8766",
  "hooks.example.",
  "a.hooks.example",
  "hooks.example.evil.example",
  "evil.example",
  "hooks.example@evil.example",
  "hooks.example, evil.example",
  "hooks.example:443:443",
  "",
])("%j is not, for a tunnel from https://hooks.example", (host) =>
  expect(isForUs(host, "/hub", hostsOf("https://hooks.example"))).toBe(false),
);

test("the port of a public URL counts, and its scheme says which one may be left out", () => {
  expect(hostsOf("https://hooks.example:8443/")).toEqual(["hooks.example:8443"]);
  expect(hostsOf("http://Hooks.Example")).toEqual(["hooks.example", "hooks.example:80"]);
});

test.each([
  "https://evil.example",
  "null",
  "file://",
  "",
  "http://localhost.evil.example",
  "http://a@localhost",
])("a page of %j may read, and may not post", (origin) => {
  expect(isFromOurPages("POST", origin)).toBe(false);
  expect(isFromOurPages("DELETE", origin)).toBe(false);
  expect(isFromOurPages("GET", origin)).toBe(true);
});

test("pages of this machine and of the public URL may post, and so may who is no page", () => {
  expect(isFromOurPages("POST", undefined)).toBe(true);
  expect(isFromOurPages("POST", "http://localhost:3000")).toBe(true);
  expect(isFromOurPages("POST", "https://hooks.example")).toBe(false);
  expect(isFromOurPages("POST", "https://hooks.example", hostsOf("https://hooks.example"))).toBe(true);
});
