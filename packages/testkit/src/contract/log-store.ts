// What every log store must do.
import type { LogRow } from "@hookclock/core";
import type { LogListQuery } from "@hookclock/engine";
import { beforeAll, describe, expect, test } from "vitest";
import {
  aLog,
  freshPlace,
  HOSTILE_NAMES,
  type OpenStores,
  readAll,
  type StoresUnderTest,
  T0,
} from "./rows.ts";

type Query = Partial<LogListQuery> & { namespace: string };

export function describeLogStore(name: string, open: OpenStores): void {
  describe(`log store: ${name}`, () => {
    let stores: StoresUnderTest;
    beforeAll(async () => {
      stores = await open();
    });
    testLogRows(() => stores);
    testLogsOfTask(() => stores);
    testLogsByTime(() => stores);
  });
}

const listAll = ({ logs }: StoresUnderTest, query: Query): Promise<LogRow[]> =>
  readAll(async (after: LogListQuery["after"]) => {
    const limit = query.limit ?? 7;
    const page = await logs.list({
      descending: false,
      now: T0,
      ...query,
      limit,
      ...(after ? { after } : {}),
    });
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    return page;
  });

const namesOf = (rows: readonly LogRow[]): string[] =>
  rows.map(({ taskId, occurrence, attempt }) => `${taskId} ${occurrence} ${attempt}`);

function testLogRows(stores: () => StoresUnderTest): void {
  test("a log comes back as it was written, absent fields absent", async () => {
    const { namespace } = freshPlace();
    const bare = aLog({ namespace, taskId: "bare", status: "FAIL", outcome: "fault" });
    for (const field of ["request", "response", "timings"] as const) delete bare[field];
    const full = aLog({
      namespace,
      taskId: "full",
      kind: "slack",
      occurrence: 123_456,
      attempt: 4,
      retryLimit: 9,
      status: "FAIL",
      outcome: "retryable",
      error: "status",
      message: "status 503",
      request: {
        url: "https://x.example",
        method: "GET",
        headers: { a: "" },
        body: { "": [null, "", 2 ** 60] },
      },
      response: { status: 503, headers: { b: "c" }, body: "AAE=", encoding: "base64", truncated: true },
      timings: { dnsMs: 1, connectMs: 0, firstByteMs: 2.25, totalMs: 3.5 },
    });
    const odd = aLog({
      namespace,
      taskId: "odd",
      request: {},
      response: { status: 204, headers: {}, body: "", truncated: false },
      // A clock that went back between the steps of one attempt.
      startedAt: T0 + 9,
    });
    await stores().logs.append([bare, full, odd]);
    for (const log of [bare, full, odd]) {
      expect(await listAll(stores(), { namespace, taskId: log.taskId })).toStrictEqual([log]);
    }
    expect(new Set(await listAll(stores(), { namespace }))).toStrictEqual(new Set([bare, full, odd]));
    await stores().logs.append([]);
  });

  test("writing a log again overwrites it: it is listed once, at its new time", async () => {
    const { namespace } = freshPlace();
    const old = aLog({ namespace, taskId: "again", createdAt: T0 });
    const neighbour = aLog({ namespace, taskId: "neighbour", createdAt: T0 });
    const repeated = { ...old, createdAt: T0 + 500, message: "second try" };
    await stores().logs.append([old, neighbour]);
    await stores().logs.append([old, neighbour]);
    expect(namesOf(await listAll(stores(), { namespace })).sort()).toStrictEqual([
      "again 0 1",
      "neighbour 0 1",
    ]);
    await stores().logs.append([repeated]);
    expect(await listAll(stores(), { namespace })).toStrictEqual([neighbour, repeated]);
    expect(await listAll(stores(), { namespace, taskId: "again" })).toStrictEqual([repeated]);
    // The same instant, but another company of logs.
    await stores().logs.append([repeated, aLog({ namespace, taskId: "third", createdAt: T0 + 500 })]);
    expect(namesOf(await listAll(stores(), { namespace, from: T0 + 500 })).sort()).toStrictEqual([
      "again 0 1",
      "third 0 1",
    ]);
  });

  test("attempts of one number made by two workers keep a log each", async () => {
    const { namespace } = freshPlace();
    const late = aLog({ namespace, taskId: "t", rev: 7, status: "FAIL", outcome: "fault" });
    const successor = aLog({ namespace, taskId: "t", rev: 2 ** 40, createdAt: T0 + 1 });
    await stores().logs.append([late]);
    await stores().logs.append([successor]);
    expect(await listAll(stores(), { namespace, taskId: "t" })).toStrictEqual([late, successor]);
    expect(await listAll(stores(), { namespace })).toStrictEqual([late, successor]);
  });

  test("of a log handed in twice in one batch the later one counts", async () => {
    const { namespace } = freshPlace();
    const first = aLog({ namespace, taskId: "double", message: "first" });
    const second = aLog({ namespace, taskId: "double", message: "second" });
    await stores().logs.append([first, second]);
    expect(await listAll(stores(), { namespace })).toStrictEqual([second]);
  });

  test("logs past their ttl do not exist, whether or not they are deleted already", async () => {
    const { namespace } = freshPlace();
    const ends = Math.ceil(T0 / 1_000);
    const gone = aLog({ namespace, taskId: "t", attempt: 1, ttl: ends - 1 });
    const lastMoment = aLog({ namespace, taskId: "t", attempt: 2, ttl: ends });
    await stores().logs.append([gone, lastMoment]);
    await stores().logs.append([aLog({ namespace, taskId: "u", ttl: ends - 1 })]);
    const now = ends * 1_000;
    expect(await listAll(stores(), { namespace, now })).toStrictEqual([lastMoment]);
    expect(await listAll(stores(), { namespace, taskId: "t", now })).toStrictEqual([lastMoment]);
    expect(await listAll(stores(), { namespace, now: now + 1 })).toStrictEqual([]);
    expect(await listAll(stores(), { namespace, taskId: "t", now: now + 1 })).toStrictEqual([]);
  });

  test("the largest request and answer fit into one log", async () => {
    const { namespace } = freshPlace();
    const log = aLog({ namespace, taskId: "huge" });
    log.request = { url: "https://x.example", method: "POST", body: "x".repeat(256 * 1024 - 2) };
    log.response = { status: 200, headers: {}, body: "y".repeat(64 * 1024) };
    // Control characters take six bytes each in JSON.
    const escaped = aLog({ namespace, taskId: "escaped" });
    escaped.request = log.request;
    escaped.response = { status: 200, headers: {}, body: "\u0001".repeat(64 * 1024) };
    await stores().logs.append([log, escaped]);
    expect(await listAll(stores(), { namespace, taskId: "huge" })).toStrictEqual([log]);
    expect(await listAll(stores(), { namespace, taskId: "escaped" })).toMatchObject([{ taskId: "escaped" }]);
  });
}

