import { expect, test } from "vitest";
import { progressText } from "./progress.ts";

test("a bar fills with what is done", () => {
  expect(progressText("registering", 0, 200, 0)).toBe("registering ░░░░░░░░░░░░░░░░░░░░░░░░ 0/200 · 0:00");
  expect(progressText("registering", 50, 200, 7_400)).toBe(
    "registering ██████░░░░░░░░░░░░░░░░░░ 50/200 · 0:07",
  );
  expect(progressText("registering", 200, 200, 61_000)).toBe(
    "registering ████████████████████████ 200/200 · 1:01",
  );
});

test("without a total only what is done is said", () => {
  expect(progressText("running", 12, undefined, 3_000)).toBe("running 12 · 0:03");
});
