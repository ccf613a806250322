// The page of rules says what the tests hold, and no rule is without one.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

test("each rule of WebSub has a test of its name, and the page is up to date", () => {
  const run = () =>
    execFileSync(process.execPath, ["scripts/websub-rules.mjs"], { stdio: "pipe" }).toString();
  expect(run).not.toThrow();
});
