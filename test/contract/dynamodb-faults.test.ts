// The failures a real table has: answers lost, batches done in part, throttling, refusals, tables that are gone.
import type { LogRow, TaskRow } from "@hookclock/core";
import type { ShardLease } from "@hookclock/engine";
import { createStores } from "@hookclock/store-dynamodb";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { aLog, aTask, finished, freshPlace, T0 } from "@hookclock/testkit/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localClient, openStores } from "./open-stores.ts";
import { scriptedClient, sdkError } from "./scripted-client.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

async function setup(options: { statements?: boolean } = {}) {
  const script = scriptedClient(database.endpoint);
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  const stores = await openStores(database.endpoint, {
    client: script.client,
    sleep,
    random: () => 0.5,
    ...options,
  });
  script.sent.length = 0;
  return { ...stores, script, waits, ...freshPlace() };
}

describe("an answer is lost and the SDK sends the request again", () => {
  test("insert still is inserted, save still is saved", async () => {
    const { tasks, script, namespace } = await setup();
    const row = aTask({ namespace, id: "a" });
    script.loseAnswer("PutItem");
    expect(await tasks.insert(row)).toBe("inserted");
    expect(script.sent.filter((operation) => operation === "PutItem")).toHaveLength(2);
    script.loseAnswer("UpdateItem");
    const after = finished(row);
    expect(await tasks.save({ before: row, after })).toBe("saved");
    expect(script.sent.filter((operation) => operation === "UpdateItem")).toHaveLength(2);
    expect(await tasks.read(row)).toStrictEqual(after);
  });

  test("batches still answer saved and inserted", async () => {
    const { tasks, script, namespace } = await setup();
    const rows = ["a", "b"].map((id) => aTask({ namespace, id }));
    for (const fresh of [true, false]) {
      script.loseAnswer(fresh ? "BatchWriteItem" : "PutItem");
      const results = await tasks.insertMany(rows.map((row) => ({ row, fresh })));
      expect(results).toStrictEqual(["inserted", "inserted"]);
    }
    script.loseAnswer("UpdateItem");
    const changes = rows.map((before) => ({ before, after: finished(before) }));
    expect(await tasks.saveMany(changes)).toStrictEqual(["saved", "saved"]);
  });

  test("a lease is still taken, renewed and released", async () => {
    const { leases, script, shard } = await setup();
    script.loseAnswer("UpdateItem");
    const lease = await leases.acquire(shard, "a", T0, 1_000);
    expect(lease).toMatchObject({ owner: "a", takenOver: true });
    script.loseAnswer("UpdateItem");
    const renewed = await leases.renew(lease as ShardLease, T0 + 1, 1_000);
    expect(renewed).not.toBeNull();
    script.loseAnswer("UpdateItem");
    await leases.release(renewed as ShardLease);
    expect(await leases.acquire(shard, "b", T0 + 2, 1_000)).toMatchObject({ takenOver: false });
  });
});

