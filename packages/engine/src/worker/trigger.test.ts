import { HookclockError } from "@hookclock/core";
import { aTask, createTestEngine, ok } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { register } from "../usecases/register.ts";
import { trigger } from "./trigger.ts";

test("a pass that ends with an error leaves no shard behind it, whatever it was still asking for", async () => {
  const engine = createTestEngine({ shards: 2 });
  for (let n = 0; n < 20; n += 1) await register(engine, aTask(engine));
  const { faults } = engine.stores;
  // Two looks run side by side: the first fails at once, the other takes its time and finds something.
  const slow = Promise.withResolvers<void>();
  let looks = 0;
  const undo = faults.before("tasks.findDue", async () => {
    looks += 1;
    if (looks === 1) throw new HookclockError("store-unavailable", "scripted");
    await slow.promise;
  });
  const pass = trigger(engine).then(
    () => "resolved",
    (error: HookclockError) => error.code,
  );
  await engine.clock.settle();
  undo();
  slow.resolve();
  expect(await pass).toBe("store-unavailable");
  await engine.clock.settle();
  const before = engine.calls.length;
  expect(await trigger(engine)).toMatchObject({ processed: 20 - before, remaining: false });
  expect(new Set(engine.calls.map(({ task }) => task.id)).size).toBe(20);
});

test("a claim that cannot be written lets go of its task: the pass ends, and the next one runs it", async () => {
  const engine = createTestEngine({ claimMs: 10_000 });
  await register(engine, aTask(engine));
  const dead = engine.sibling({ clock: { ...engine.clock, sleep: () => new Promise(() => {}) } });
  dead.reply = () => new Promise(() => {});
  void trigger(dead);
  await engine.clock.settle();
  await engine.clock.advance(10_001);
  // The shard was left by a lost worker, so the row is claimed beforehand; that write fails every time.
  engine.stores.faults.failBefore("tasks.save", 100);
  const pass = trigger(engine).then(
    () => "resolved",
    (error: HookclockError) => error.code,
  );
  await engine.clock.advance(5_000);
  expect(await pass).toBe("store-unavailable");
  engine.stores.faults.clear();
  expect(await trigger(engine)).toMatchObject({ processed: 1, succeeded: 1, remaining: false });
  expect(engine.calls).toHaveLength(1);
});

test("a lease that cannot be given back while the last attempt runs does not make the pass fail", async () => {
  const engine = createTestEngine();
  engine.reply = async () => {
    await engine.clock.sleep(5_000);
    return ok;
  };
  await register(engine, aTask(engine));
  const pass = trigger(engine, { budgetMs: 500 });
  await engine.clock.advance(600);
  engine.stores.faults.failBefore("leases.release", 100);
  await engine.clock.advance(5_000);
  expect(await pass).toMatchObject({ processed: 1, succeeded: 1, remaining: false });
});
