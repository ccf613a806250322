import { expect, test } from "vitest";
import { reactToRecords } from "./react-records.ts";
import { NOW, testWorld } from "./test-world.ts";

let sequence = 0;
const record = (image: Record<string, unknown> | undefined, name = "MODIFY") => {
  sequence += 1;
  return {
    eventID: `event-${sequence}`,
    eventName: name,
    dynamodb: { SequenceNumber: String(sequence), ...(image === undefined ? {} : { NewImage: image }) },
  };
};
const due = (inMs: number, shard = 0) =>
  record({ namespace: { S: "app" }, dueAt: { N: String(NOW + inMs) }, dueShard: { S: String(shard) } });

test("what is due now is called for at once, what is due later shortly before, what is due much later not at all", async () => {
  const world = testWorld();
  expect(await reactToRecords(world, [due(-50), due(40_000), due(150_001)])).toEqual([]);
  expect(world.sent).toMatchObject([
    { until: NOW - 50, delaySeconds: 0 },
    { until: NOW + 45_000, delaySeconds: 39 },
  ]);
  expect(world.sums).toEqual({ wakesSent: 2 });
});

test("a thousand rows of one moment make one call for each group of shards", async () => {
  const world = testWorld();
  await reactToRecords(
    world,
    Array.from({ length: 1_000 }, (_, n) => due(60_000 + (n % 5_000), n % 16)),
  );
  expect(world.sent.map(({ shards }) => shards[0])).toEqual([0, 8]);
});

test("again, doubled and in another order, nothing is asked for that will come anyway", async () => {
  const world = testWorld();
  const records = [due(30_000), due(31_000, 4), due(90_000, 2)];
  await reactToRecords(world, records);
  await reactToRecords(world, [...records, ...records].reverse());
  expect(world.sent).toHaveLength(2);
});

test("what is due at once is called for each time: the one called before may be gone already", async () => {
  const world = testWorld();
  await reactToRecords(world, [due(0)]);
  world.at += 200;
  await reactToRecords(world, [due(100)]);
  expect(world.sent).toHaveLength(2);
});

test("a call at once stands for all that is known of its bucket", async () => {
  const world = testWorld();
  await reactToRecords(world, [due(3_000), due(-60_000, 1), due(1_000, 2)]);
  expect(world.sent).toMatchObject([{ until: NOW + 3_000, delaySeconds: 0 }]);
});

test.each([
  ["removed", record(undefined, "REMOVE")],
  ["finished", record({ namespace: { S: "app" }, status: { S: "DONE" }, dueShard: { S: "1" } })],
  ["bookkeeping", record({ namespace: { S: "#hookclock" }, id: { S: "lease#1" }, owner: { S: "x" } })],
])("a row that is %s is nothing to wake for", async (_, one) => {
  const world = testWorld();
  expect(await reactToRecords(world, [one])).toEqual([]);
  expect([world.sent, world.sums]).toEqual([[], {}]);
});

test.each([
  ["no object", null],
  ["no change", { eventID: "x" }],
  ["a due time of another type", record({ dueAt: { S: "soon" }, dueShard: { S: "1" } })],
  ["a due time that is no whole number", record({ dueAt: { N: "1.5" }, dueShard: { S: "1" } })],
  ["a due time beyond numbers", record({ dueAt: { N: "9".repeat(30) }, dueShard: { S: "1" } })],
  ["a due time without a shard", record({ dueAt: { N: "1" } })],
  ["a shard that is no number", record({ dueAt: { N: "1" }, dueShard: { S: "-1" } })],
  ["a shard of another type", record({ dueAt: { N: "1" }, dueShard: { N: "1" } })],
])("a record with %s is passed over, counted and told, and stops no other", async (_, poison) => {
  const world = testWorld();
  expect(await reactToRecords(world, [poison, due(0)])).toEqual([]);
  expect(world.sent).toHaveLength(1);
  expect(world.sums).toEqual({ poisonRecords: 1, wakesSent: 1 });
  expect(world.lines.map(({ level }) => level)).toEqual(["warn"]);
});

test("records whose call could not be sent are to be shown again, the others not", async () => {
  const world = testWorld();
  world.refused = ({ shards }) => shards[0] === 8;
  const records = [due(0, 1), due(0, 9), due(150_001, 9), due(0, 15)];
  const failed = await reactToRecords(world, records);
  expect(failed).toEqual([records[1], records[3]].map((one) => one?.dynamodb.SequenceNumber));
  world.refused = () => false;
  expect(await reactToRecords(world, [records[1], records[3]])).toEqual([]);
  expect(world.sent.map(({ shards }) => shards[0])).toEqual([0, 8]);
});
