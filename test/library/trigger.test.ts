// What a pass takes for options, what it tells, many passes at once, signatures, and the always-on worker.
import { type LocalDatabase, startDynalite, startReceiver } from "@hookclock/testkit";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dueTask, isoIn, openHooks, taskOf, travelClock, untilStatus } from "./support.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const manyTasks = (url: string, count: number, more: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, n) => dueTask(`${url}/${n}`, more));

describe("options of a pass", () => {
  test("limit: so many attempts and no more, and it says that more is left", async () => {
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint);
    await hooks.registerMany(manyTasks(receiver.url, 12));
    expect(await hooks.trigger({ limit: 5 })).toMatchObject({ processed: 5, remaining: true });
    expect(receiver.requests).toHaveLength(5);
    expect(await hooks.trigger({ limit: 7 })).toMatchObject({ processed: 7, remaining: false });
  });

  test("namespace: only its tasks, even behind thousands of others", async () => {
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint, { shards: 1 });
    const old = { scheduledDate: "2024-01-01T00:00:00Z" };
    const registered = await hooks.registerMany([
      ...manyTasks(receiver.url, 2_100, { namespace: "mine" }).map((task, n) => ({
        ...task,
        // No two at the same millisecond: dynalite tells such rows apart in an index by 24 bits of a hash.
        scheduledDate: isoIn(-5_000 - n),
      })),
      ...manyTasks(`${receiver.url}/old`, 50, { namespace: "other", ...old }),
      ...manyTasks(`${receiver.url}/new`, 50, { namespace: "other" }),
    ]);
    expect(registered.filter((one) => !one.ok || !one.created)).toEqual([]);
    const clean = { errors: 0, failed: 0, lost: 0, remaining: false };
    expect(await hooks.trigger({ namespace: "mine" })).toEqual({
      ...clean,
      processed: 2_100,
      succeeded: 2_100,
    });
    expect(receiver.requests.filter(({ url }) => /^.(old|new)/.test(url))).toEqual([]);
    expect((await hooks.stats({ namespace: "other" })).tasks.ACTIVE).toBe(100);
  });

  test("budgetMs: nothing new is started after it; what is in flight is finished and counted", async () => {
    await using receiver = await startReceiver(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 200;
    });
    await using hooks = openHooks(database.endpoint, { concurrency: 2 });
    await hooks.registerMany(manyTasks(receiver.url, 60));
    const result = await hooks.trigger({ budgetMs: 200 });
    expect(result.remaining).toBe(true);
    expect(result.processed).toBe(receiver.requests.length);
    expect(result.processed).toBeLessThan(60);
    expect((await hooks.stats({ namespace: "app" })).tasks.DONE).toBe(result.processed);
    expect(await hooks.trigger({ budgetMs: 0 })).toMatchObject({ remaining: true });
  });

  test("a signal that has aborted starts nothing", async () => {
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint);
    await hooks.registerMany(manyTasks(receiver.url, 3));
    expect(await hooks.trigger({ signal: AbortSignal.abort() })).toMatchObject({
      processed: 0,
      remaining: true,
    });
    expect(receiver.requests).toHaveLength(0);
  });

  test("progress goes up to the result", async () => {
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint);
    await hooks.registerMany(manyTasks(receiver.url, 30));
    const seen: number[] = [];
    const { processed } = await hooks.trigger({ onProgress: (tally) => seen.push(tally.processed) });
    expect(seen.at(-1)).toBe(processed);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

test("ten passes at once over 1,500 rows, of one instance and of several: each delivered exactly once", async () => {
  await using receiver = await startReceiver(200);
  await using one = openHooks(database.endpoint);
  await using two = openHooks(database.endpoint, one.tables);
  await one.registerMany(manyTasks(receiver.url, 1_500));
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? one : two).trigger()),
  );
  results.push(await one.trigger());
  expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(1_500);
  expect(results.reduce((sum, { errors, lost }) => sum + errors + lost, 0)).toBe(0);
  expect(receiver.requests).toHaveLength(1_500);
  expect(new Set(receiver.requests.map(({ url }) => url)).size).toBe(1_500);
});

