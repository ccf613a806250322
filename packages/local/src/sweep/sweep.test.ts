import { createFakeClock } from "@hookclock/testkit";
import type { SweepStep } from "hookclock";
import { expect, test } from "vitest";
import { PAGE_MS, REST_MS, runSweep } from "./sweep.ts";

/** A sweep whose steps a test scripts; the last one is repeated. */
function scripted(steps: (Partial<SweepStep> | Error)[]) {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const stop = new AbortController();
  const asked: number[] = [];
  const step = async (now: number): Promise<SweepStep> => {
    asked.push(now - startedAt);
    const one = steps[Math.min(asked.length, steps.length) - 1] ?? {};
    if (one instanceof Error) throw one;
    return { deleted: 0, isRoundOver: false, ...one };
  };
  const running = runSweep({ step }, { now: clock.now, sleep: clock.sleep, signal: stop.signal });
  return { clock, stop, asked, running };
}

test("it rests before the first round and after each, and goes page by page", async () => {
  const { clock, stop, asked, running } = scripted([{}, {}, { isRoundOver: true }, { isRoundOver: true }]);
  await clock.advance(REST_MS - 1);
  expect(asked).toEqual([]);
  await clock.advance(2 * REST_MS);
  const end = REST_MS + 2 * PAGE_MS;
  expect(asked).toEqual([REST_MS, REST_MS + PAGE_MS, end, end + REST_MS]);
  stop.abort();
  await running;
});

test("a step that fails is tried again after a rest", async () => {
  const { clock, stop, asked, running } = scripted([new Error("away"), {}, {}]);
  await clock.advance(2 * REST_MS + PAGE_MS);
  expect(asked).toEqual([REST_MS, 2 * REST_MS, 2 * REST_MS + PAGE_MS]);
  stop.abort();
  await running;
});

test("it ends at once when it is told to, and looks no more", async () => {
  const { clock, stop, asked, running } = scripted([{}]);
  stop.abort();
  await running;
  await clock.advance(5 * REST_MS);
  expect(asked).toEqual([]);
});