function testLogsOfTask(stores: () => StoresUnderTest): void {
  test("logs of a task come in order of occurrence and attempt, both ways, filtered", async () => {
    const { namespace } = freshPlace();
    const logs = Array.from({ length: 24 }, (_, index) =>
      aLog({
        namespace,
        taskId: "t",
        occurrence: 8 + Math.floor(index / 3),
        attempt: 1 + (index % 3),
        status: index % 3 === 2 ? "SUCCESS" : "FAIL",
        outcome: index % 3 === 2 ? "ok" : "retryable",
        createdAt: T0 + index * 10,
      }),
    );
    await stores().logs.append(logs);
    await stores().logs.append([aLog({ namespace, taskId: "t2" }), aLog({ namespace, taskId: "" })]);
    const query = { namespace, taskId: "t" };
    expect(await listAll(stores(), query)).toStrictEqual(logs);
    expect(await listAll(stores(), { ...query, descending: true })).toStrictEqual([...logs].reverse());
    const successes = logs.filter(({ status }) => status === "SUCCESS");
    expect(await listAll(stores(), { ...query, status: "SUCCESS", limit: 2 })).toStrictEqual(successes);
    expect(await listAll(stores(), { ...query, from: T0 + 50, to: T0 + 90 })).toStrictEqual(
      logs.slice(5, 10),
    );
    expect(await listAll(stores(), { ...query, idPrefix: "x" })).toStrictEqual([]);
  });

  test("tasks and namespaces of any characters keep their logs apart", async () => {
    const { namespace } = freshPlace();
    const logs = HOSTILE_NAMES.flatMap((outer) =>
      HOSTILE_NAMES.map((taskId) => aLog({ namespace: `${namespace}${outer}`, taskId })),
    );
    await stores().logs.append(logs);
    for (const log of logs.filter((_, index) => index % 5 === 0)) {
      const query = { namespace: log.namespace, taskId: log.taskId };
      expect(await listAll(stores(), query)).toStrictEqual([log]);
    }
    for (const outer of HOSTILE_NAMES.slice(0, 6)) {
      const found = await listAll(stores(), { namespace: `${namespace}${outer}`, limit: 100 });
      expect(namesOf(found).sort()).toStrictEqual(HOSTILE_NAMES.map((id) => `${id} 0 1`).sort());
    }
  });
}

