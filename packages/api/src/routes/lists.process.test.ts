// Lists: pages, cursors, and what they are bound to.
import { startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Answered,
  ask,
  type LocalDatabase,
  openApi,
  startDynalite,
  type TestApi,
} from "../test-support.ts";

let database: LocalDatabase;
let api: TestApi;
let token: string;
const ids = Array.from({ length: 25 }, (_, index) => `t-${String(index).padStart(2, "0")}`);
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint);
  token = await api.tokenFor({ namespaces: ["app", "apt"] });
  const tasks = ["app", "apt"].flatMap((namespace) =>
    ids.map((id, index) => ({
      ...{ namespace, id, url: "https://example.com/", method: "POST" as const },
      scheduledDate: `2040-01-${String(28 - index).padStart(2, "0")}T00:00:00Z`,
    })),
  );
  await api.hooks.registerMany(tasks);
});
afterAll(async () => {
  await api.close();
  await database.stop();
});

const TASKS = "/v1/namespaces/app/tasks";
const list = (query = "", path = TASKS) => ask(api.app, `${path}${query}`, { token });
const itemsOf = ({ body }: Answered) => (body["items"] as { id: string }[]).map(({ id }) => id);

async function walk(query: string, path = TASKS): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: unknown = "", turns = 0; cursor !== null && turns < 50; turns += 1) {
    const answer = await list(`?${query}${cursor === "" ? "" : `&cursor=${cursor}`}`, path);
    expect(answer.status).toBe(200);
    pages.push(itemsOf(answer));
    cursor = answer.body["nextCursor"];
  }
  return pages;
}

test("pages together are the whole list, each task once, in order", async () => {
  const pages = await walk("limit=10");
  expect(pages.flat()).toEqual([...ids].reverse());
  expect(pages.every((page) => page.length <= 10)).toBe(true);
  expect((await walk("limit=7&order=desc")).flat()).toEqual(ids);
  expect((await walk("limit=4&idPrefix=t-1")).flat()).toEqual(ids.filter((id) => id.startsWith("t-1")));
  expect((await walk("limit=2&from=2040-01-10&to=2040-01-12T00:00:00Z")).flat()).toHaveLength(3);
  expect((await walk("status=DONE")).flat()).toEqual([]);
});

test("the size of a page may change on the way", async () => {
  const first = await list("?limit=3");
  const second = await list(`?limit=5&cursor=${first.body["nextCursor"]}`);
  expect([...itemsOf(first), ...itemsOf(second)]).toEqual([...ids].reverse().slice(0, 8));
});

test("a cursor is good for its own query only", async () => {
  const { nextCursor } = (await list("?limit=3&from=2040-01-02")).body;
  const own = await list(`?limit=3&from=2040-01-02T00:00:00Z&order=asc&cursor=${nextCursor}`);
  expect(own.status).toBe(200);
  const others = [
    list(`?limit=3&cursor=${nextCursor}`),
    list(`?limit=3&from=2040-01-03&cursor=${nextCursor}`),
    list(`?limit=3&from=2040-01-02&order=desc&cursor=${nextCursor}`),
    list(`?limit=3&from=2040-01-02&status=ACTIVE&cursor=${nextCursor}`),
    list(`?limit=3&from=2040-01-02&cursor=${nextCursor}`, "/v1/namespaces/apt/tasks"),
    list(`?limit=3&from=2040-01-02&cursor=${nextCursor}`, "/v1/namespaces/app/logs"),
    list(`?limit=3&from=2040-01-02&cursor=${String(nextCursor).replace(/.$/, "_")}`),
    list("?limit=3&from=2040-01-02&cursor=eyJuYW1lc3BhY2UiOiJhcHQifQ"),
  ];
  for (const answer of await Promise.all(others)) {
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid-cursor", field: "cursor" } });
  }
});

test.each([
  ["limit=0", "limit"],
  ["limit=1001", "limit"],
  ["limit=ten", "limit"],
  ["order=up", "order"],
  ["status=done", "status"],
  ["from=yesterday", "from"],
  ["from=2040-02-01&to=2040-01-01", "from"],
  ["idPrefix=", "idPrefix"],
  ["cursor=", "cursor"],
  ["statuss=DONE", "statuss"],
  ["limit=1&limit=2", "limit"],
])("?%s is refused, naming %s", async (query, field) => {
  expect(await list(`?${query}`)).toMatchObject({ status: 400, body: { field } });
});

test("a page ends where its bytes do, and the next one goes on there", async () => {
  const body = { text: "x".repeat(190_000) };
  const big = Array.from({ length: 20 }, (_, index) => ({
    ...{ namespace: "app", id: `big-${index}`, url: "https://example.com/", scheduledDate: "2041-01-01" },
    request: { body, method: "POST" as const },
  }));
  await api.hooks.registerMany(big);
  const pages = await walk("from=2041-01-01");
  expect(pages.flat().sort()).toEqual(big.map(({ id }) => id).sort());
  expect(pages.map((page) => page.length)).toEqual([15, 5]);
});

test("logs are listed by time and by task, and walked with cursors", async () => {
  await using receiver = await startReceiver();
  for (const id of ["a", "b", "c"]) {
    await api.hooks.register({ namespace: "app", id, url: receiver.url, scheduledDate: "2020-01-01" });
  }
  const result = await ask(api.app, "/v1/namespaces/app/trigger", { token, body: { budgetMs: 5_000 } });
  expect(result).toMatchObject({
    status: 200,
    body: { processed: 3, succeeded: 3, errors: 0, remaining: false },
  });
  const path = "/v1/namespaces/app/logs";
  const pages = await walk("limit=2", path);
  expect(pages.map((page) => page.length)).toEqual([2, 1]);
  expect((await list("?task=b", path)).body).toMatchObject({
    count: 1,
    items: [{ taskId: "b", status: "SUCCESS" }],
  });
  expect((await list("?status=FAIL", path)).body).toMatchObject({ count: 0, items: [], nextCursor: null });
  expect((await walk("limit=1&order=desc", path)).flat()).toEqual(pages.flat().reverse());
});

test("what is due is shown before and gone after", async () => {
  await api.hooks.register({
    namespace: "app",
    id: "due",
    url: "https://example.com/",
    scheduledDate: "2020-01-01",
  });
  const due = await list("?limit=5", "/v1/namespaces/app/due");
  expect(due.body).toEqual({
    count: 1,
    items: [{ namespace: "app", id: "due", scheduledDate: "2020-01-01T00:00:00.000Z" }],
  });
  expect((await list("?until=2010-01-01", "/v1/namespaces/app/due")).body).toMatchObject({ count: 0 });
  expect((await list("", "/v1/namespaces/app/stats")).body).toMatchObject({ namespace: "app", overdue: 1 });
  await api.hooks.delete({ namespace: "app", id: "due" });
});
