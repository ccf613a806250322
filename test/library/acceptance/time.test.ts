// What is due when, and what is found between two times. Each test is one line of the acceptance list.
import { type LocalDatabase, startDynalite, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dueTask, isoIn, openHooks, taskOf, travelClock } from "../support.ts";

const MINUTE = 60_000;
let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

describe("a recurring task that is an hour late (also D8)", () => {
  const late = async (catchUp?: "skip" | "one" | "all") => {
    const clock = travelClock();
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint, {}, { clock });
    const repeat = { interval: 1, unit: "minutes" as const, max: 0 };
    // 30 seconds between the grid and now, so that no slot falls into the test's own time.
    const scheduledDate = isoIn(-60 * MINUTE - 30_000);
    const task = await hooks.register(
      dueTask(receiver.url, { repeat, scheduledDate, ...(catchUp === undefined ? {} : { catchUp }) }),
    );
    for (let pass = 0; pass < 5; pass += 1) await hooks.trigger();
    const { scheduledDate: next, execution } = await taskOf(hooks, task);
    const slot = (Date.parse(next) - Date.parse(scheduledDate)) / MINUTE;
    return { requests: receiver.requests.length, slot, count: execution.count };
  };

  test("by default: one run, next on the grid", async () => {
    expect(await late()).toEqual({ requests: 1, slot: 61, count: 1 });
  });

  test("catchUp one: the run that was due, the latest missed one, then on time", async () => {
    expect(await late("one")).toEqual({ requests: 2, slot: 61, count: 2 });
  });

  test("catchUp all: each missed one", async () => {
    expect(await late("all")).toMatchObject({ slot: expect.any(Number), count: 61, requests: 61 });
  });
});

test("a recurring task runs repeat.max times in all and ends", async () => {
  const clock = travelClock();
  await using receiver = await startReceiver([200, 500, 200]);
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const repeat = { interval: 30, unit: "minutes" as const, max: 3 };
  const task = await hooks.register(dueTask(receiver.url, { repeat, retryLimit: 0 }));
  for (let pass = 0; pass < 5; pass += 1) {
    await hooks.trigger();
    clock.jump(30 * MINUTE);
  }
  expect(receiver.requests).toHaveLength(3);
  expect(await taskOf(hooks, task)).toMatchObject({
    status: "DONE",
    reason: "max-repeat",
    execution: { count: 3, successful: 2, failed: 1 },
  });
  const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
  expect(new Set(ids).size).toBe(3);
});

test("hours may be fractions: 1.5 hours is 90 minutes", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  const repeat = { interval: 1.5, unit: "hours" as const, max: 0 };
  const task = await hooks.register(dueTask(receiver.url, { repeat }));
  await hooks.trigger();
  const next = (await taskOf(hooks, task)).scheduledDate;
  expect(Date.parse(next) - Date.parse(task.scheduledDate)).toBe(90 * MINUTE);
});

test("cron with a time zone: due at the zone's own hour, unlimited unless told otherwise", async () => {
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register({
    namespace: "app",
    url: "https://example.com/",
    scheduledDate: "2030-03-30T00:00:00Z",
    repeat: { cron: "0 9 * * *", timeZone: "Europe/Berlin" },
  });
  expect(task.scheduledDate).toBe("2030-03-30T08:00:00.000Z");
  expect(task.repeat).toEqual({
    interval: 1,
    unit: "minutes",
    max: 0,
    cron: "0 9 * * *",
    timeZone: "Europe/Berlin",
  });
  const soon = await hooks.register({
    namespace: "app",
    url: "https://example.com/",
    repeat: { cron: "*/5 * * * *" },
  });
  expect(Date.parse(soon.scheduledDate) % (5 * MINUTE)).toBe(0);
  expect(Date.parse(soon.scheduledDate)).toBeGreaterThanOrEqual(Date.now() - 1_000);
});

test("a cron task goes on over the change to summer time", async () => {
  const clock = travelClock();
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const year = new Date(clock.now()).getUTCFullYear() + 1;
  const task = await hooks.register({
    namespace: "app",
    url: receiver.url,
    scheduledDate: `${year}-03-20T00:00:00Z`,
    repeat: { cron: "0 9 * * *", timeZone: "Europe/Berlin" },
  });
  const hours = new Set<number>();
  clock.jump(Date.parse(task.scheduledDate) - clock.now() + 1_000);
  for (let day = 0; day < 14; day += 1) {
    hours.add(new Date((await taskOf(hooks, task)).scheduledDate).getUTCHours());
    await hooks.trigger();
    clock.jump(24 * 60 * MINUTE);
  }
  expect([...hours]).toEqual([8, 7]);
  expect(receiver.requests).toHaveLength(14);
});

