import { HookclockError } from "@hookclock/core";
import { createFakeClock } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { bodyOf } from "./body.ts";
import { type Following, follow, withBeats } from "./follow.ts";
import { aLog, logTable } from "./test-logs.ts";
import { type Position, Trail } from "./trail.ts";

const START = Date.UTC(2030, 0, 1);
const asText = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url");

type Options = Partial<Following> & { from?: number; pageMax?: number };

/** A stream over logs in memory, and what came of it so far. */
function open({ from = START, pageMax, ...more }: Options = {}) {
  const clock = createFakeClock(START);
  const table = logTable(clock.now, pageMax);
  const left = new AbortController();
  const following: Following = {
    ...{ hooks: table, clock, holdMs: 600_000, trail: Trail.startingAt(from), cursorOf: asText },
    ...{ query: { namespace: "app" }, mayGoOn: async () => true, signal: left.signal },
    ...more,
  };
  const pieces = withBeats(follow(following), following, 15_000);
  const got = { text: "", ended: false, error: undefined as unknown };
  const reading = (async () => {
    try {
      for await (const piece of pieces) got.text += piece;
    } catch (error) {
      got.error = error;
    }
    got.ended = true;
  })();
  const write = (id: string, lateMs = 0, more: Parameters<typeof aLog>[2] = {}) =>
    table.logs.push({ log: aLog(id, clock.now(), more), visibleMs: clock.now() + lateMs });
  return { clock, table, left, got, reading, write, ids: () => idsIn(got.text) };
}

const idsIn = (text: string): string[] =>
  [...text.matchAll(/^event: log\nid: .+\ndata: (.+)$/gm)].map(
    ([, data]) => (JSON.parse(data ?? "") as { id: string }).id,
  );
const cursorsIn = (text: string): string[] => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? "");

test("a stream begins with its place, and logs follow as they are written", async () => {
  const { clock, got, write, ids } = open();
  await clock.advance(10);
  expect(got.text).toMatch(
    /^retry: 1000\n\nevent: start\nid: [\w-]+\ndata: {"from":"2030-01-01T00:00:00.000Z"}\n\n$/,
  );
  write("a");
  await clock.advance(1_000);
  expect(ids()).toEqual(["a"]);
  write("b", 3_000);
  write("c");
  await clock.advance(1_000);
  expect(ids()).toEqual(["a", "c"]);
  await clock.advance(7_000);
  expect(ids()).toEqual(["a", "c", "b"]);
});

test("what was written since `from` comes first, oldest first, over pages", async () => {
  const { clock, table, ids } = open({ from: START - 60_000, pageMax: 3 });
  for (let index = 9; index >= 0; index -= 1) {
    table.logs.push({ log: aLog(`t${index}`, START - 50_000 + index), visibleMs: 0 });
  }
  table.logs.push({ log: aLog("before", START - 60_001), visibleMs: 0 });
  await clock.settle();
  expect(ids()).toEqual(Array.from({ length: 10 }, (_, index) => `t${index}`));
});

test("only the task and status that were asked for", async () => {
  const { clock, write, ids } = open({ query: { namespace: "app", task: "x", status: "FAIL" } });
  await clock.advance(10);
  write("x#0#1#1", 0, { status: "FAIL" });
  write("x#1#1#1");
  write("x2#0#1#1", 0, { status: "FAIL" });
  write("x#2#1#1", 0, { status: "FAIL", namespace: "other" });
  await clock.advance(2_000);
  expect(ids()).toEqual(["x#0#1#1"]);
});

test("looks become rarer while nothing comes, but never rarer than once a second", async () => {
  const { clock, table, write } = open();
  await clock.advance(800);
  expect(table.asked.length).toBeGreaterThanOrEqual(3);
  await clock.advance(30_000);
  const before = table.asked.length;
  await clock.advance(10_000);
  expect(table.asked.length - before).toBe(10);
  write("a");
  await clock.advance(1_000);
  const after = table.asked.length;
  await clock.advance(500);
  expect(table.asked.length - after).toBeGreaterThanOrEqual(1);
});

test("each silence of 15 s has a beat, which moves the client's place on", async () => {
  const { clock, got, write } = open({ query: { namespace: "app", status: "FAIL" } });
  await clock.advance(61_000);
  expect(got.text.match(/^: beat$/gm)).toHaveLength(4);
  const cursors = cursorsIn(got.text).map(
    (cursor) => JSON.parse(Buffer.from(cursor, "base64url").toString()) as Position,
  );
  expect(cursors.at(-1)?.fromMs).toBeGreaterThan(cursors[0]?.fromMs ?? 0);
  for (let second = 0; second < 30; second += 1) {
    write(`t${second}`, 0, { status: "FAIL" });
    await clock.advance(1_000);
  }
  expect(got.text.match(/^: beat$/gm)).toHaveLength(4);
});

test("when the client leaves, the database is not read any more", async () => {
  const { clock, table, left, got, reading } = open();
  await clock.advance(5_000);
  const asked = table.asked.length;
  left.abort();
  await reading;
  expect(got).toMatchObject({ ended: true, error: undefined });
  await clock.advance(60_000);
  expect(table.asked).toHaveLength(asked);
});

