import fc from "fast-check";
import { expect, test } from "vitest";
import { isForThisMachine } from "./hosts.ts";

test.each([
  "localhost",
  "LOCALHOST:8766",
  "127.0.0.1:8766",
  "127.0.0.2",
  "[::1]",
  "[::1]:80",
  "localhost:9000",
])("%s is this machine", (host) => expect(isForThisMachine(host, "/health")).toBe(true));

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
])("%j is not", (host) => expect(isForThisMachine(host, "/health")).toBe(false));

test.each(["http://evil.example/health", "http://localhost/health", "*", "", undefined])(
  "a target that is no path is refused whatever Host says: %j",
  (target) => expect(isForThisMachine("localhost", target)).toBe(false),
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
      if (!isForThisMachine(text, "/")) return;
      // Past 255 or 65,535 a URL refuses what no caller can have reached us by.
      const name = URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`).hostname : "localhost";
      expect(name).toMatch(/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/);
    }),
    { numRuns: 5_000 },
  );
});
