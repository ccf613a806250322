// What `react` makes of the records that real writes of the library leave in the table's stream.
import { DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import {
  type LocalDatabase,
  loudSkip,
  missingForDynamoDbLocal,
  startDynamoDbLocal,
} from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WakeCall } from "../../functions/lib/ports.ts";
import { reactToRecords } from "../../functions/lib/react-records.ts";
import { openHooks } from "../library/support.ts";

const describeHere = loudSkip<typeof describe.skip>(describe, await missingForDynamoDbLocal());
const ACCESS = { region: "local", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

describeHere("records of a real stream", () => {
  let database: LocalDatabase;
  let client: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  beforeAll(async () => {
    database = await startDynamoDbLocal();
    client = new DynamoDBClient({ ...ACCESS, endpoint: database.endpoint });
    streams = new DynamoDBStreamsClient({ ...ACCESS, endpoint: database.endpoint });
  });
  afterAll(async () => {
    client?.destroy();
    streams?.destroy();
    await database?.stop();
  });

  const withStream = async () => {
    const hooks = openHooks(database.endpoint, {
      accessKeyId: "local",
      secretAccessKey: "local",
      region: "local",
    });
    await hooks.ready();
    const { tasksTableName: TableName } = hooks.tables;
    const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_IMAGE" as const };
    await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
    return hooks;
  };

  const recordsOf = async (TableName: string): Promise<unknown[]> => {
    const { Streams = [] } = await streams.send(new ListStreamsCommand({ TableName }));
    const StreamArn = Streams[0]?.StreamArn;
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const shards = StreamDescription?.Shards ?? [];
    const read = shards.map(async ({ ShardId }) => {
      const place = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
      const { ShardIterator } = await streams.send(new GetShardIteratorCommand(place));
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      return Records;
    });
    return (await Promise.all(read)).flat();
  };

  const react = async (records: readonly unknown[]) => {
    const calls: WakeCall[] = [];
    const counted: string[] = [];
    const failed = await reactToRecords(
      {
        now: () => Date.now(),
        metrics: { count: (name) => void counted.push(name), sample: () => {}, flush: () => {} },
        log: { info: () => {}, warn: () => {}, error: () => {} },
        asked: new Map(),
        queue: {
          send: async (sent) => {
            calls.push(...sent);
            return [];
          },
        },
      },
      records,
    );
    return { calls, counted, failed };
  };

  const at = (inMs: number) => new Date(Date.now() + inMs).toISOString();
  const URL = "http://127.0.0.1:9/";

  test("a task due soon is called for, at its time and not earlier than needed", async () => {
    await using hooks = await withStream();
    const dueAt = Date.now() + 60 * SECOND_MS;
    await hooks.register({ namespace: "a", id: "soon", url: URL, scheduledDate: new Date(dueAt) });
    const { calls, counted, failed } = await react(await recordsOf(hooks.tables.tasksTableName));
    expect(failed).toEqual([]);
    expect(counted).not.toContain("poisonRecords");
    expect(calls).toHaveLength(1);
    expect(calls[0]?.until).toBeGreaterThanOrEqual(dueAt);
    expect(calls[0]?.delaySeconds).toBeGreaterThan(45);
    expect(calls[0]?.delaySeconds).toBeLessThan(60);
  });

  test("what is far away, suspended, deleted or our own bookkeeping calls for nobody, and none of it is poison", async () => {
    await using hooks = await withStream();
    await hooks.register({ namespace: "a", id: "far", url: URL, scheduledDate: at(HOUR_MS) });
    await hooks.growShards(16);
    const before = await recordsOf(hooks.tables.tasksTableName);
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(await react(before)).toEqual({ calls: [], counted: [], failed: [] });
    await hooks.register({ namespace: "a", id: "paused", url: URL, scheduledDate: at(30 * SECOND_MS) });
    await hooks.suspend({ namespace: "a", id: "paused" });
    await hooks.delete({ namespace: "a", id: "far" });
    const all = await recordsOf(hooks.tables.tasksTableName);
    const last = all.slice(-2);
    expect(all.length).toBe(before.length + 3);
    expect(await react(last)).toEqual({ calls: [], counted: [], failed: [] });
  });

  test("a run, its retry and its end leave records that read well, doubled and shuffled too", async () => {
    await using hooks = await withStream();
    const retry = { limit: 1, baseMs: 20 * SECOND_MS, jitter: 0 };
    await hooks.register({ namespace: "a", id: "fails", url: URL, scheduledDate: at(0), retry });
    await hooks.trigger();
    expect(await hooks.get({ namespace: "a", id: "fails" })).toMatchObject({ reason: "retrying" });
    const records = await recordsOf(hooks.tables.tasksTableName);
    const doubled = [...records, ...records].reverse();
    const { calls, counted } = await react(doubled);
    expect(counted).not.toContain("poisonRecords");
    // One call at once for the run, one for the retry some twenty seconds later.
    expect(calls.map(({ delaySeconds }) => delaySeconds > 0).sort()).toEqual([false, true]);
  });
});
