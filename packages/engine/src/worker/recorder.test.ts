import { HookclockError, suspend, type TaskRow } from "@hookclock/core";
import { aTask, createTestEngine, ok, serverError, type TestEngine } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { edit } from "../usecases/edit.ts";
import { register } from "../usecases/register.ts";
import { type Ended, Recorder } from "./recorder.ts";

async function attempts(engine: TestEngine, count: number, outcome: Ended["outcome"] = ok): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (let n = 0; n < count; n += 1) {
    const { task } = await register(engine, aTask(engine, { id: `t${n}` }));
    const now = engine.clock.now();
    ended.push({ origin: task, held: task, outcome, startedAt: now, dueAt: now });
  }
  return ended;
}
const rowOf = async (engine: TestEngine, { origin }: Ended): Promise<TaskRow> => {
  const row = await engine.tasks.read(origin);
  if (row === null) throw new Error("gone");
  return row;
};
const record = (engine: TestEngine, all: Ended[]) => {
  const recorder = new Recorder(engine);
  return Promise.all(all.map((one) => recorder.record(one)));
};
const only = <T>(list: readonly T[]): T => list[0] as T;

test("attempts that end together are written together: logs first, then rows", async () => {
  const engine = createTestEngine();
  const all = await attempts(engine, 60);
  const order: string[] = [];
  engine.stores.faults.before("logs.append", () => void order.push("logs"));
  engine.stores.faults.before("tasks.saveMany", () => void order.push("rows"));
  const recorded = await record(engine, all);
  expect(recorded.every(({ result }) => result === "saved")).toBe(true);
  expect(engine.stores.faults.calls["logs.append"]).toBe(3);
  expect(engine.stores.faults.calls["tasks.saveMany"]).toBe(3);
  expect(order[0]).toBe("logs");
  expect(engine.stores.dump().logs).toHaveLength(60);
});

test("a user's edit made meanwhile is kept, and the attempt is counted", async () => {
  const engine = createTestEngine();
  const all = await attempts(engine, 1);
  await edit(engine, only(all).origin, suspend);
  expect(only(await record(engine, all))).toMatchObject({ result: "saved", row: { status: "SUSPENDED" } });
  expect(await rowOf(engine, only(all))).toMatchObject({
    execution: { count: 1 },
    settled: { status: "DONE" },
  });
});

test("a deleted task stays deleted; another worker's result stays; both attempts keep their logs", async () => {
  const engine = createTestEngine();
  const all = await attempts(engine, 2);
  await engine.tasks.remove(only(all).origin);
  await record(engine, all.slice(1));
  const before = await rowOf(engine, all[1] as Ended);
  const late = all.map((one) => ({ ...one, outcome: serverError }));
  const results = await record(engine, late);
  expect(results.map(({ result }) => result)).toEqual(["deleted", "lost"]);
  expect(await engine.tasks.read(only(all).origin)).toBeNull();
  expect(await rowOf(engine, all[1] as Ended)).toEqual(before);
});

test("a database that is away is waited for as long as the claim lasts", async () => {
  const engine = createTestEngine({ claimMs: 10_000 });
  const all = await attempts(engine, 3);
  engine.stores.faults.failBefore("logs.append", 3);
  engine.stores.faults.failBefore("tasks.saveMany", 3);
  const recorded = record(engine, all);
  await engine.clock.advance(9_000);
  expect((await recorded).map(({ result }) => result)).toEqual(["saved", "saved", "saved"]);
});

test("and no longer: then the row is as it was, for whoever comes next", async () => {
  const engine = createTestEngine({ claimMs: 10_000 });
  const all = await attempts(engine, 2);
  engine.stores.faults.failBefore("logs.append", 1_000);
  const recorded = record(engine, all);
  await engine.clock.advance(20_000);
  expect((await recorded).map(({ result }) => result)).toEqual(["error", "error"]);
  expect(await rowOf(engine, only(all))).toEqual(only(all).origin);
});

test("a write that happened though its answer was lost is known as our own, not as another worker's", async () => {
  const engine = createTestEngine();
  const all = await attempts(engine, 5);
  engine.stores.faults.failAfter("tasks.saveMany", 2);
  const recorded = record(engine, all);
  await engine.clock.advance(5_000);
  expect((await recorded).map(({ result }) => result)).toEqual(Array(5).fill("saved"));
  expect(await rowOf(engine, only(all))).toMatchObject({ status: "DONE", execution: { count: 1 } });
});

test("one row that cannot be saved takes no other with it", async () => {
  const engine = createTestEngine();
  const all = await attempts(engine, 10);
  const tooLarge = new HookclockError("row-too-large", "scripted");
  engine.stores.faults.failRow("tasks.saveMany", "t3", "before", tooLarge);
  engine.stores.faults.failRow("tasks.saveMany", "t5", "before");
  const recorded = record(engine, all);
  await engine.clock.advance(5_000);
  expect((await recorded).map((one) => (one.result === "error" ? one.error.code : one.result))).toEqual(
    all.map(({ origin }) => (origin.id === "t3" ? "row-too-large" : "saved")),
  );
});

test("one whose move fails takes no other with it", async () => {
  const engine = createTestEngine();
  const all = await attempts(engine, 3);
  const move = () => {
    throw new RangeError("scripted");
  };
  const recorded = await record(engine, [{ ...only(all), move }, ...all.slice(1)]);
  expect(recorded.map(({ result }) => result)).toEqual(["error", "saved", "saved"]);
});
