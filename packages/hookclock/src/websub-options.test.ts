import { expect, test } from "vitest";
import { checkWebSubOptions } from "./websub-options.ts";

const settings = (options: object) =>
  checkWebSubOptions({ baseUrl: "https://hooks.example/", ...options }).settings;

test("the default lease keeps to the bounds that were said; one that was said is held to them", () => {
  expect(settings({}).leaseSeconds).toBe(864_000);
  expect(settings({ hub: { leaseSecondsMax: 3_600 } }).leaseSeconds).toBe(3_600);
  expect(settings({ hub: { leaseSecondsMin: 2_000_000 } }).leaseSeconds).toBe(2_000_000);
  expect(() => settings({ leaseSeconds: 864_000, hub: { leaseSecondsMax: 3_600 } })).toThrow(
    expect.objectContaining({ code: "invalid-input", field: "leaseSeconds" }),
  );
});