describe("a batch is done in part", () => {
  test("unprocessed writes are sent again, with growing waits, until all are written", async () => {
    const { tasks, logs, script, waits, namespace } = await setup();
    script.intercept(async (operation, input, send) => {
      if (operation !== "BatchWriteItem") return send(input);
      const [[table, requests]] = Object.entries(input["RequestItems"] as Record<string, unknown[]>) as [
        [string, unknown[]],
      ];
      await send({ ...input, RequestItems: { [table]: requests.slice(0, 10) } });
      const rest = requests.slice(10);
      return { UnprocessedItems: rest.length === 0 ? {} : { [table]: rest } };
    });
    const rows = Array.from({ length: 25 }, (_, index) => aTask({ namespace, id: `t-${index}` }));
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    expect((await tasks.readMany(rows)).every((row) => row !== null)).toBe(true);
    expect(waits).toStrictEqual([12.5, 25]);

    const written = rows.map(({ id }) => aLog({ namespace, taskId: id }));
    await logs.append(written);
    expect((await logs.list({ namespace, descending: false, limit: 100, now: T0 })).rows).toHaveLength(25);
    await tasks.removeMany(rows);
    expect((await tasks.readMany(rows)).every((row) => row === null)).toBe(true);
  });

  test("unprocessed reads are asked for again", async () => {
    const { tasks, script, waits, namespace } = await setup();
    const rows = Array.from({ length: 25 }, (_, index) => aTask({ namespace, id: `t-${index}` }));
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    let busy = 1;
    script.intercept(async (operation, input, send) => {
      if (operation !== "BatchGetItem") return send(input);
      const [[table, { Keys }]] = Object.entries(
        input["RequestItems"] as Record<string, { Keys: unknown[] }>,
      ) as [[string, { Keys: unknown[] }]];
      if (busy-- > 0) return { Responses: {}, UnprocessedKeys: { [table]: { Keys } } };
      const answer = await send({ RequestItems: { [table]: { Keys: Keys.slice(0, 10) } } });
      const rest = Keys.slice(10);
      return { ...answer, UnprocessedKeys: rest.length === 0 ? {} : { [table]: { Keys: rest } } };
    });
    expect(await tasks.readMany(rows)).toStrictEqual(rows);
    expect(waits).toStrictEqual([12.5]);
  });

  test("a table that stays busy ends in `throttled`, after a bounded number of tries", async () => {
    const { tasks, logs, script, waits, namespace } = await setup();
    script.intercept(async (operation, input, send) => {
      if (operation === "BatchWriteItem") return { UnprocessedItems: input["RequestItems"] };
      if (operation !== "BatchGetItem") return send(input);
      return { Responses: {}, UnprocessedKeys: input["RequestItems"] };
    });
    const row = aTask({ namespace, id: "a" });
    await expect(tasks.readMany([row])).rejects.toMatchObject({ code: "throttled" });
    expect(waits.length).toBeLessThan(20);
    await expect(logs.append([aLog({ namespace, taskId: "a" })])).rejects.toMatchObject({
      code: "throttled",
    });
    const [result] = await tasks.insertMany([{ row, fresh: true }]);
    expect(result).toMatchObject({ code: "throttled" });
  });

  test("statements that were throttled are sent again, refused ones checked, failed ones told by position", async () => {
    const { tasks, script, namespace } = await setup();
    const rows = ["ok", "slow", "late", "bad"].map((id) => aTask({ namespace, id }));
    const batches: number[] = [];
    const error = (Code: string) => ({ Error: { Code, Message: Code } });
    script.intercept(async (operation, input, send) => {
      if (operation !== "BatchExecuteStatement") return send(input);
      batches.push((input["Statements"] as unknown[]).length);
      if (batches.length > 1) return { Responses: [{}] };
      return {
        Responses: [{}, error("ThrottlingError"), error("ConditionalCheckFailed"), error("ValidationError")],
      };
    });
    const results = await tasks.saveMany(rows.map((before) => ({ before, after: finished(before) })));
    expect(results.slice(0, 3)).toStrictEqual(["saved", "saved", "conflict"]);
    expect(results[3]).toBeInstanceOf(Error);
    expect(batches).toStrictEqual([4, 1]);
  });

  test("a server without PartiQL is asked once", async () => {
    const { tasks, script, namespace } = await setup();
    const rows: TaskRow[] = ["a", "b"].map((id) => aTask({ namespace, id }));
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    let version = rows;
    for (let round = 0; round < 3; round += 1) {
      const changes = version.map((before) => ({ before, after: { ...before, rev: before.rev + 1 } }));
      expect(await tasks.saveMany(changes)).toStrictEqual(["saved", "saved"]);
      version = changes.map(({ after }) => after);
    }
    const probes = script.sent.filter((operation) => operation === "BatchExecuteStatement");
    expect(probes.length).toBeLessThanOrEqual(1);
  });
});

describe("what went wrong is told by a stable code", () => {
  test.each([
    ["ProvisionedThroughputExceededException", "throttled"],
    ["ThrottlingException", "throttled"],
    ["AccessDeniedException", "not-authorized"],
    ["ExpiredTokenException", "not-authorized"],
    ["UnrecognizedClientException", "not-authorized"],
    ["InternalServerError", "store-unavailable"],
    ["TimeoutError", "store-unavailable"],
    ["ResourceNotFoundException", "table-missing"],
  ])("%s is %s, with operation and table in the message and the cause kept", async (name, code) => {
    const { tasks, script, namespace, tasksTableName } = await setup();
    const cause = sdkError(name);
    script.intercept(async () => {
      throw cause;
    });
    const row = aTask({ namespace, id: "a" });
    const message = expect.stringContaining(tasksTableName);
    await expect(tasks.read(row)).rejects.toMatchObject({ code, message, cause });
    await expect(tasks.insert(row)).rejects.toMatchObject({ code, message, cause });
    await expect(tasks.save({ before: row, after: finished(row) })).rejects.toMatchObject({
      code,
      message,
      cause,
    });
    await expect(tasks.findDue({ shard: 0, upTo: 1, limit: 1 })).rejects.toMatchObject({
      code,
      message,
      cause,
    });
    const results = await tasks.saveMany(
      [row, aTask({ namespace, id: "b" })].map((before) => ({ before, after: before })),
    );
    expect(results).toMatchObject([{ code }, { code }]);
  });

  test("nobody answers", async () => {
    const gone = await startDynalite();
    await gone.stop();
    const client = localClient(gone.endpoint);
    client.config.maxAttempts = async () => 1;
    const { tasks } = createStores({ client, tasksTableName: "t", logsTableName: "l" });
    await expect(tasks.read({ namespace: "n", id: "i" })).rejects.toMatchObject({
      code: "store-unavailable",
    });
    client.destroy();
  });

  test("a row that is too large", async () => {
    const { tasks, namespace } = await setup();
    const row = aTask({ namespace, id: "huge", payload: "x".repeat(420 * 1024) });
    await expect(tasks.insert(row)).rejects.toMatchObject({ code: "row-too-large" });
  });

  test("a table that is not there", async () => {
    const client = localClient(database.endpoint);
    const { tasks, logs, leases } = createStores({
      client,
      tasksTableName: "none-1",
      logsTableName: "none-2",
    });
    const code = "table-missing";
    await expect(tasks.read({ namespace: "n", id: "i" })).rejects.toMatchObject({ code });
    await expect(leases.shardCounts(T0)).rejects.toMatchObject({ code });
    const logged: LogRow = aLog({ namespace: "n", taskId: "t" });
    await expect(logs.append([logged])).rejects.toMatchObject({
      code,
      message: expect.stringContaining("none-2"),
    });
  });
});
