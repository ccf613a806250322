import { expect, test } from "vitest";
import type { DevEvent } from "../events.ts";
import { ScreenModel } from "./model.ts";
import { attempted, begun, learned, NOON, started } from "./test-events.ts";

const ALL = { tasksMax: 100, recentMax: 100 };
const modelAfter = (...events: DevEvent[]): ScreenModel => {
  const model = new ScreenModel();
  for (const event of events) model.apply(event);
  return model;
};

test("an attempt is in flight from its start to its end", () => {
  const model = modelAfter(started(), learned({ id: "a" }), begun("a", NOON + 10));
  expect(model.inFlightCount).toBe(1);
  expect(model.view(NOON + 20, ALL).tasks[0]).toMatchObject({ id: "a", runningSince: NOON + 10 });
  model.apply(attempted({ id: "a", status: "DONE", reason: "max-repeat", nextAt: null }));
  const view = model.view(NOON + 30, ALL);
  expect(view.counters).toMatchObject({ inFlight: 0, succeeded: 1, failed: 0 });
  expect(view.tasks[0]).toMatchObject({ status: "DONE", runningSince: null });
});

test("a lost attempt is not in flight any more", () => {
  const model = modelAfter(started(), begun("a", NOON));
  model.apply({ at: NOON, type: "lost", namespace: "demo", id: "a" });
  expect(model.view(NOON, ALL).counters).toMatchObject({ inFlight: 0, lost: 1 });
});

test("an attempt whose end is never told does not stay for ever", () => {
  const model = modelAfter(started(), begun("a", NOON));
  model.view(NOON + 17 * 60_000, ALL);
  expect(model.inFlightCount).toBe(0);
});

test("older news does not undo newer news", () => {
  const model = modelAfter(
    started(),
    attempted({ id: "a", status: "DONE", nextAt: null, updatedAt: NOON + 50 }),
    learned({ id: "a", status: "ACTIVE", updatedAt: NOON + 20 }),
  );
  expect(model.view(NOON, ALL).tasks[0]?.status).toBe("DONE");
});

test("failures are counted apart from retries", () => {
  const retrying = { id: "a", reason: "retrying" as const, attempt: 1 };
  const model = modelAfter(
    started(),
    attempted(retrying, { outcome: "retryable", responseStatus: 503, error: "status" }),
    attempted(
      { id: "a", status: "FAILED", reason: "gone", nextAt: null },
      { outcome: "gone", responseStatus: 410 },
    ),
  );
  expect(model.view(NOON, ALL).counters).toMatchObject({ succeeded: 0, failed: 2, retried: 1 });
});

test("lateness leaves out what waited because it was suspended, or because nothing ran", () => {
  const model = modelAfter(
    started(),
    learned({ id: "rested", status: "SUSPENDED", nextAt: null }),
    ...[begun("rested", NOON + 3_000, 2_000), attempted({ id: "rested" }, { latenessMs: 2_000 })],
    ...[begun("overnight", NOON + 5, 30_000), attempted({ id: "overnight" }, { latenessMs: 30_000 })],
    ...[begun("punctual", NOON + 40, 4), attempted({ id: "punctual" }, { latenessMs: 4 })],
  );
  expect(model.view(NOON, ALL).lateness).toEqual({ p50Ms: 4, maxMs: 4 });
});

test("when not all fit, running ones go first, then those due next; the order stays that of arrival", () => {
  const model = modelAfter(
    started(),
    learned({ id: "done", status: "DONE", nextAt: null }),
    learned({ id: "later", nextAt: NOON + 9_000 }),
    learned({ id: "soon", nextAt: NOON + 1_000 }),
    learned({ id: "running" }),
    begun("running", NOON),
  );
  const view = model.view(NOON, { tasksMax: 2, recentMax: 1 });
  expect(view.tasks.map(({ id }) => id)).toEqual(["soon", "running"]);
  expect(view.hiddenCount).toBe(2);
});

test("it remembers a bounded number of tasks and forgets finished ones first", () => {
  const model = modelAfter(started(), learned({ id: "finished", status: "DONE", nextAt: null }));
  for (let n = 0; n < 600; n += 1) model.apply(learned({ id: `t${n}` }));
  const { tasks } = model.view(NOON, { tasksMax: 1_000, recentMax: 1 });
  expect(tasks).toHaveLength(500);
  expect(tasks.some(({ id }) => id === "finished")).toBe(false);
});

test("a removed task is gone, an error is shown for a while only", () => {
  const model = modelAfter(started(), learned({ id: "a" }));
  model.apply({ at: NOON, type: "removed", namespace: "demo", id: "a" });
  model.apply({ at: NOON, type: "error", where: "look", code: "throttled", message: "busy" });
  expect(model.view(NOON + 1_000, ALL)).toMatchObject({ tasks: [], lastError: { code: "throttled" } });
  expect(model.view(NOON + 16_000, ALL).lastError).toBeNull();
});

test("the stopwatch stops with the instance", () => {
  const model = modelAfter(started());
  expect(model.view(NOON + 5_000, ALL)).toMatchObject({ ranMs: 5_000, phase: "running" });
  const tally = { processed: 0, succeeded: 0, failed: 0, errors: 0, lost: 0 };
  model.apply({ at: NOON + 6_000, type: "stopped", tally });
  expect(model.view(NOON + 60_000, ALL)).toMatchObject({ ranMs: 6_000, phase: "stopped" });
});
