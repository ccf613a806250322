// Passes that wait for what becomes due in their window.
import { edit, MOVES, register, type TriggerOptions, type TriggerResult, trigger } from "@hookclock/engine";
import { aTask, createTestEngine, ok, serverError, type TestEngine } from "@hookclock/testkit";
import { describe, expect, test } from "vitest";

const WINDOW_MS = 10_000;
const EMPTY = { processed: 0, errors: 0, succeeded: 0, failed: 0, lost: 0, remaining: false };

/** A pass under way: its result once it has ended, and when that was. */
function start(engine: TestEngine, options: TriggerOptions = { lookAheadMs: WINDOW_MS }) {
  const from = engine.clock.now();
  const pass: { result: TriggerResult | null; error: unknown; endedMs: number; done: Promise<void> } = {
    result: null,
    error: null,
    endedMs: Number.NaN,
    done: Promise.resolve(),
  };
  pass.done = trigger(engine, options)
    .then(
      (result) => {
        pass.result = result;
      },
      (error: unknown) => {
        pass.error = error;
      },
    )
    .finally(() => {
      pass.endedMs = engine.clock.now() - from;
    });
  return pass;
}

const firedAt = (engine: TestEngine, from: number): number[] => engine.calls.map(({ at }) => at - from);
const heldShards = ({ stores }: TestEngine): number[] =>
  stores
    .dump()
    .leases.filter(({ owner }) => owner !== undefined)
    .map(({ shard }) => shard);

