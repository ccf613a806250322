// How long finished tasks are kept: what gives a row an end, and what takes it away.
import { expect, test } from "vitest";
import type { Outcome } from "../delivery/outcome.ts";
import { parseDefinition, type RegisterInput } from "../input/definition.ts";
import { parseUpdate, patchOf } from "../input/update.ts";
import { retry, suspend, unsuspend, update } from "./edit.ts";
import { isOver } from "./keep.ts";
import { newRow } from "./new-row.ts";
import type { TaskRow } from "./row.ts";
import { bury, claim, settle, settleOnto } from "./settle.ts";
import { toTask } from "./view.ts";

const NOW = Date.UTC(2030, 0, 1) + 500;
const SECOND = Math.ceil(NOW / 1_000);
const DAY_S = 86_400;

const rowOf = (given: Partial<RegisterInput> = {}): TaskRow =>
  newRow(
    parseDefinition({
      ...{ namespace: "n", id: "a", url: "https://x.example/", scheduledDate: new Date(NOW) },
      ...{ keepSeconds: 60, retryLimit: 0, ...given },
    }),
    { now: NOW, random: () => 0.5, newId: () => "x", shards: 8 },
  );
const attempted = (outcome: Outcome["class"], now = NOW) => ({
  ...{ outcome: { class: outcome }, startedAt: now, now, random: () => 0.5, maxErrors: 5 },
});
const done = (given?: Partial<RegisterInput>): TaskRow => settle(rowOf(given), attempted("ok"));

test("a task that is DONE has an end, so long after it was finished, and exists until then", () => {
  const row = done();
  expect(row).toMatchObject({ status: "DONE", ttl: SECOND + 60 });
  expect(isOver(row, (SECOND + 60) * 1_000 - 1)).toBe(false);
  expect(isOver(row, (SECOND + 60) * 1_000)).toBe(true);
  expect(toTask(row)).toMatchObject({ keepSeconds: 60, ttl: SECOND + 60 });
});

test("one without keepSeconds is kept for ever", () => {
  for (const keepSeconds of [undefined, null]) {
    const row = done({ keepSeconds });
    expect(row).not.toHaveProperty("ttl");
    expect(row).not.toHaveProperty("keepSeconds");
    expect(isOver(row, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(toTask(row)).toMatchObject({ keepSeconds: null, ttl: null });
  }
});

test("a FAILED task is kept 90 days at least, by whatever way it failed", () => {
  const failures = (row: TaskRow): TaskRow[] => [
    settle(row, attempted("retryable")),
    settle(row, attempted("permanent")),
    settle(row, attempted("gone")),
    bury(claim(row, "w", NOW, NOW), NOW),
  ];
  for (const row of failures(rowOf()))
    expect(row).toMatchObject({ status: "FAILED", ttl: SECOND + 90 * DAY_S });
  for (const row of failures(rowOf({ keepSeconds: 100 * DAY_S })))
    expect(row).toMatchObject({ status: "FAILED", ttl: SECOND + 100 * DAY_S });
});

test("a recurring task has no end between its runs", () => {
  const row = rowOf({ repeat: { interval: 1, unit: "hours", max: 2 } });
  const once = settle(row, attempted("ok"));
  expect(once).toMatchObject({ status: "ACTIVE" });
  expect(once).not.toHaveProperty("ttl");
  const later = NOW + 3_600_000;
  expect(settle(once, attempted("ok", later))).toMatchObject({ status: "DONE", ttl: SECOND + 3_600 + 60 });
});

test("retry takes the end away, and finishing again gives a new one", () => {
  const back = retry(done(), NOW + 30_000);
  expect(back).toMatchObject({ status: "ACTIVE", keepSeconds: 60 });
  expect(back).not.toHaveProperty("ttl");
  expect(settle(back, attempted("ok", NOW + 40_000))).toMatchObject({ ttl: SECOND + 40 + 60 });
});

test("a task that was suspended while its last attempt ran ends when it is let go, not before", () => {
  const row = rowOf();
  const held = claim(row, "w", NOW + 60_000, NOW);
  const kept = settleOnto(held, suspend(held, NOW), attempted("ok"));
  expect(kept).toMatchObject({ status: "SUSPENDED", settled: { status: "DONE" } });
  expect(kept).not.toHaveProperty("ttl");
  expect(unsuspend(kept, NOW + 10_000)).toMatchObject({ status: "DONE", ttl: SECOND + 10 + 60 });
});

test("keepSeconds can be changed, and taken away, also of a task that is finished", () => {
  const changed = (row: TaskRow, keepSeconds: number | null): TaskRow =>
    update(row, patchOf(row, parseUpdate({ namespace: "n", id: "a", keepSeconds })), NOW + 20_000);
  expect(changed(done(), 5)).toMatchObject({ status: "DONE", keepSeconds: 5, ttl: SECOND + 20 + 5 });
  for (const row of [changed(done(), null), changed(rowOf(), null)]) {
    expect(row).not.toHaveProperty("ttl");
    expect(row).not.toHaveProperty("keepSeconds");
  }
  expect(changed(done({ keepSeconds: null }), 5)).toMatchObject({ ttl: SECOND + 20 + 5 });
  const active = changed(rowOf(), 5);
  expect(active).toMatchObject({ status: "ACTIVE", keepSeconds: 5 });
  expect(active).not.toHaveProperty("ttl");
  // Another change counts its time anew.
  expect(update(done(), { timeoutMs: 1_000 }, NOW + 20_000)).toMatchObject({ ttl: SECOND + 20 + 60 });
});

test("how long it is kept is no part of what makes a task the same", () => {
  expect(rowOf({ keepSeconds: 5 }).fingerprint).toBe(rowOf({ keepSeconds: null }).fingerprint);
  expect(rowOf({ timeoutMs: 5_000 }).fingerprint).not.toBe(rowOf().fingerprint);
});

test("only whole seconds from 1 to ten years are taken", () => {
  for (const keepSeconds of [
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    3_650 * DAY_S + 1,
    "60",
    true,
  ]) {
    const given = { keepSeconds: keepSeconds as number };
    expect(() => rowOf(given), String(keepSeconds)).toThrow(/keepSeconds of task is/);
    expect(() => parseUpdate({ namespace: "n", id: "a", ...given })).toThrow(/keepSeconds of update is/);
  }
  expect(rowOf({ keepSeconds: 3_650 * DAY_S }).keepSeconds).toBe(3_650 * DAY_S);
  expect(rowOf({ keepSeconds: 1 }).keepSeconds).toBe(1);
});