test("nothing is read ahead of a client that does not read", async () => {
  const clock = createFakeClock(START);
  const table = logTable(clock.now, 10);
  for (let index = 0; index < 500; index += 1) {
    const log = aLog(`t${index}`, START - 1_000 + index, { message: "x".repeat(4_000) });
    table.logs.push({ log, visibleMs: 0 });
  }
  const left = new AbortController();
  const following: Following = {
    ...{ hooks: table, clock, holdMs: 600_000, trail: Trail.startingAt(START - 2_000), cursorOf: asText },
    ...{ query: { namespace: "app" }, mayGoOn: async () => true, signal: left.signal },
  };
  const pieces = withBeats(follow(following), following, 15_000);
  const first = await pieces.next();
  const body = bodyOf(first.value ?? "", pieces, { leave: () => left.abort(), onError: () => {} });
  const reader = body.getReader();
  await reader.read();
  await clock.advance(30_000);
  const asked = table.asked.length;
  expect(asked).toBeLessThanOrEqual(2);
  for (let piece = 0; piece < 20; piece += 1) await reader.read();
  expect(table.asked.length).toBeGreaterThan(asked);
  expect(table.asked.length).toBeLessThan(20);
  await reader.cancel();
  expect(left.signal.aborted).toBe(true);
  const then = table.asked.length;
  await clock.advance(30_000);
  expect(table.asked).toHaveLength(then);
});

test("where answers must be complete, the stream ends with its first logs", async () => {
  const { clock, got, write, ids, reading } = open({ endAfterFirst: true, holdMs: 15_000 });
  await clock.advance(5_000);
  expect(got.ended).toBe(false);
  write("a");
  write("b");
  await clock.advance(1_000);
  await reading;
  expect(ids()).toEqual(["a", "b"]);
});

test("where nothing comes, the stream ends after its time and says where to go on", async () => {
  const { clock, got, table } = open({ endAfterFirst: true, holdMs: 10_000 });
  await clock.advance(10_000);
  expect(got.ended).toBe(true);
  expect(got.text).toMatch(/\n\n: beat\nid: [\w-]+\n\n$/);
  const last = cursorsIn(got.text).at(-1) ?? "";
  table.logs.push({ log: aLog("between", clock.now() + 300), visibleMs: 0 });
  const position = JSON.parse(Buffer.from(last, "base64url").toString()) as Position;
  const next = open({ trail: Trail.resumedFrom(position) });
  next.table.logs.push(...table.logs);
  await next.clock.advance(1_000);
  expect(next.ids()).toEqual(["between"]);
});

test("an answer that must be complete is bounded", async () => {
  const { clock, got, table } = open({ endAfterFirst: true, holdMs: 10_000, from: START - 10_000 });
  for (let index = 0; index < 100; index += 1) {
    const log = aLog(`t${index}`, START - 5_000 + index, { message: "x".repeat(50_000) });
    table.logs.push({ log, visibleMs: 0 });
  }
  await clock.settle();
  expect(got.ended).toBe(true);
  expect(got.text.length).toBeGreaterThan(900_000);
  expect(got.text.length).toBeLessThan(1_200_000);
});

test("an error before the first answer is thrown; later ones that pass are waited for", async () => {
  const failing = { fetchLogs: () => Promise.reject(new HookclockError("store-unavailable", "away")) };
  const { clock, got } = open({ hooks: failing });
  await clock.settle();
  expect(got.error).toMatchObject({ code: "store-unavailable" });

  const stream = open();
  await stream.clock.advance(1_000);
  const { fetchLogs } = stream.table;
  stream.table.fetchLogs = failing.fetchLogs;
  await stream.clock.advance(40_000);
  expect(stream.got.ended).toBe(false);
  expect(stream.got.text).toContain(": beat");
  stream.write("a");
  stream.table.fetchLogs = fetchLogs;
  await stream.clock.advance(6_000);
  expect(stream.ids()).toEqual(["a"]);
});

test("an error that does not pass ends the stream", async () => {
  const { clock, got, table } = open();
  await clock.advance(1_000);
  table.fetchLogs = () => Promise.reject(new HookclockError("table-missing", "gone"));
  await clock.advance(2_000);
  expect(got).toMatchObject({ ended: true, error: { code: "table-missing" } });
});

test("a stream ends when its key is revoked, without one log more, and at the end of its time", async () => {
  let isKnown = true;
  const { clock, got, write, ids } = open({ mayGoOn: async () => isKnown });
  await clock.advance(33_000);
  expect(got.ended).toBe(false);
  isKnown = false;
  write("secret");
  await clock.advance(2_000);
  expect(got).toMatchObject({ ended: true, error: undefined });
  expect(ids()).toEqual([]);

  let pages = 2;
  const backlog = open({ pageMax: 2, mayGoOn: async () => pages-- > 0 });
  for (const id of ["a", "b", "c", "d", "e", "f"]) backlog.write(id);
  await backlog.clock.advance(2_000);
  expect(backlog.ids()).toEqual(["a", "b", "c", "d"]);
  expect(backlog.got.ended).toBe(true);

  const timed = open({ holdMs: 60_000 });
  await timed.clock.advance(59_000);
  expect(timed.got.ended).toBe(false);
  await timed.clock.advance(2_000);
  expect(timed.got.ended).toBe(true);
});
