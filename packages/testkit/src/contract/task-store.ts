// What every task store must do, whatever it is made of.
import type { TaskRow } from "@hookclock/core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  aTask,
  finished,
  freshPlace,
  HOSTILE_NAMES,
  type OpenStores,
  type StoresUnderTest,
  T0,
} from "./rows.ts";
import { testTaskEnds } from "./task-store-ends.ts";
import { testTaskReads } from "./task-store-reads.ts";

export function describeTaskStore(name: string, open: OpenStores): void {
  describe(`task store: ${name}`, () => {
    let stores: StoresUnderTest;
    beforeAll(async () => {
      stores = await open();
    });
    testInserts(() => stores);
    testSaves(() => stores);
    testRemovals(() => stores);
    testTaskReads(() => stores);
    testTaskEnds(() => stores);
  });
}

const copyOf = (row: TaskRow): TaskRow => structuredClone(row);

function testInserts(stores: () => StoresUnderTest): void {
  test("a row comes back as it was inserted, absent fields absent", async () => {
    const { tasks } = stores();
    const { namespace, shard } = freshPlace();
    const bare = aTask({ namespace, id: "bare", shard });
    delete bare.request;
    const full = fullTask(namespace, shard);
    expect(await tasks.insert(bare)).toBe("inserted");
    expect(await tasks.insert(full)).toBe("inserted");
    expect(await tasks.read({ namespace, id: "bare" })).toStrictEqual(bare);
    expect(await tasks.read({ namespace, id: "full" })).toStrictEqual(full);
  });

  test("JSON of any shape survives", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const bodies = [
      "",
      null,
      false,
      0,
      1e300,
      2 ** 60,
      0.1,
      [],
      {},
      [[], {}, "", null, [null]],
      { "": "", a: { b: { c: { d: [1, { e: null }] } } } },
      JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}'),
      '\u0000 \ud83d\ude00 line\u2028end "quoted" \\',
    ];
    for (const [index, body] of bodies.entries()) {
      const row = aTask({ namespace, id: `body-${index}` });
      row.request = { url: "https://receiver.example/", method: "PUT", body };
      row.payload = body;
      await tasks.insert(row);
      const read = await tasks.read(row);
      expect(JSON.stringify(read?.request?.body)).toBe(JSON.stringify(body));
      expect(JSON.stringify(read?.payload)).toBe(JSON.stringify(body));
    }
  });

  test("an existing key is refused and left alone", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const row = aTask({ namespace, id: "a" });
    await tasks.insert(row);
    expect(await tasks.insert({ ...copyOf(row), kind: "other" })).toBe("exists");
    expect(await tasks.read(row)).toStrictEqual(row);
  });

  test("a repeat of our own insert counts as inserted, an equal row of somebody else does not", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const row = aTask({ namespace, id: "a" });
    await tasks.insert(row);
    expect(await tasks.insert(row)).toBe("inserted");
    expect(await tasks.insert(copyOf(row))).toBe("exists");
  });

  test("of 50 inserts of one key at once, one wins", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 50 }, () => aTask({ namespace, id: "one" }));
    const results = await Promise.all(rows.map((row) => tasks.insert(row)));
    expect(results.filter((result) => result === "inserted")).toHaveLength(1);
    expect(results.filter((result) => result === "exists")).toHaveLength(49);
  });

  test("insertMany answers by position", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const taken = aTask({ namespace, id: "taken" });
    await tasks.insert(taken);
    const many = Array.from({ length: 60 }, (_, index) => ({
      row: aTask({ namespace, id: index === 30 ? "taken" : `many-${index}`, kind: "new" }),
      fresh: index % 3 === 1,
    }));
    const results = await tasks.insertMany(many);
    expect(results).toStrictEqual(many.map((_, index) => (index === 30 ? "exists" : "inserted")));
    const rows = await tasks.readMany(many.map(({ row }) => row));
    expect(rows).toStrictEqual(many.map(({ row }, index) => (index === 30 ? taken : row)));
    expect(await tasks.insertMany([])).toStrictEqual([]);
  });

  test("of one key named many times, the first in order is inserted", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const many = Array.from({ length: 60 }, (_, index) => ({
      row: aTask({ namespace, id: `of-four-${index % 15}`, kind: `kind-${index}` }),
      fresh: false,
    }));
    expect(await tasks.insertMany(many)).toStrictEqual(
      many.map((_, index) => (index < 15 ? "inserted" : "exists")),
    );
    const firsts = many.slice(0, 15).map(({ row }) => row);
    expect(await tasks.readMany(firsts)).toStrictEqual(firsts);
  });

  test("ids and namespaces of any characters stay apart", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const rows = HOSTILE_NAMES.flatMap((outer) =>
      HOSTILE_NAMES.map((id) =>
        aTask({ namespace: `${namespace}${outer}`, id, kind: `${outer}|${id}`.slice(0, 64) }),
      ),
    );
    const results = await tasks.insertMany(rows.map((row) => ({ row, fresh: false })));
    expect(new Set(results)).toStrictEqual(new Set(["inserted"]));
    expect(await tasks.readMany(rows)).toStrictEqual(rows);
    const longest = aTask({ namespace: "n".repeat(256), id: `${namespace}${"é".repeat(240)}` });
    await tasks.insert(longest);
    expect(await tasks.remove(longest)).toStrictEqual(longest);
  });
}