describe("one pass", () => {
  test("fires what is due at once and the rest at its moment, up to the end of its window and not beyond", async () => {
    const engine = createTestEngine();
    const from = engine.clock.now();
    for (const inMs of [-5_000, 0, 1, 999, 1_000, 2_345, 2_345, 7_777, WINDOW_MS, WINDOW_MS + 1]) {
      await register(engine, aTask(engine, { inMs }));
    }
    const pass = start(engine);
    await engine.clock.advance(60_000);
    expect(pass.result).toEqual({ ...EMPTY, processed: 9, succeeded: 9 });
    expect(firedAt(engine, from)).toEqual([0, 0, 1, 999, 1_000, 2_345, 2_345, 7_777, WINDOW_MS]);
    expect(pass.endedMs).toBe(WINDOW_MS);
    expect(heldShards(engine)).toEqual([]);
  });

  test("ends at once when nothing is due in its window, and with the last that is", async () => {
    const engine = createTestEngine();
    await register(engine, aTask(engine, { inMs: WINDOW_MS + 1 }));
    const idle = start(engine);
    await engine.clock.settle();
    expect(idle).toMatchObject({ result: EMPTY, endedMs: 0 });
    await register(engine, aTask(engine, { inMs: 4_000 }));
    const pass = start(engine);
    await engine.clock.advance(60_000);
    expect(pass).toMatchObject({ result: { processed: 1, remaining: false }, endedMs: 4_000 });
  });

  test("sleeps between moments: it asks nothing and holds no lease until a second before the next one", async () => {
    const engine = createTestEngine({ shards: 1 });
    await register(engine, aTask(engine, { inMs: 8_000 }));
    const pass = start(engine);
    await engine.clock.settle();
    const { calls } = engine.stores.faults;
    const asked = { ...calls };
    expect(asked["tasks.findDue"]).toBeLessThanOrEqual(2);
    await engine.clock.advance(6_900);
    expect(calls).toEqual(asked);
    expect(heldShards(engine)).toEqual([]);
    await engine.clock.advance(200);
    expect(heldShards(engine)).toEqual([0]);
    await engine.clock.advance(900);
    expect(pass).toMatchObject({ result: { processed: 1 }, endedMs: 8_000 });
    expect(calls["tasks.findDue"]).toBeLessThanOrEqual(6);
  });

  test("gives the lease back after a moment with nothing near, and takes it again for the next", async () => {
    const engine = createTestEngine({ shards: 1 });
    for (const inMs of [0, 5_000]) await register(engine, aTask(engine, { inMs }));
    start(engine);
    await engine.clock.advance(500);
    expect(engine.calls).toHaveLength(1);
    expect(heldShards(engine)).toEqual([]);
    await engine.clock.advance(4_000);
    expect(heldShards(engine)).toEqual([0]);
    await engine.clock.advance(1_000);
    expect(engine.calls).toHaveLength(2);
    expect(heldShards(engine)).toEqual([]);
  });

  test("own retries and next occurrences fire in the window, even while the index does not show them yet", async () => {
    const engine = createTestEngine({ shards: 1 });
    const from = engine.clock.now();
    engine.reply = ({ task }) => (task.id === "fails" && task.attempt < 2 ? serverError : ok);
    const retry = { limit: 3, baseMs: 300, maxMs: 300, jitter: 0 };
    await register(engine, aTask(engine, { id: "fails", retry }));
    await register(engine, aTask(engine, { id: "again", repeat: { interval: 2, unit: "seconds", max: 0 } }));
    engine.stores.faults.staleDue(1_000);
    const pass = start(engine, { lookAheadMs: 5_000 });
    await engine.clock.advance(30_000);
    const of = (id: string) => engine.calls.filter(({ task }) => task.id === id).map(({ at }) => at - from);
    expect(of("again")).toEqual([0, 2_000, 4_000]);
    expect(of("fails")).toEqual([0, 300, 600]);
    expect(pass.result).toMatchObject({ processed: 6, remaining: false });
    expect(pass.endedMs).toBeLessThanOrEqual(5_000);
  });

  test("what others register while it is at work is seen by its next look", async () => {
    const engine = createTestEngine({ shards: 1 });
    const from = engine.clock.now();
    for (const inMs of [2_000, 9_000]) await register(engine, aTask(engine, { inMs }));
    start(engine);
    await engine.clock.advance(500);
    const api = engine.sibling();
    await register(api, aTask(api, { inMs: 3_000 }));
    await engine.clock.advance(20_000);
    expect(firedAt(engine, from)).toEqual([2_000, 3_500, 9_000]);
  });

  test("what this process registers is seen at once", async () => {
    const engine = createTestEngine({ shards: 1 });
    const from = engine.clock.now();
    await register(engine, aTask(engine, { inMs: 9_000 }));
    start(engine);
    await engine.clock.advance(500);
    await register(engine, aTask(engine, { inMs: 3_000 }));
    await engine.clock.advance(20_000);
    expect(firedAt(engine, from)).toEqual([3_500, 9_000]);
  });

  test("a task suspended before its moment does not fire", async () => {
    const engine = createTestEngine();
    const { task } = await register(engine, aTask(engine, { inMs: 5_000 }));
    const pass = start(engine);
    await engine.clock.advance(4_500);
    await edit(engine, task, MOVES.suspend);
    await engine.clock.advance(20_000);
    expect(engine.calls).toEqual([]);
    expect(pass.result).toEqual(EMPTY);
  });

  test.each([12_000, 900])(
    "a receiver that takes %i ms delays no other task of its shard",
    async (takesMs) => {
      const engine = createTestEngine({ shards: 1, concurrency: 10, laneConcurrency: 5 });
      const from = engine.clock.now();
      engine.reply = async ({ task }) => {
        if (task.request?.url.includes("slow")) await engine.clock.sleep(takesMs);
        return ok;
      };
      for (let n = 0; n < 40; n += 1)
        await register(engine, aTask(engine, { url: "https://slow.example/x" }));
      const dues = [100, 1_500, 3_000, 4_321, 8_888, 9_999];
      for (const inMs of dues) await register(engine, aTask(engine, { inMs }));
      start(engine);
      await engine.clock.advance(WINDOW_MS);
      const others = engine.calls.filter(({ task }) => !task.request?.url.includes("slow"));
      expect(others.map(({ at }) => at - from)).toEqual(dues);
    },
  );

  test("a burst at one moment across all shards is delivered from that moment on, none early", async () => {
    const engine = createTestEngine();
    const from = engine.clock.now();
    for (let n = 0; n < 1_500; n += 1) await register(engine, aTask(engine, { inMs: 6_000 }));
    const pass = start(engine);
    await engine.clock.advance(30_000);
    expect(pass.result).toMatchObject({ processed: 1_500, lost: 0, remaining: false });
    expect(new Set(firedAt(engine, from))).toEqual(new Set([6_000]));
  });

  test("the wall clock going back an hour does not keep it for an hour", async () => {
    const engine = createTestEngine();
    for (const inMs of [2_000, 9_500]) await register(engine, aTask(engine, { inMs }));
    const pass = start(engine);
    await engine.clock.advance(3_000);
    expect(engine.calls).toHaveLength(1);
    engine.clock.jump(-3_600_000);
    await engine.clock.advance(15_000);
    expect(engine.calls).toHaveLength(1);
    expect(pass.result).toMatchObject({ processed: 1, remaining: false });
    expect(heldShards(engine)).toEqual([]);
  });
});