describe("ranges of fetch", () => {
  const dates = ["2024-03-20T10:00:00.000Z", "2024-03-20T12:00:00.000Z", "2024-03-20T14:00:00.000Z"];
  const fetched = async (range: { from?: string | Date; to?: string | Date }) => {
    const { items } = await hooks.fetch({ namespace: "ranges", ...range });
    return items.map(({ id }) => id);
  };
  let hooks: ReturnType<typeof openHooks>;
  beforeAll(async () => {
    hooks = openHooks(database.endpoint);
    const task = (scheduledDate: string, n: number) => ({
      namespace: "ranges",
      id: `t${n}`,
      url: "https://example.com/",
      scheduledDate,
    });
    await hooks.registerMany(dates.map(task));
  });
  afterAll(() => hooks.close());

  test("offset and no-millisecond ranges find what they say, bounds included", async () => {
    expect(await fetched({ from: "2024-03-20T12:00:00+02:00", to: "2024-03-20T07:00:00-05:00" })).toEqual([
      "t0",
      "t1",
    ]);
    expect(await fetched({ from: "2024-03-20T10:00:00Z", to: "2024-03-20T10:00:00Z" })).toEqual(["t0"]);
    expect(await fetched({ from: "2024-03-20", to: "2024-03-21" })).toEqual(["t0", "t1", "t2"]);
    expect(await fetched({ from: new Date(dates[1] ?? ""), to: new Date(dates[2] ?? "") })).toEqual([
      "t1",
      "t2",
    ]);
  });

  test("lone from / lone to", async () => {
    expect(await fetched({ from: "2024-03-20T12:00:00Z" })).toEqual(["t1", "t2"]);
    expect(await fetched({ to: "2024-03-20T12:00:00Z" })).toEqual(["t0", "t1"]);
    expect(await fetched({ from: "2024-03-20T14:00:00.001Z" })).toEqual([]);
  });

  test("with a status and with an id prefix", async () => {
    await hooks.suspend({ namespace: "ranges", id: "t1" });
    const suspended = await hooks.fetch({ namespace: "ranges", status: "SUSPENDED", from: "2024-03-20" });
    expect(suspended.items.map(({ id }) => id)).toEqual(["t1"]);
    const prefixed = await hooks.fetch({ namespace: "ranges", id: "t", to: "2024-03-20T11:00:00Z" });
    expect(prefixed.items.map(({ id }) => id)).toEqual(["t0"]);
    expect((await hooks.fetch({ namespace: "ranges", id: "T" })).items).toEqual([]);
    await hooks.unsuspend({ namespace: "ranges", id: "t1" });
  });

  test("from after to is refused", async () => {
    await expect(fetched({ from: "2024-03-21", to: "2024-03-20" })).rejects.toMatchObject({
      code: "invalid-input",
      field: "from",
    });
  });
});

test("a date with an offset is kept as the same instant in UTC", async () => {
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(
    dueTask("https://example.com/", { scheduledDate: "2030-01-01T10:00:00+05:30" }),
  );
  expect(task.scheduledDate).toBe("2030-01-01T04:30:00.000Z");
});

test("clear('') is refused, and so is everything that is no namespace (also defect 8)", async () => {
  await using hooks = openHooks(database.endpoint);
  await hooks.register(dueTask("https://example.com/"));
  for (const namespace of ["", undefined, null, 1, "#hookclock", {}, []] as string[]) {
    await expect(hooks.clear(namespace)).rejects.toMatchObject({ code: "invalid-input", field: "namespace" });
  }
  expect((await hooks.fetch({ namespace: "app" })).count).toBe(1);
});

test("clear deletes one namespace and keeps its logs and all others", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  await hooks.registerMany([
    ...Array.from({ length: 30 }, (_, n) => dueTask(`${receiver.url}/${n}`, { namespace: "one" })),
    dueTask(receiver.url, { namespace: "one-more" }),
  ]);
  await hooks.trigger();
  const seen: number[] = [];
  expect(await hooks.clear("one", { onProgress: ({ seen: n }) => seen.push(n) })).toEqual({ count: 30 });
  expect(seen.at(-1)).toBe(30);
  expect((await hooks.fetchLogs({ namespace: "one" })).count).toBe(30);
  expect((await hooks.fetch({ namespace: "one-more" })).count).toBe(1);
});
