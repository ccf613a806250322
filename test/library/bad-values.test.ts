// Times, schedules, retries, options of every method: each wrong value with its refusal, the right ones beside them.
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { HookclockError } from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenedHooks, openHooks } from "./support.ts";

const SECRET = "hunter2-is-secret";
const URL_OK = "https://example.com/hook";
let database: LocalDatabase;
let hooks: OpenedHooks;
beforeAll(async () => {
  database = await startDynalite();
  hooks = openHooks(database.endpoint);
});
afterAll(async () => {
  expect((await hooks.fetch({ namespace: "app" })).count).toBe(0);
  await hooks.close();
  await database.stop();
});

async function refusal(call: () => unknown): Promise<HookclockError> {
  const error: unknown = await (async () => call())().then(
    () => new Error("it was accepted"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HookclockError)) throw error;
  expect(error.message).not.toContain(SECRET);
  expect(error.message).not.toMatch(/Invalid input|Expected/);
  expect(error.message).toMatch(/allowed|did you mean/i);
  return error;
}
const register = (more: Record<string, unknown>) =>
  hooks.register({ namespace: "app", url: URL_OK, scheduledDate: "2030-01-01T00:00:00Z", ...more } as never);

describe("scheduledDate", () => {
  test.each<[string, unknown]>([
    ["missing", undefined],
    ["null", null],
    ["a number", 1_700_000_000_000],
    ["a number as text", "1700000000000"],
    ["an invalid Date", new Date(Number.NaN)],
    ["words", "tomorrow"],
    ["empty", ""],
    ["30 February", "2030-02-30T00:00:00Z"],
    ["29 February of a common year", "2030-02-29"],
    ["month 13", "2030-13-01"],
    ["25 o'clock", "2030-01-01T25:00:00Z"],
    ["a leap second", "2016-12-31T23:59:60Z"],
    ["1969", "1969-12-31T23:59:59.999Z"],
    ["the year 10000", "+010000-01-01T00:00:00Z"],
    ["the year 10000 as a Date", new Date(253_402_300_800_000)],
    ["American", "03/20/2030"],
    ["without separators", "20300320T100000Z"],
    ["an offset out of bounds", "2030-01-01T00:00:00+99:00"],
    ["with something behind", "2030-01-01T00:00:00Z; drop"],
    ["a line break behind", "2030-01-01T00:00:00Z\n"],
    ["very long", "2".repeat(100_000)],
  ])("%s is refused", async (_what, scheduledDate) => {
    const error = await refusal(() => register({ scheduledDate }));
    expect(error).toMatchObject({ code: "invalid-input", field: "scheduledDate" });
    expect(error.message.length).toBeLessThan(400);
  });

  test.each<[unknown, string]>([
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
    ["2030-01-01", "2030-01-01T00:00:00.000Z"],
    ["2030-01-01T10:00", "2030-01-01T10:00:00.000Z"],
    ["2030-01-01T10:00:00.5", "2030-01-01T10:00:00.500Z"],
    ["2030-01-01t10:00:00z", "2030-01-01T10:00:00.000Z"],
    ["2030-01-01T24:00:00Z", "2030-01-02T00:00:00.000Z"],
    ["2030-01-01T10:00:00-03:30", "2030-01-01T13:30:00.000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
  ])("%s is %s", async (scheduledDate, iso) => {
    const task = await register({ scheduledDate });
    expect(task.scheduledDate).toBe(iso);
    await hooks.delete(task);
  });
});

describe("what a task is registered with", () => {
  test.each<[Record<string, unknown>, string, RegExp?]>([
    [{ url: undefined }, "request.url", /missing/],
    [{ url: 7 }, "url", /is 7; allowed: a string/],
    [{ url: "file:///etc/passwd" }, "request.url"],
    [{ url: "ftp://example.com/" }, "request.url"],
    [{ url: "javascript:alert(1)" }, "request.url"],
    [{ url: "/relative" }, "request.url"],
    [{ url: `https://user:${SECRET}@example.com/` }, "request.url"],
    [{ url: `https://example.com/?a=\r\nx: ${SECRET}` }, "request.url"],
    [{ url: `https://example.com/${"x".repeat(8_192)}` }, "request.url"],
    [
      { request: { url: `https://example.com/?token=${SECRET}` } },
      "request.url",
      /same as the top-level url/,
    ],
    [{ method: "POST", request: { method: "PUT" } }, "request.method", /"PUT"; allowed: the same/],
    [{ method: "TRACE" }, "method", /is "TRACE"; allowed: .*"GET", "POST"/],
    [{ method: "get" }, "method"],
    [{ request: { headers: { Authorization: [SECRET] } } }, "request.headers.Authorization", /\[not shown\]/],
    [{ request: { headers: { "x-any": 12_345 } } }, "request.headers.x-any", /\[not shown\]/],
    [{ request: { headers: { "x-a": `${SECRET}\r\nx-b: 1` } } }, "request.headers.x-a"],
    [{ request: { headers: { "bad name": SECRET } } }, "request.headers.bad name"],
    [{ request: { headers: { Host: "evil" } } }, "request.headers.Host"],
    [{ request: { headers: [SECRET] } }, "request.headers"],
    [{ request: "text" }, "request"],
    [{ idPrefix: "a\u0000" }, "idPrefix", /no control characters/],
    [{ idPrefix: "x".repeat(500) }, "idPrefix", /at most \d+ bytes/],
    [{ id: "a", idPrefix: "b" }, "idPrefix", /not both/],
    [{ kind: "Http!" }, "kind"],
    [{ payload: { a: 1 } }, "payload"],
    [{ retryLimit: -1 }, "retryLimit", /is -1; allowed: at least 0/],
    [{ retryLimit: 1.5 }, "retryLimit", /is 1.5; allowed: a whole number/],
    [{ retryLimit: 101 }, "retryLimit", /at most 100/],
    [{ retryLimit: "3" }, "retryLimit", /is "3"; allowed: a number/],
    [{ retryLimit: Number.NaN }, "retryLimit", /is NaN/],
    [{ retryLimit: 1, retry: { limit: 2 } }, "retry.limit"],
    [{ retry: { baseMs: 0 } }, "retry.baseMs", /at least 10/],
    [{ retry: { baseMs: 2_000, maxMs: 1_000 } }, "retry.maxMs", /at least retry.baseMs/],
    [{ retry: { maxMs: 8 * 86_400_000 } }, "retry.maxMs"],
    [{ retry: { jitter: 1.1 } }, "retry.jitter", /at most 1/],
    [{ timeoutMs: 0 }, "timeoutMs", /at least 10/],
    [{ timeoutMs: 15 * 60_000 + 1 }, "timeoutMs", /at most 900000/],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, "timeoutMs"],
    [{ catchUp: "some" }, "catchUp", /"skip", "one", "all"/],
    [{ repeat: { interval: 0 } }, "repeat.interval", /is 0; allowed: more than 0/],
    [{ repeat: { interval: -5 } }, "repeat.interval", /more than 0/],
    [{ repeat: { interval: Number.NaN } }, "repeat.interval", /is NaN/],
    [{ repeat: { interval: Number.POSITIVE_INFINITY } }, "repeat.interval", /is Infinity/],
    [{ repeat: { interval: 0.001, unit: "seconds" } }, "repeat.interval"],
    [{ repeat: { interval: 1e300 } }, "repeat.interval"],
    [{ repeat: { unit: "months" } }, "repeat.unit", /"seconds", "minutes", "hours", "days", "weeks"/],
    [{ repeat: { max: -1 } }, "repeat.max", /at least 0/],
    [{ repeat: { max: 1.5 } }, "repeat.max", /whole number/],
    [{ repeat: { cron: "61 * * * *" } }, "repeat.cron"],
    [{ repeat: { cron: "0 0 31 2 *" } }, "repeat.cron", /never fires/],
    [{ repeat: { cron: "0 0 * * *", interval: 2 } }, "repeat.cron", /not both/],
    [{ repeat: { cron: "0 0 * * *", timeZone: "Mars/Olympus" } }, "repeat.timeZone"],
    [{ repeat: { timeZone: "Europe/Paris" } }, "repeat.timeZone", /together with repeat.cron/],
    [{ repeat: [] }, "repeat"],
  ])("%j is refused", async (more, field, message = /allowed/i) => {
    const error = await refusal(() => register(more));
    expect(error).toMatchObject({ code: "invalid-input", field });
    expect(error.message).toMatch(message);
  });

  test.each<[Record<string, unknown>, string, string]>([
    [{ schedulDate: 1 }, "schedulDate", "scheduledDate"],
    [{ request: { header: {} } }, "request.header", "headers"],
    [{ repeat: { intervall: 1 } }, "repeat.intervall", "interval"],
    [{ retry: { limits: 1 } }, "retry.limits", "limit"],
  ])("%j is no option; the nearest one is named", async (more, field, nearest) => {
    const error = await refusal(() => register(more));
    expect(error).toMatchObject({ code: "unknown-option", field });
    expect(error.message).toContain(`did you mean "${nearest}"?`);
  });

  test("a kind that no handler knows is refused with those that are known", async () => {
    const error = await refusal(() => register({ kind: "nobody.knows" }));
    expect(error).toMatchObject({ code: "unknown-kind", field: "kind", allowed: ["http"] });
    expect(error.message).toBe('kind is "nobody.knows"; allowed: http');
  });

  test("1.5 hours are taken", async () => {
    const task = await register({ repeat: { interval: 1.5, unit: "hours", max: 0 } });
    expect(task.repeat).toEqual({ interval: 1.5, unit: "hours", max: 0 });
    await hooks.delete(task);
  });
});