function testLogsByTime(stores: () => StoresUnderTest): void {
  test("a namespace's logs come in order of time, both ways, filtered, paged", async () => {
    const { namespace } = freshPlace();
    // 40 batches of one to five logs: enough to reach every part that digests are spread over.
    const logs = Array.from({ length: 40 }, (_, batch) =>
      Array.from({ length: 1 + (batch % 5) }, (_unused, index) =>
        aLog({
          namespace,
          taskId: `${batch % 2 === 0 ? "user" : "order"}#${batch}-${index}`,
          status: index === 0 ? "FAIL" : "SUCCESS",
          outcome: index === 0 ? "permanent" : "ok",
          createdAt: T0 + batch * 1_000,
        }),
      ),
    );
    for (const batch of logs) await stores().logs.append(batch);
    await stores().logs.append([aLog({ namespace: `${namespace}#0`, taskId: "stranger" })]);
    const all = logs.flat();
    const timesOf = (rows: readonly LogRow[]): number[] => rows.map(({ createdAt }) => createdAt);
    for (const limit of [3, 100]) {
      const up = await listAll(stores(), { namespace, limit });
      expect(timesOf(up)).toStrictEqual(timesOf(all));
      expect(namesOf(up).sort()).toStrictEqual(namesOf(all).sort());
      const down = await listAll(stores(), { namespace, limit, descending: true });
      expect(timesOf(down)).toStrictEqual(timesOf(all).reverse());
      expect(namesOf(down).sort()).toStrictEqual(namesOf(all).sort());
    }
    const failed = await listAll(stores(), { namespace, status: "FAIL" });
    expect(namesOf(failed)).toStrictEqual(namesOf(all.filter(({ status }) => status === "FAIL")));
    const users = await listAll(stores(), { namespace, idPrefix: "user#" });
    expect(namesOf(users).sort()).toStrictEqual(
      namesOf(all.filter(({ taskId }) => taskId.startsWith("user#"))).sort(),
    );
    const bounded = { namespace, from: T0 + 5_000, to: T0 + 8_000 };
    expect(timesOf(await listAll(stores(), bounded))).toStrictEqual(timesOf(logs.slice(5, 9).flat()));
    expect(await listAll(stores(), { ...bounded, to: T0 + 4_999 })).toStrictEqual([]);
    const downBounded = await listAll(stores(), { ...bounded, descending: true, limit: 3 });
    expect(timesOf(downBounded)).toStrictEqual(timesOf(logs.slice(5, 9).flat()).reverse());
  });

  test("a full page that is the last one says so, and new logs do not move the place", async () => {
    const { namespace } = freshPlace();
    const { logs } = stores();
    const batch = Array.from({ length: 10 }, (_, index) =>
      aLog({ namespace, taskId: `t-${index}`, createdAt: T0 }),
    );
    await logs.append(batch);
    const query = { namespace, descending: true, limit: 5, now: T0 };
    const first = await logs.list(query);
    expect(first.rows).toHaveLength(5);
    await logs.append([aLog({ namespace, taskId: "newer", createdAt: T0 + 1 })]);
    const second = await logs.list({ ...query, after: first.next ?? undefined } as LogListQuery);
    expect(second.next).toBeNull();
    expect(namesOf([...first.rows, ...second.rows]).sort()).toStrictEqual(namesOf(batch).sort());
  });

  test("10,000 logs of one namespace are all found, without one twice", async () => {
    const { namespace } = freshPlace();
    const logs = Array.from({ length: 10_000 }, (_, index) => {
      const log = aLog({ namespace, taskId: `task-${index}`, createdAt: T0 + Math.floor(index / 24) });
      // Bare, to be quick: what counts here is how many there are.
      for (const field of ["request", "response", "timings"] as const) delete log[field];
      return log;
    });
    for (let start = 0; start < logs.length; start += 24 * 40) {
      await stores().logs.append(logs.slice(start, start + 24 * 40));
    }
    const found = await listAll(stores(), { namespace, limit: 1_000 });
    expect(found).toHaveLength(10_000);
    expect(new Set(namesOf(found)).size).toBe(10_000);
    expect(found.at(-1)?.createdAt).toBe(T0 + 416);
    const few = await stores().logs.list({
      namespace,
      idPrefix: "task-99",
      descending: true,
      limit: 500,
      now: T0,
    });
    expect(few.rows.every(({ taskId }) => taskId.startsWith("task-99"))).toBe(true);
  });
}
