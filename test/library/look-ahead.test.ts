// Passes that look ahead, and what the due index says of the future, on real databases.
import { type LocalDatabase, loudSkip, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, dueTask, isoIn, openHooks } from "./support.ts";

const MINUTE = 60_000;

for (const { name, start, missing } of await databases()) {
  loudSkip(describe, missing)(`looking ahead on ${name}`, () => {
    let database: LocalDatabase;
    beforeAll(async () => {
      database = await start();
    });
    afterAll(() => database.stop());

    test("three passes at once fire each task once, at its moment and never early", async () => {
      await using receiver = await startReceiver(200);
      await using one = openHooks(database.endpoint, { shards: 2 });
      await using two = openHooks(database.endpoint, one.tables);
      const due = (n: number) => ({ id: `t${n}`, scheduledDate: isoIn(n < 10 ? -n : 1_000 + n * 30) });
      await one.registerMany(Array.from({ length: 40 }, (_, n) => dueTask(`${receiver.url}/${n}`, due(n))));
      const results = await Promise.all([
        one.trigger({ lookAheadMs: 5_000 }),
        two.trigger({ lookAheadMs: 5_000 }),
        two.trigger({ lookAheadMs: 5_000, shards: [1] }),
      ]);
      expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(40);
      expect(results.every(({ remaining, errors, lost }) => !remaining && errors + lost === 0)).toBe(true);
      expect(new Set(receiver.requests.map(({ url }) => url)).size).toBe(40);
      expect(receiver.requests).toHaveLength(40);
      const { items } = await one.fetchLogs({ namespace: "app" });
      expect(items).toHaveLength(40);
      expect(items.every(({ latenessMs }) => latenessMs >= 0)).toBe(true);
    });

    test("a retry of its own comes in the same pass", async () => {
      await using receiver = await startReceiver([500, 200]);
      await using hooks = openHooks(database.endpoint);
      await hooks.register(dueTask(receiver.url, { retry: { baseMs: 100, jitter: 0 } }));
      expect(await hooks.trigger({ lookAheadMs: 3_000 })).toMatchObject({
        succeeded: 1,
        failed: 1,
        remaining: false,
      });
      expect(receiver.requests).toHaveLength(2);
    });

    test("nothing due in the window: it does not wait", async () => {
      await using hooks = openHooks(database.endpoint);
      await hooks.register(dueTask("https://example.com/", { scheduledDate: isoIn(20 * MINUTE) }));
      // The window is longer than the test may take.
      expect(await hooks.trigger({ lookAheadMs: 15 * MINUTE })).toMatchObject({
        processed: 0,
        remaining: false,
      });
    });

    test("ahead and backlog tell what is due when, in which shard", async () => {
      await using hooks = openHooks(database.endpoint, { shards: 3 });
      const start = Date.UTC(2030, 0, 1);
      const dates = [
        -2_000,
        -1_000,
        ...Array.from({ length: 60 }, (_, n) => start + 100 - Date.now() + n * 1_000),
      ];
      await hooks.registerMany(
        dates.map((ms) => dueTask("https://example.com/", { scheduledDate: isoIn(ms) })),
      );
      const { shards, oldestDueAt } = await hooks.backlog();
      expect(shards.map(({ shard, more }) => ({ shard, more }))).toEqual(
        [0, 1, 2].map((shard) => ({ shard, more: false })),
      );
      expect(shards.reduce((sum, { due }) => sum + due, 0)).toBe(2);
      expect(Date.parse(oldestDueAt ?? "")).toBeLessThan(Date.now() - 1_500);
      const [from, to] = [new Date(start), new Date(start + 120_000)];
      const { items } = await hooks.ahead({ from, to, bucketMs: 1_000 });
      expect(items.map(({ at }) => Math.floor((at - start) / 1_000))).toEqual(
        Array.from({ length: 60 }, (_, n) => n),
      );
      const rough = await hooks.ahead({ from: new Date(start - MINUTE), to, bucketMs: 60_000 });
      expect(new Set(rough.items.map(({ shard }) => shard))).toEqual(new Set([0, 1, 2]));
      expect(rough.items.length).toBeLessThanOrEqual(6);
      const some = await hooks.ahead({ from, to, bucketMs: 1_000, shards: [1] });
      expect(some.items).toEqual(items.filter(({ shard }) => shard === 1));
      expect((await hooks.backlog({ shards: [9] })).shards).toEqual([{ shard: 9, due: 0, more: false }]);
    });
  });
}
