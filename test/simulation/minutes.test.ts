// Ten minutes on AWS: everything that can go wrong around the functions does, and every task is delivered at its time.
import { beforeAll, expect, test } from "vitest";
import { latenessOf, printed, repeated } from "./aws/report.ts";
import { type Minutes, simulateMinutes } from "./aws/world.ts";

const TASKS = 10_000;
const LATENESS_P99_MS = 2_000;

let minutes: Minutes;
beforeAll(async () => {
  minutes = await simulateMinutes({ tasks: TASKS, minutes: 10, seed: 1 });
  console.log(printed(minutes));
}, 180_000);

test("every occurrence of every task is delivered", () => {
  const statuses = Map.groupBy(minutes.tasks, ({ status }) => status);
  expect([...statuses].map(([status, rows]) => [status, rows.length])).toEqual([["DONE", TASKS]]);
  const successes = new Map(minutes.tasks.map(({ id, execution }) => [id, execution.successful]));
  expect(minutes.planned.filter(({ id, occurrences }) => successes.get(id) !== occurrences)).toEqual([]);
  const arrived = new Set(minutes.arrivals.map(({ id, occurrence }) => `${id}/${occurrence}`));
  expect(arrived.size).toBe(minutes.planned.reduce((sum, { occurrences }) => sum + occurrences, 0));
});

test("none is early", () => {
  expect(minutes.arrivals.filter(({ lateMs }) => !(lateMs >= 0))).toEqual([]);
});

test("none comes twice but what was in flight when its invocation was cut off", () => {
  expect(repeated(minutes).filter((key) => !minutes.disturbed.has(key))).toEqual([]);
});

test("what is known a second before its time is less than two seconds late, 99 of 100 times", () => {
  const [known] = latenessOf(minutes);
  expect(known.count).toBeGreaterThan(TASKS * 0.9);
  expect(known.p99).toBeLessThan(LATENESS_P99_MS);
});

test("what was meant to go wrong did", () => {
  const { trigger, react, wake, queue, stream } = minutes.counts;
  expect([trigger.cutOff, react.cutOff, wake.cutOff]).toEqual([1, 2, 2]);
  // 13 minutes; one tick is lost and one comes twice.
  expect(trigger.invocations).toBeGreaterThanOrEqual(13);
  expect(wake.coldStarts).toBeGreaterThan(5);
  expect(queue.doubled).toBeGreaterThan(5);
  expect(queue.returned).toBeGreaterThan(0);
  expect(queue.dropped).toBe(0);
  expect(stream.repeated).toBeGreaterThan(100);
  expect(stream.shuffled).toBeGreaterThan(1_000);
  expect(minutes.figures.errors).toBeGreaterThan(0);
});

test("the figures that are reported are what happened", () => {
  const { figures, arrivals } = minutes;
  const retries = minutes.planned.reduce((sum, { fails }) => sum + fails, 0);
  const occurrences = minutes.planned.reduce((sum, one) => sum + one.occurrences, 0);
  // What was in flight in a process that was cut off is counted by the one that came after it.
  expect(figures).toMatchObject({ executed: occurrences, succeeded: occurrences });
  expect(figures.attempts).toBe(occurrences + retries);
  expect(arrivals.length - (figures.attempts ?? 0)).toBe(repeated(minutes).length);
});
