import { afterEach, expect, test, vi } from "vitest";
import { loudSkip } from "./loud-skip.ts";

const suite = Object.assign(() => "run", { skip: () => "skipped" });

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("a part that is there lets the suite run, without a word", () => {
  vi.stubEnv("CI", "");
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  expect(loudSkip<() => string>(suite, null)()).toBe("run");
  expect(warn).not.toHaveBeenCalled();
});

test("a missing part skips, and says so", () => {
  vi.stubEnv("CI", "");
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  expect(loudSkip<() => string>(suite, "java is not installed")()).toBe("skipped");
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("java is not installed"));
});

test("where CI=true a missing part skips nothing: the suite runs and fails", () => {
  vi.stubEnv("CI", "true");
  expect(loudSkip<() => string>(suite, "java is not installed")()).toBe("run");
});
