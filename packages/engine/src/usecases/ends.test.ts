// Tasks whose time is up: for every question and every move they are not there.
import type { HookclockError, TaskRow } from "@hookclock/core";
import { aTask, createTestEngine, serverError, type TestEngine } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { trigger } from "../worker/trigger.ts";
import { clear, deleteMany, moveMany } from "./bulk.ts";
import { edit, MOVES, updateTask } from "./edit.ts";
import { deleteTask, readTask } from "./read.ts";
import { register, registerMany } from "./register.ts";

const KEEP_MS = 60_000;
const KEY = { namespace: "app", id: "a" };
const WITH_END = { ...KEY, keepSeconds: 60, retryLimit: 0 };

/** A task that was run, and whose time is up by now, though its row is still there. */
async function over(engine: TestEngine): Promise<TaskRow> {
  await register(engine, aTask(engine, WITH_END));
  await trigger(engine);
  const done = await readTask(engine, KEY);
  expect(done).toMatchObject({ status: "DONE", ttl: expect.any(Number) });
  await engine.clock.advance(KEEP_MS + 1_000);
  expect(engine.stores.dump().tasks).toHaveLength(1);
  return done as TaskRow;
}

test("a task whose time is up is not there for anybody who asks for it", async () => {
  const engine = createTestEngine();
  await over(engine);
  expect(await readTask(engine, KEY)).toBeNull();
  for (const move of Object.values(MOVES)) expect(await edit(engine, KEY, move)).toBeNull();
  expect(await updateTask(engine, { ...KEY, timeoutMs: 1_000 })).toBeNull();
  expect(await clear(engine, "app")).toBe(0);
  expect((await deleteMany(engine, { namespace: "app" })).items).toEqual([]);
  const filter = { namespace: "app", status: "DONE" as const };
  expect((await moveMany(engine, filter, { move: MOVES.retry })).items).toEqual([]);
  expect(engine.stores.dump().tasks).toHaveLength(1);
  expect(await deleteTask(engine, KEY)).toBeNull();
  expect(engine.stores.dump().tasks).toEqual([]);
});

test("its id is free: the same content is registered as a new task and runs again", async () => {
  const engine = createTestEngine();
  const old = await over(engine);
  const again = await register(engine, aTask(engine, WITH_END));
  expect(again).toMatchObject({ created: true, task: { status: "ACTIVE", occurrence: 0 } });
  expect(again.task).not.toHaveProperty("ttl");
  await trigger(engine);
  expect(engine.calls).toHaveLength(2);
  const [first, second] = engine.calls;
  // Receivers that remember the first take the second for its repeat, as docs/library.md says.
  expect(second?.context.deliveryId).toBe(first?.context.deliveryId);
  expect(await readTask(engine, KEY)).toMatchObject({ status: "DONE", createdAt: again.task.createdAt });
  expect(again.task.createdAt).toBeGreaterThan(old.createdAt);
});

test("until then it is the same task", async () => {
  const engine = createTestEngine();
  const task = aTask(engine, WITH_END);
  await register(engine, task);
  await trigger(engine);
  await engine.clock.advance(KEEP_MS - 1_000);
  expect(await register(engine, task)).toMatchObject({ created: false, task: { status: "DONE" } });
  expect(await registerMany(engine, [task])).toMatchObject([{ ok: true, created: false }]);
});

test("a FAILED task with a short time can be brought back for 90 days, and then has no end", async () => {
  const engine = createTestEngine();
  engine.reply = () => serverError;
  await register(engine, aTask(engine, WITH_END));
  await trigger(engine);
  await engine.clock.advance(89 * 86_400_000);
  const back = await edit(engine, KEY, MOVES.retry);
  expect(back).toMatchObject({ status: "ACTIVE", keepSeconds: 60 });
  expect(back).not.toHaveProperty("ttl");
  await engine.clock.advance(2 * 86_400_000);
  expect(await readTask(engine, KEY)).toMatchObject({ status: "ACTIVE" });
});

test("an id that is freed between the refusal and the look at its task goes to the new one", async () => {
  for (const many of [false, true]) {
    const engine = createTestEngine();
    const first = aTask(engine, KEY);
    await register(engine, first);
    const stop = engine.stores.faults.before("tasks.read", async () => {
      stop();
      await engine.tasks.remove(KEY);
    });
    const other = { ...first, method: "PUT" };
    const result = many ? (await registerMany(engine, [other]))[0] : await register(engine, other);
    expect(result).toMatchObject({ created: true, task: { request: { method: "PUT" }, status: "ACTIVE" } });
    expect(engine.stores.dump().tasks).toHaveLength(1);
  }
});

test("an id that others keep taking and freeing is a conflict in the end", async () => {
  const engine = createTestEngine();
  const task = aTask(engine, KEY);
  await register(engine, task);
  engine.tasks.read = async () => null;
  const refusal = await register(engine, { ...task, method: "PUT" }).catch((error: HookclockError) => error);
  expect(refusal).toMatchObject({ code: "id-conflict" });
});