function testSaves(stores: () => StoresUnderTest): void {
  test("a change is saved on the version it was made from, and only on that", async () => {
    const { tasks } = stores();
    const { namespace, shard } = freshPlace();
    const before = aTask({ namespace, id: "a", shard, dueAt: T0, lane: "receiver.example" });
    await tasks.insert(before);
    const after = finished(before);
    expect(await tasks.save({ before, after })).toBe("saved");
    expect(await tasks.read(before)).toStrictEqual(after);
    expect(await tasks.save({ before, after: { ...copyOf(after), kind: "late" } })).toBe("conflict");
    expect(await tasks.read(before)).toStrictEqual(after);
  });

  test("every field can be set, changed and taken away", async () => {
    const { tasks } = stores();
    const { namespace, shard } = freshPlace();
    const bare = aTask({ namespace, id: "full" });
    const full = { ...fullTask(namespace, shard), rev: 2 };
    const bareAgain = { ...copyOf(bare), rev: 3 };
    await tasks.insert(bare);
    expect(await tasks.save({ before: bare, after: full })).toBe("saved");
    expect(await tasks.read(bare)).toStrictEqual(full);
    expect(await tasks.save({ before: full, after: bareAgain })).toBe("saved");
    expect(await tasks.read(bare)).toStrictEqual(bareAgain);
  });

  test("a row that is not there cannot be saved", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const before = aTask({ namespace, id: "ghost" });
    expect(await tasks.save({ before, after: finished(before) })).toBe("conflict");
    expect(await tasks.saveMany([{ before, after: finished(before) }])).toStrictEqual(["conflict"]);
    expect(await tasks.read(before)).toBeNull();
  });

  test("a repeat of our own save counts as saved, the same save by somebody else as conflict", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const rows = ["a", "b", "c"].map((id) => aTask({ namespace, id }));
    const changes = rows.map((before) => ({ before, after: finished(before) }));
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    expect(await tasks.saveMany(changes)).toStrictEqual(["saved", "saved", "saved"]);
    expect(await tasks.saveMany(changes)).toStrictEqual(["saved", "saved", "saved"]);
    const [change] = changes as [(typeof changes)[0]];
    expect(await tasks.save(change)).toBe("saved");
    expect(await tasks.save({ before: change.before, after: copyOf(change.after) })).toBe("conflict");
    const copies = changes.map(({ before, after }) => ({ before, after: copyOf(after) }));
    expect(await tasks.saveMany(copies)).toStrictEqual(["conflict", "conflict", "conflict"]);
  });

  test("of 50 saves of one row at once, one wins", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const before = aTask({ namespace, id: "one" });
    await tasks.insert(before);
    const changes = Array.from({ length: 50 }, () => ({ before, after: finished(before) }));
    const results = await Promise.all(changes.map((change) => tasks.save(change)));
    expect(results.filter((result) => result === "saved")).toHaveLength(1);
    expect(results.filter((result) => result === "conflict")).toHaveLength(49);
  });

  test("two changes of one row in one batch: one wins", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const before = aTask({ namespace, id: "one" });
    const other = aTask({ namespace, id: "other" });
    await tasks.insertMany([before, other].map((row) => ({ row, fresh: true })));
    const changes = [before, other, before].map((row) => ({ before: row, after: finished(row) }));
    const results = await tasks.saveMany(changes);
    expect([...results].sort()).toStrictEqual(["conflict", "saved", "saved"]);
    expect(results[1]).toBe("saved");
  });

  test("saveMany answers by position; a conflict does not touch the others", async () => {
    const { tasks } = stores();
    const { namespace, shard } = freshPlace();
    const rows = Array.from({ length: 60 }, (_, index) =>
      aTask({ namespace, id: `t-${index}`, shard, dueAt: T0 + index }),
    );
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    const edited = rows.filter((_, index) => index % 7 === 0);
    for (const before of edited) await tasks.save({ before, after: { ...before, rev: 2, kind: "edited" } });
    const changes = rows.map((before) => ({ before, after: finished(before) }));
    const results = await tasks.saveMany(changes);
    expect(results).toStrictEqual(rows.map((_, index) => (index % 7 === 0 ? "conflict" : "saved")));
    const due = await tasks.findDue({ shard, upTo: T0 + 1_000, limit: 100 });
    expect(due.keys.map(({ id }) => id)).toStrictEqual(edited.map(({ id }) => id));
    expect(await tasks.saveMany([])).toStrictEqual([]);
  });

  test("of two changes of one version in one saveMany, the first in order is saved", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 10 }, (_, index) => aTask({ namespace, id: `t-${index}` }));
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    const edited = (kind: string) => rows.map((before) => ({ before, after: { ...before, rev: 2, kind } }));
    const results = await tasks.saveMany([...edited("first"), ...edited("second")]);
    expect(results).toStrictEqual(Array.from({ length: 20 }, (_, n) => (n < 10 ? "saved" : "conflict")));
    expect(await tasks.readMany(rows)).toStrictEqual(edited("first").map(({ after }) => after));
  });
}