const at = { namespace: "app" };
const soon = (seconds: number) => new Date(Date.now() + seconds * 1_000);
describe("options of the other calls", () => {
  test.each<[string, () => unknown, string]>([
    ["fetch limit 0", () => hooks.fetch({ ...at, limit: 0 }), "limit"],
    ["fetch limit 1,001", () => hooks.fetch({ ...at, limit: 1_001 }), "limit"],
    ["fetch status", () => hooks.fetch({ ...at, status: "OPEN" as never }), "status"],
    ["fetch desc", () => hooks.fetch({ ...at, desc: "yes" as never }), "desc"],
    ["fetch from", () => hooks.fetch({ ...at, from: "soon" }), "from"],
    ["fetch onChunk", () => hooks.fetch({ ...at, onChunk: 1 as never }), "onChunk"],
    ["fetch chunkLimit", () => hooks.fetch({ ...at, chunkLimit: 0 }), "chunkLimit"],
    ["fetchLogs status", () => hooks.fetchLogs({ ...at, status: "OK" as never }), "status"],
    ["fetchLogs limit", () => hooks.fetchLogs({ ...at, limit: 1.5 }), "limit"],
    ["trigger budget", () => hooks.trigger({ budgetMs: -1 }), "budgetMs"],
    ["trigger limit", () => hooks.trigger({ limit: 0 }), "limit"],
    ["trigger namespace", () => hooks.trigger({ namespace: "" }), "namespace"],
    ["trigger signal", () => hooks.trigger({ signal: {} as never }), "signal"],
    ["trigger onProgress", () => hooks.trigger({ onProgress: 1 as never }), "onProgress"],
    ["trigger shards", () => hooks.trigger({ shards: 3 as never }), "shards"],
    ["trigger shard below 0", () => hooks.trigger({ shards: [0, -1] }), "shards.1"],
    ["trigger shard 1.5", () => hooks.trigger({ shards: [1.5] }), "shards.0"],
    ["trigger too many shards", () => hooks.trigger({ shards: Array(257).fill(0) }), "shards"],
    ["trigger look-ahead below 0", () => hooks.trigger({ lookAheadMs: -1 }), "lookAheadMs"],
    ["trigger look-ahead over 15 minutes", () => hooks.trigger({ lookAheadMs: 900_001 }), "lookAheadMs"],
    ["trigger null", () => hooks.trigger(null as never), "trigger"],
    ["ahead without an end", () => hooks.ahead({ bucketMs: 1 } as never), "to"],
    ["ahead null", () => hooks.ahead(null as never), "ahead"],
    ["ahead backwards", () => hooks.ahead({ from: soon(2), to: soon(1), bucketMs: 1_000 }), "from"],
    ["ahead bucket", () => hooks.ahead({ to: soon(1), bucketMs: 0 }), "bucketMs"],
    ["ahead with too many buckets", () => hooks.ahead({ to: soon(10), bucketMs: 9 }), "bucketMs"],
    ["ahead shards", () => hooks.ahead({ to: soon(1), bucketMs: 1_000, shards: ["1" as never] }), "shards.0"],
    ["backlog count", () => hooks.backlog({ countMax: 0 }), "countMax"],
    ["backlog large count", () => hooks.backlog({ countMax: 100_001 }), "countMax"],
    ["backlog shards", () => hooks.backlog({ shards: [-1] }), "shards.0"],
    ["triggerDryrun date", () => hooks.triggerDryrun({ date: "then" }), "date"],
    ["triggerDryrun limit", () => hooks.triggerDryrun({ limit: 1_001 }), "limit"],
    ["run without a signal", () => hooks.run({} as never), "signal"],
    ["run pollMs", () => hooks.run({ signal: AbortSignal.abort(), pollMs: 1 }), "pollMs"],
    ["run graceMs", () => hooks.run({ signal: AbortSignal.abort(), graceMs: -1 }), "graceMs"],
    ["deleteMany chunkLimit", () => hooks.deleteMany({ ...at, chunkLimit: 0 }), "chunkLimit"],
    ["suspendMany onProgress", () => hooks.suspendMany({ ...at, onProgress: 1 as never }), "onProgress"],
    ["runNowMany limit", () => hooks.runNowMany({ ...at, limit: 0 }), "limit"],
    ["deleteMany limit", () => hooks.deleteMany({ ...at, limit: 1.5 }), "limit"],
    ["rescheduleMany", () => hooks.rescheduleMany({ ...at, scheduledDate: "soon" }), "scheduledDate"],
    ["rescheduleMany without a date", () => hooks.rescheduleMany(at as never), "scheduledDate"],
    ["registerMany of no list", () => hooks.registerMany({} as never), "registerMany"],
    ["registerMany onProgress", () => hooks.registerMany([], { onProgress: 1 as never }), "onProgress"],
    ["clear onProgress", () => hooks.clear("app", { onProgress: 1 as never }), "onProgress"],
    ["reschedule", () => hooks.reschedule({ ...at, id: "a", scheduledDate: "never" }), "scheduledDate"],
  ])("%s: refused with the field's name", async (_what, call, field) => {
    expect(await refusal(call)).toMatchObject({ code: "invalid-input", field });
  });

  test.each<[string, () => unknown, string]>([
    ["trigger", () => hooks.trigger({ budget: 1 } as never), "budgetMs"],
    ["run", () => hooks.run({ signal: AbortSignal.abort(), poll: 1 } as never), "pollMs"],
    ["trigger", () => hooks.trigger({ lookAhead: 1 } as never), "lookAheadMs"],
    ["ahead", () => hooks.ahead({ to: soon(1), bucketMs: 1, form: soon(1) } as never), "from"],
    ["backlog", () => hooks.backlog({ countMin: 1 } as never), "countMax"],
    ["triggerDryrun", () => hooks.triggerDryrun({ limits: 1 } as never), "limit"],
    ["registerMany", () => hooks.registerMany([], { progress: 1 } as never), "onProgress"],
    ["clear", () => hooks.clear("app", { progress: 1 } as never), "onProgress"],
  ])("%s names the nearest option", async (_what, call, nearest) => {
    const error = await refusal(call);
    expect(error.code).toBe("unknown-option");
    expect(error.message).toContain(nearest);
  });
});