describe("bounds", () => {
  test("budgetMs: what waits is handed back, and only what is due already counts as remaining", async () => {
    const engine = createTestEngine();
    for (const inMs of [0, 4_200]) await register(engine, aTask(engine, { inMs }));
    const pass = start(engine, { lookAheadMs: WINDOW_MS, budgetMs: 4_000 });
    await engine.clock.advance(4_100);
    expect(pass).toMatchObject({ result: { processed: 1, remaining: false }, endedMs: 4_000 });
    expect(heldShards(engine)).toEqual([]);
    await engine.clock.advance(200);
    expect(engine.calls).toHaveLength(1);
    expect(await trigger(engine, { signal: AbortSignal.abort(), lookAheadMs: WINDOW_MS })).toEqual({
      ...EMPTY,
      remaining: true,
    });
    expect(await trigger(engine)).toMatchObject({ processed: 1, remaining: false });
  });

  test("budgetMs: an attempt in flight is finished and recorded", async () => {
    const engine = createTestEngine();
    engine.reply = async () => {
      await engine.clock.sleep(5_000);
      return ok;
    };
    await register(engine, aTask(engine, { inMs: 3_000 }));
    const pass = start(engine, { lookAheadMs: WINDOW_MS, budgetMs: 4_000 });
    await engine.clock.advance(30_000);
    expect(pass).toMatchObject({ result: { processed: 1, succeeded: 1, remaining: false }, endedMs: 8_000 });
  });

  test("limit: ends with the last attempt that is allowed", async () => {
    const engine = createTestEngine();
    for (const inMs of [0, 1_000, 2_000, 3_000]) await register(engine, aTask(engine, { inMs }));
    const pass = start(engine, { lookAheadMs: WINDOW_MS, limit: 3 });
    await engine.clock.advance(20_000);
    expect(pass).toMatchObject({ result: { processed: 3, remaining: false }, endedMs: 2_000 });
    expect(engine.calls).toHaveLength(3);
  });

  test("signal: wakes it from its sleep", async () => {
    const engine = createTestEngine();
    await register(engine, aTask(engine, { inMs: 9_000 }));
    const stop = new AbortController();
    const pass = start(engine, { lookAheadMs: WINDOW_MS, signal: stop.signal });
    await engine.clock.advance(3_000);
    stop.abort();
    await engine.clock.settle();
    expect(pass).toMatchObject({ result: EMPTY, endedMs: 3_000 });
  });

  test("namespace: only its tasks, behind many of another one", async () => {
    const engine = createTestEngine({ shards: 2 });
    const from = engine.clock.now();
    for (let n = 0; n < 300; n += 1)
      await register(engine, aTask(engine, { namespace: "other", inMs: n * 30 }));
    for (const inMs of [0, 5_000, 9_500]) await register(engine, aTask(engine, { namespace: "mine", inMs }));
    const pass = start(engine, { lookAheadMs: WINDOW_MS, namespace: "mine" });
    await engine.clock.advance(20_000);
    expect(pass.result).toEqual({ ...EMPTY, processed: 3, succeeded: 3 });
    expect(firedAt(engine, from)).toEqual([0, 5_000, 9_500]);
  });

  test.each([[0], [WINDOW_MS]])(
    "shards: only those, named twice or not there is fine; look-ahead %i",
    async (ms) => {
      const engine = createTestEngine({ shards: 4 });
      const shards: number[] = [];
      for (let n = 0; n < 60; n += 1) shards.push((await register(engine, aTask(engine))).task.shard);
      const mine = shards.filter((shard) => shard === 1 || shard === 3).length;
      expect(mine).toBeGreaterThan(0);
      const pass = start(engine, { shards: [3, 1, 3, 77], lookAheadMs: ms });
      await engine.clock.settle();
      expect(pass.result).toMatchObject({ processed: mine, remaining: false });
      expect(new Set(engine.calls.map(({ task }) => task.shard))).toEqual(new Set([1, 3]));
      expect(await trigger(engine, { shards: [] })).toEqual(EMPTY);
      expect(await trigger(engine)).toMatchObject({ processed: 60 - mine });
    },
  );
});

