import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ask, type LocalDatabase, openApi, startDynalite, type TestApi } from "../test-support.ts";

let database: LocalDatabase;
let api: TestApi;
let token: string;
let admin: string;
let namespace: string;
let made = 0;
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint);
  token = await api.tokenFor({ namespaces: ["*"] });
  admin = await api.tokenFor({ namespaces: ["*"], permission: "admin" });
});
afterAll(async () => {
  await api.close();
  await database.stop();
});
beforeEach(() => {
  made += 1;
  namespace = `ns-${made}`;
});

/** 230 tasks, a tenth of them in each of ten years. */
async function fill(): Promise<void> {
  const tasks = Array.from({ length: 230 }, (_, index) => ({
    ...{
      namespace,
      id: `t-${index}`,
      url: "https://example.com/",
      scheduledDate: `20${40 + (index % 10)}-01-01`,
    },
  }));
  await api.hooks.registerMany(tasks);
}

type Result = { count: number; dryRun: boolean; ids: string[]; nextCursor: string | null };
const bulk = async (name: string, body: unknown, as = token) => {
  const answer = await ask(api.app, `/v1/namespaces/${namespace}/bulk/${name}`, { token: as, body });
  return { ...answer, result: answer.body as unknown as Result };
};
const statuses = async () => (await api.hooks.stats({ namespace })).tasks;

test("a dry run counts and changes nothing", async () => {
  await fill();
  const { status, result } = await bulk("suspend", { filter: { from: "2045-01-01" }, dryRun: true });
  expect(status).toBe(200);
  expect(result).toMatchObject({ count: 115, dryRun: true, nextCursor: null });
  expect(await statuses()).toMatchObject({ ACTIVE: 230, SUSPENDED: 0 });
});

test("what is asked in parts is done once each, and the cursor ends", async () => {
  await fill();
  const ids: string[] = [];
  let cursor: string | null = null;
  let requests = 0;
  do {
    const { result } = await bulk("suspend", { filter: {}, limit: 90, cursor });
    expect(result.ids.length).toBeLessThanOrEqual(90);
    ids.push(...result.ids);
    cursor = result.nextCursor;
    requests += 1;
  } while (cursor !== null && requests < 10);
  expect(new Set(ids).size).toBe(230);
  expect(ids).toHaveLength(230);
  expect(requests).toBe(3);
  expect(await statuses()).toMatchObject({ SUSPENDED: 230 });
  expect((await bulk("unsuspend", { filter: { idPrefix: "t-22" } })).result.count).toBe(11);
  expect(await statuses()).toMatchObject({ SUSPENDED: 219, ACTIVE: 11 });
});

test("rescheduling moves what is there to one time, and says each once", async () => {
  await fill();
  const wish = { filter: { to: "2042-12-31" }, scheduledDate: "2042-06-01T00:00:00Z" };
  const { result } = await bulk("reschedule", wish);
  expect(result.count).toBe(69);
  expect((await api.hooks.fetch({ namespace, from: "2042-06-01", to: "2042-06-01", limit: 500 })).count).toBe(
    69,
  );
  expect((await bulk("reschedule", wish)).result.count).toBe(0);
});

test("running makes tasks due, retrying finds none that failed", async () => {
  await fill();
  const { result } = await bulk("run", { filter: { idPrefix: "t-1" }, limit: 5 });
  expect(result.count).toBe(5);
  expect((await api.hooks.triggerDryrun({ namespace })).items.map(({ id }) => id).sort()).toEqual(
    result.ids.sort(),
  );
  expect((await bulk("retry", { filter: {} })).result).toEqual({
    count: 0,
    dryRun: false,
    ids: [],
    nextCursor: null,
  });
});

test("deleting with a filter needs no more than write", async () => {
  await fill();
  expect((await bulk("delete", { filter: { idPrefix: "t-9" } })).result.count).toBe(11);
  expect((await api.hooks.stats({ namespace })).total).toBe(219);
});

test("deleting everything must be said, and takes an admin", async () => {
  await fill();
  expect(await bulk("delete", { filter: {} }, admin)).toMatchObject({
    status: 400,
    body: {
      field: "filter",
      detail: expect.stringContaining("filter of delete is empty; allowed: at least"),
    },
  });
  expect(await bulk("delete", { filter: {}, all: true })).toMatchObject({ status: 403 });
  expect(await bulk("delete", { filter: { status: "DONE" }, all: true }, admin)).toMatchObject({
    status: 400,
    body: { field: "all" },
  });
  expect(await bulk("delete", { filter: {}, all: false }, admin)).toMatchObject({
    status: 400,
    body: { field: "all" },
  });
  expect((await statuses()).ACTIVE).toBe(230);
  expect((await bulk("delete", { filter: {}, all: true }, admin)).result.count).toBe(230);
  expect((await api.hooks.stats({ namespace })).total).toBe(0);
});

test("a cursor is good for the same wish only", async () => {
  await fill();
  const wish = { filter: { from: "2041-01-01" }, limit: 10, dryRun: true };
  const cursor = (await bulk("suspend", wish)).result.nextCursor;
  expect((await bulk("suspend", { ...wish, limit: 20, cursor })).status).toBe(200);
  const others = [
    bulk("suspend", { ...wish, dryRun: false, cursor }),
    bulk("suspend", { ...wish, filter: {}, cursor }),
    bulk("suspend", { ...wish, filter: { from: "2041-01-02" }, cursor }),
    bulk("run", { ...wish, cursor }),
    bulk("delete", { ...wish, cursor }),
    bulk("suspend", { ...wish, cursor: "x" }),
  ];
  for (const answer of await Promise.all(others)) {
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid-cursor" } });
  }
  expect(await statuses()).toMatchObject({ ACTIVE: 230 });
});

test.each([
  ["suspend", {}, "filter"],
  ["suspend", { filter: [] }, "filter"],
  ["suspend", { filter: { state: "DONE" } }, "filter.state"],
  ["suspend", { filter: { status: "done" } }, "filter.status"],
  ["suspend", { filter: { from: "2040-01-02", to: "2040-01-01" } }, "from"],
  ["suspend", { filter: {}, limit: 1001 }, "limit"],
  ["suspend", { filter: {}, all: true }, "all"],
  ["reschedule", { filter: {} }, "scheduledDate"],
  ["reschedule", { filter: {}, scheduledDate: 5 }, "scheduledDate"],
])("%s with %j is refused, naming %s", async (name, body, field) => {
  expect(await bulk(name, body)).toMatchObject({ status: 400, body: { field } });
});
