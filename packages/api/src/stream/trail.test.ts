import fc from "fast-check";
import { expect, test } from "vitest";
import { aLog } from "./test-logs.ts";
import { OVERLAP_MS, type Position, Trail } from "./trail.ts";

const START = Date.UTC(2030, 0, 1);
const asSent = (position: Position): Position => JSON.parse(JSON.stringify(position)) as Position;
const idsOf = (logs: readonly { id: string }[]) => logs.map(({ id }) => id);

type Row = { log: ReturnType<typeof aLog>; visibleMs: number };

/** One look: what is visible and not yet sent goes out in order, up to `most`; complete unless cut. */
function look(trail: Trail, rows: readonly Row[], nowMs: number, most = Number.POSITIVE_INFINITY): string[] {
  const fromMs = trail.look(nowMs);
  const visible = rows
    .filter(({ visibleMs }) => visibleMs <= nowMs)
    .map(({ log }) => log)
    .filter((log) => Date.parse(log.__createdAt) >= fromMs)
    .sort((a, b) => (a.__createdAt + a.id < b.__createdAt + b.id ? -1 : 1));
  const fresh = trail.fresh(visible);
  for (const log of fresh.slice(0, most)) trail.send(log);
  if (fresh.length <= most) trail.settle();
  return idsOf(fresh.slice(0, most));
}

test("what is late by less than the overlap comes, once", () => {
  const trail = Trail.startingAt(START);
  const rows = [
    { log: aLog("a", START + 1_000), visibleMs: START + 1_000 },
    { log: aLog("late", START + 1_000), visibleMs: START + 9_000 },
    { log: aLog("b", START + 8_000), visibleMs: START + 8_000 },
  ];
  expect(look(trail, rows, START + 8_500)).toEqual(["a", "b"]);
  expect(look(trail, rows, START + 9_500)).toEqual(["late"]);
  expect(look(trail, rows, START + 10_000)).toEqual([]);
});

test("an attempt of the same name that started at another time is another one", () => {
  const trail = Trail.startingAt(START);
  trail.look(START);
  trail.send(aLog("a", START));
  expect(trail.fresh([aLog("a", START)])).toEqual([]);
  expect(trail.fresh([aLog("a", START + 1)])).toHaveLength(1);
});

test("a position goes on where it was taken, in the middle of a look as well", () => {
  const rows = ["a", "b", "c"].map((id) => ({ log: aLog(id, START), visibleMs: START }));
  const trail = Trail.startingAt(START);
  expect(look(trail, rows, START, 1)).toEqual(["a"]);
  const resumed = Trail.resumedFrom(asSent(trail.position()));
  expect(look(resumed, rows, START)).toEqual(["b", "c"]);
});

test("while nothing fits the filter, looks do not reach back further and further", () => {
  const trail = Trail.startingAt(START);
  look(trail, [], START + 3_600_000);
  const { fromMs } = trail.position();
  expect(fromMs).toBeGreaterThan(START + 3_600_000 - 60_000);
  expect(fromMs).toBeLessThan(START + 3_600_000 - OVERLAP_MS);
});

test("a start in the future stays where it is", () => {
  const trail = Trail.startingAt(START + 60_000);
  look(trail, [], START);
  expect(trail.look(START)).toBe(START + 60_000);
});

test("a worker's clock that is far ahead does not make the stream skip the others", () => {
  const trail = Trail.startingAt(START);
  const rows = [{ log: aLog("ahead", START + 3_600_000), visibleMs: START }];
  expect(look(trail, rows, START)).toEqual(["ahead"]);
  rows.push({ log: aLog("next", START + 40_000), visibleMs: START + 40_000 });
  expect(look(trail, rows, START + 40_000)).toEqual(["next"]);
  expect(look(trail, rows, START + 41_000)).toEqual([]);
});

test("a position is bounded, and what it cannot tell is rather sent twice than never", () => {
  const rows = Array.from({ length: 1_000 }, (_, index) => {
    return { log: aLog(`t${index}`, START), visibleMs: START };
  });
  const trail = Trail.startingAt(START);
  const first = look(trail, rows, START, 900);
  const position = asSent(trail.position());
  expect(JSON.stringify(position).length).toBeLessThan(3_000);
  const rest = look(Trail.resumedFrom(position), rows, START);
  expect(new Set([...first, ...rest]).size).toBe(1_000);
});

const arbitraryRows = fc.array(
  fc.record({ writtenMs: fc.integer({ min: 0, max: 60_000 }), lateMs: fc.integer({ min: 0, max: 9_000 }) }),
  { maxLength: 120, size: "max" },
);
const arbitraryLooks = fc.array(
  fc.record({ afterMs: fc.integer({ min: 1, max: 4_000 }), most: fc.nat({ max: 20 }), cut: fc.boolean() }),
  { minLength: 1, maxLength: 60, size: "max" },
);

test("however late logs become visible and wherever connections break, each comes exactly once", () => {
  fc.assert(
    fc.property(arbitraryRows, arbitraryLooks, (drawn, looks) => {
      const rows = drawn.map(({ writtenMs, lateMs }, index): Row => {
        return { log: aLog(`t${index}`, START + writtenMs), visibleMs: START + writtenMs + lateMs };
      });
      let trail = Trail.startingAt(START);
      let nowMs = START;
      const got: string[] = [];
      for (const { afterMs, most, cut } of looks) {
        nowMs += afterMs;
        got.push(...look(trail, rows, nowMs, cut ? most : undefined));
        if (cut) trail = Trail.resumedFrom(asSent(trail.position()));
      }
      for (let last = 0; last < 2; last += 1) got.push(...look(trail, rows, START + 70_000));
      expect(got.toSorted()).toEqual(idsOf(rows.map(({ log }) => log)).toSorted());
    }),
    { numRuns: 200 },
  );
});
