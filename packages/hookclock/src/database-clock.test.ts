import type { Clock } from "@hookclock/engine";
import { expect, test } from "vitest";
import { createDatabaseClock } from "./database-clock.ts";

const NOON = Date.UTC(2030, 0, 31, 12);

/** A clock that only moves when told to; its monotonic side counts fractions, as the real one does. */
const baseAt = (start: number) => {
  let now = start;
  const base = { now: () => now, monotonic: () => now - NOON + 0.123, sleep: async () => {} } satisfies Clock;
  return {
    base,
    moveTo: (instant: number) => {
      now = instant;
    },
  };
};

test("instants stay whole, whatever the drift between two answers", () => {
  const { base, moveTo } = baseAt(NOON);
  const clock = createDatabaseClock(base);
  const offsets: number[] = [];
  for (let step = 0; step < 50; step += 1) {
    const at = NOON + step * 1_337;
    moveTo(at);
    // The database is six seconds behind, and provably so.
    const dateMs = Math.floor((at - 6_001) / 1_000) * 1_000;
    clock.learn({ dateMs, sentAt: at, receivedAt: at });
    expect(Number.isInteger(clock.now())).toBe(true);
    offsets.push(clock.now() - at);
  }
  expect(Math.min(...offsets)).toBeLessThan(0);
});