describe("signatures", () => {
  const [current, former] = ["a", "b"].map(
    (fill) => `whsec_${Buffer.alloc(32, fill).toString("base64")}`,
  ) as [string, string];

  test("verify with either secret while they rotate, and not with another or another body", async () => {
    await using receiver = await startReceiver([500, 200]);
    const clock = travelClock();
    await using hooks = openHooks(database.endpoint, { signing: { secrets: [current, former] } }, { clock });
    await hooks.register(dueTask(receiver.url, { request: { body: { text: "grüß" } } }));
    await hooks.trigger();
    await hooks.runNow({
      namespace: "app",
      id: (await hooks.fetch({ namespace: "app" })).items[0]?.id ?? "",
    });
    await hooks.trigger();
    expect(receiver.requests).toHaveLength(2);
    for (const { headers, body } of receiver.requests) {
      const signed = headers as Record<string, string>;
      for (const secret of [current, former]) {
        expect(new Webhook(secret).verify(String(body), signed)).toEqual({ text: "grüß" });
      }
      expect(() =>
        new Webhook(`whsec_${Buffer.alloc(32, "c").toString("base64")}`).verify(String(body), signed),
      ).toThrow();
      expect(() => new Webhook(current).verify(`${body} `, signed)).toThrow();
    }
    const [first, second] = receiver.requests.map(({ headers }) => headers);
    expect(second?.["webhook-id"]).toBe(first?.["webhook-id"]);
  });

  test("the secret may depend on the task, and stands in no log", async () => {
    await using receiver = await startReceiver(200);
    const secrets = ({ namespace }: { namespace: string }) => [namespace === "app" ? current : former];
    await using hooks = openHooks(database.endpoint, { signing: { secrets } });
    for (const namespace of ["app", "other"]) {
      await hooks.register(dueTask(receiver.url, { namespace, request: { body: { namespace } } }));
    }
    await hooks.trigger();
    expect(receiver.requests).toHaveLength(2);
    for (const { headers, body } of receiver.requests) {
      const { namespace } = JSON.parse(String(body)) as { namespace: string };
      const [right, wrong] = namespace === "app" ? [current, former] : [former, current];
      const verify = (secret: string) =>
        new Webhook(secret).verify(String(body), headers as Record<string, string>);
      expect(verify(right)).toEqual({ namespace });
      expect(() => verify(wrong)).toThrow();
    }
    const logs = await hooks.fetchLogs({ namespace: "app" });
    expect(JSON.stringify(logs)).not.toContain(current.slice(6));
  });
});

describe("the always-on worker", () => {
  test("fires what is registered meanwhile at its moment, never early, and drains when told to stop", async () => {
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint);
    await hooks.ready();
    const stop = new AbortController();
    const running = hooks.run({ signal: stop.signal, pollMs: 50 });
    const arrivals: number[] = [];
    const due: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      due.push(Date.now() + 300 + n * 50);
      await hooks.register(
        dueTask(`${receiver.url}/${n}`, { id: `t${n}`, scheduledDate: new Date(due[n] ?? 0) }),
      );
    }
    for (let n = 1; n <= 5; n += 1) {
      await receiver.received(n);
      arrivals.push(Date.now());
    }
    await untilStatus(hooks, { namespace: "app", id: "t4" }, "DONE");
    stop.abort();
    expect(await running).toMatchObject({ processed: 5, errors: 0 });
    const { items } = await hooks.fetchLogs({ namespace: "app" });
    expect(items.every(({ latenessMs }) => latenessMs >= 0)).toBe(true);
    expect(arrivals.every((at, n) => at >= (due[n] ?? 0))).toBe(true);
  });

  test("graceMs cuts short what does not end; the task is tried again", async () => {
    await using receiver = await startReceiver(["hang", 200]);
    const clock = travelClock();
    await using hooks = openHooks(database.endpoint, {}, { clock });
    const task = await hooks.register(dueTask(receiver.url));
    const stop = new AbortController();
    const running = hooks.run({ signal: stop.signal, pollMs: 50, graceMs: 50 });
    await receiver.received(1);
    stop.abort();
    expect(await running).toMatchObject({ processed: 1, succeeded: 0 });
    expect(await taskOf(hooks, task)).toMatchObject({ status: "ACTIVE", reason: "retrying" });
    clock.jump(3_600_000);
    expect(await hooks.trigger()).toMatchObject({ succeeded: 1 });
  });
});