function testRemovals(stores: () => StoresUnderTest): void {
  test("remove returns what was there; removing nothing is fine", async () => {
    const { tasks } = stores();
    const { namespace, shard } = freshPlace();
    const row = aTask({ namespace, id: "a", shard, dueAt: T0 });
    await tasks.insert(row);
    expect(await tasks.remove(row)).toStrictEqual(row);
    expect(await tasks.remove(row)).toBeNull();
    expect(await tasks.read(row)).toBeNull();
    expect((await tasks.findDue({ shard, upTo: T0, limit: 10 })).keys).toStrictEqual([]);
  });

  test("removeMany deletes by key, absent rows and doubles included", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 60 }, (_, index) => aTask({ namespace, id: `t-${index}` }));
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    const [kept, ...rest] = rows as [TaskRow, ...TaskRow[]];
    await tasks.removeMany([...rest, ...rest.slice(0, 3), { namespace, id: "never-was" }]);
    expect((await tasks.readMany(rows)).filter((row) => row !== null)).toStrictEqual([kept]);
    await tasks.removeMany([]);
  });
}

function fullTask(namespace: string, shard: number): TaskRow {
  return {
    namespace,
    id: "full",
    idPrefix: "fu",
    kind: "slack",
    rev: 7,
    fence: 3,
    scheduleEdit: 2,
    status: "PROCESSING",
    reason: "retrying",
    request: {
      url: "https://x.example/",
      method: "GET",
      headers: { "x-a": "1", "x-b": "" },
      body: [1, null],
    },
    payload: { text: "" },
    lane: "x.example",
    scheduledAt: T0 + 5,
    dueAt: T0 + 60_005,
    shard,
    repeat: { interval: 1.5, unit: "hours", max: 0, cron: "0 9 * * *", timeZone: "Europe/Lisbon" },
    retry: { limit: 5, baseMs: 10, maxMs: 1_000, jitter: 0.5 },
    catchUp: "all",
    timeoutMs: 5_000,
    keepSeconds: 3_600,
    occurrence: 41,
    attempt: 2,
    extraRun: true,
    claim: { owner: "worker#1", until: T0 + 60_005 },
    lostClaims: 1,
    settled: { status: "FAILED", reason: "gone" },
    execution: {
      count: 40,
      failed: 3,
      successful: 37,
      firstAt: T0 - 1_000,
      lastAt: T0,
      firstScheduledAt: T0 - 2_000,
      response: { status: 503, headers: { "retry-after": "5" }, body: "busy" },
    },
    errors: { count: 3, firstAt: T0 - 500, lastAt: T0, last: "status 503" },
    fingerprint: "f00",
    createdAt: T0 - 100_000,
    updatedAt: T0,
    ttl: T0 / 1_000 + 3_600,
  };
}
