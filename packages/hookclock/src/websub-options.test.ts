import { expect, test } from "vitest";
import { checkWebSubOptions } from "./websub-options.ts";

const settings = (options: object) =>
  checkWebSubOptions({ baseUrl: "https://hooks.example/", ...options }).settings;

test("leases that were not said keep to those that were; those that were have to be in order", () => {
  const DAYS_30 = 2_592_000;
  const leases = (options: { leaseSeconds?: number; min?: number; max?: number }) => {
    const { leaseSeconds, hub } = settings({
      leaseSeconds: options.leaseSeconds,
      hub: { leaseSecondsMin: options.min, leaseSecondsMax: options.max },
    });
    return [hub.leaseSecondsMin, leaseSeconds, hub.leaseSecondsMax];
  };
  expect(leases({})).toEqual([300, 864_000, DAYS_30]);
  expect(leases({ max: 3_600 })).toEqual([300, 3_600, 3_600]);
  expect(leases({ max: 60 })).toEqual([60, 60, 60]);
  expect(leases({ min: 2_000_000 })).toEqual([2_000_000, 2_000_000, DAYS_30]);
  expect(leases({ min: 5_000_000 })).toEqual([5_000_000, 5_000_000, 5_000_000]);
  expect(leases({ leaseSeconds: 60 })).toEqual([60, 60, DAYS_30]);
  expect(leases({ leaseSeconds: 31_000_000 })).toEqual([300, 31_000_000, 31_000_000]);
  expect(leases({ leaseSeconds: 60, max: 100 })).toEqual([60, 60, 100]);
  expect(leases({ leaseSeconds: 5_000_000, min: 400 })).toEqual([400, 5_000_000, 5_000_000]);
  expect(() => settings({ leaseSeconds: 864_000, hub: { leaseSecondsMax: 3_600 } })).toThrow(
    expect.objectContaining({ code: "invalid-input", field: "leaseSeconds" }),
  );
});