describe("several passes at once", () => {
  const dues = Array.from({ length: 300 }, (_, n) => (n * 37) % 12_000);

  test("on the same shards: every task fires once, at its moment", async () => {
    const engine = createTestEngine({ shards: 3 });
    const from = engine.clock.now();
    for (const inMs of dues) await register(engine, aTask(engine, { inMs }));
    const workers = Array.from({ length: 5 }, () => engine.sibling());
    const passes = workers.map((worker) => start(worker, { lookAheadMs: 12_000 }));
    await engine.clock.advance(30_000);
    expect(passes.reduce((sum, { result }) => sum + (result?.processed ?? 0), 0)).toBe(300);
    expect(passes.map(({ result }) => [result?.lost, result?.errors])).toEqual(passes.map(() => [0, 0]));
    const calls = workers.flatMap((worker) => worker.calls);
    expect(new Set(calls.map(({ task }) => task.id)).size).toBe(300);
    const latenesses = calls.map(({ task, at }) => at - task.scheduledAt);
    expect(Math.min(...latenesses)).toBe(0);
    // A shard that another pass has is asked for again within half a second.
    expect(Math.max(...latenesses)).toBeLessThanOrEqual(500);
    expect(calls.every(({ at }) => at - from <= 12_500)).toBe(true);
  });

  test("a pass of an hour-long window does not keep a short one for the same shard from its work", async () => {
    const engine = createTestEngine({ shards: 1 });
    await register(engine, aTask(engine, { inMs: 600_000 }));
    const long = engine.sibling();
    start(long, { lookAheadMs: 900_000 });
    await engine.clock.advance(1_000);
    const from = engine.clock.now();
    const api = engine.sibling();
    await register(api, aTask(api, { inMs: 2_000 }));
    const short = start(engine, { lookAheadMs: 3_000, shards: [0] });
    await engine.clock.advance(5_000);
    expect(short.result).toMatchObject({ processed: 1 });
    expect(firedAt(engine, from)).toEqual([2_000]);
  });

  test("what a pass held when it died is taken over once its lease has run out, if that is in the window", async () => {
    const engine = createTestEngine({ shards: 1, claimMs: 10_000 });
    const from = engine.clock.now();
    await register(engine, aTask(engine));
    const dead = engine.sibling({ clock: { ...engine.clock, sleep: () => new Promise(() => {}) } });
    dead.reply = () => new Promise(() => {});
    void trigger(dead);
    await engine.clock.settle();
    expect(dead.calls).toHaveLength(1);
    const pass = start(engine, { lookAheadMs: 60_000 });
    await engine.clock.advance(60_000);
    expect(pass.result).toMatchObject({ processed: 1, succeeded: 1, remaining: false });
    expect(firedAt(engine, from)[0]).toBeGreaterThan(10_000);
    expect(firedAt(engine, from)[0]).toBeLessThanOrEqual(10_600);
  });

  test("a shard still held by another when the window ends is left, and said to be", async () => {
    const engine = createTestEngine({ shards: 1 });
    await register(engine, aTask(engine));
    const other = engine.sibling();
    other.reply = () => new Promise(() => {});
    const { leases } = other.stores;
    await leases.acquire(0, "somebody", engine.clock.now(), 60_000);
    const pass = start(engine, { lookAheadMs: 3_000 });
    await engine.clock.advance(10_000);
    expect(pass.result).toEqual({ ...EMPTY, remaining: true });
    expect(pass.endedMs).toBeLessThanOrEqual(3_000);
    const asked = engine.stores.faults.calls["leases.acquire"] ?? 0;
    expect(asked).toBeGreaterThanOrEqual(3_000 / 500);
    expect(asked).toBeLessThanOrEqual(3_000 / 250 + 3);
  });

  test.each<[string, TriggerOptions]>([
    ["past its budget", { budgetMs: 500 }],
    ["past its budget, with look-ahead", { budgetMs: 500, lookAheadMs: WINDOW_MS }],
    ["past its window", { lookAheadMs: 500 }],
  ])("%s, a pass whose last attempt takes long keeps nobody from its shard", async (_, options) => {
    const engine = createTestEngine({ shards: 1 });
    engine.reply = async () => {
      await engine.clock.sleep(14_000);
      return ok;
    };
    await register(engine, aTask(engine));
    const slow = start(engine, options);
    await engine.clock.advance(600);
    expect(engine.calls).toHaveLength(1);
    const other = engine.sibling();
    const from = other.clock.now();
    await register(other, aTask(other, { inMs: 1_500 }));
    start(other, { lookAheadMs: 5_000 });
    await engine.clock.advance(10_000);
    expect(firedAt(other, from)).toEqual([1_500]);
    expect(slow.result).toBeNull();
    await engine.clock.advance(10_000);
    expect(slow.result).toMatchObject({ processed: 1, succeeded: 1, lost: 0, remaining: false });
  });

  test("a pass whose slots are all taken by slow receivers gives the shard to others", async () => {
    const engine = createTestEngine({ shards: 1, concurrency: 2, laneConcurrency: 2 });
    engine.reply = async () => {
      await engine.clock.sleep(14_000);
      return ok;
    };
    for (const inMs of [0, 0, 20_000]) await register(engine, aTask(engine, { inMs }));
    start(engine, { lookAheadMs: 30_000 });
    await engine.clock.advance(500);
    const other = engine.sibling();
    const from = other.clock.now();
    await register(other, aTask(other, { inMs: 3_000 }));
    start(other, { lookAheadMs: 10_000 });
    await engine.clock.advance(10_000);
    expect(firedAt(other, from)).toEqual([3_000]);
  });

  test("a moment of its own that another pass's lease hides is not forgotten before the index shows it", async () => {
    const engine = createTestEngine({ shards: 1 });
    const from = engine.clock.now();
    await register(engine, aTask(engine, { repeat: { interval: 2, unit: "seconds", max: 2 } }));
    engine.stores.faults.staleDue(1_000);
    start(engine);
    await engine.clock.advance(900);
    const { leases } = engine.stores;
    const lease = await leases.acquire(0, "somebody", engine.clock.now(), 60_000);
    await engine.clock.advance(200);
    if (lease !== null) await leases.release(lease);
    await engine.clock.advance(5_000);
    expect(firedAt(engine, from)).toEqual([0, 2_000]);
  });

  test("past its window, a pass with a long backlog lets another one see to what came later", async () => {
    const engine = createTestEngine({ shards: 1, concurrency: 2, laneConcurrency: 2 });
    engine.reply = async () => {
      await engine.clock.sleep(400);
      return ok;
    };
    for (let n = 0; n < 200; n += 1) await register(engine, aTask(engine, { namespace: "bulk" }));
    start(engine, { lookAheadMs: 2_000 });
    await engine.clock.advance(5_000);
    const other = engine.sibling();
    const { task } = await register(other, aTask(other, { inMs: 1_000 }));
    start(other, { lookAheadMs: 8_000, namespace: "app" });
    await engine.clock.advance(6_000);
    expect(other.calls.map((call) => call.task.id)).toEqual([task.id]);
    await engine.clock.advance(60_000);
    expect(engine.calls).toHaveLength(200);
  });
});
