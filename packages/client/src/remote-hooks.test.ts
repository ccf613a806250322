import { expect, test } from "vitest";
import { aTask, bodiesOf, json, KEY, paperApi, problem } from "./test-api.ts";

const NOON = "2030-01-31T12:00:00.000Z";
const task = (id: string, more: object = {}) => ({
  namespace: "n",
  id,
  url: "https://example.com/",
  scheduledDate: NOON,
  ...more,
});

test("a list asks page by page, and its start key holds the API's cursor", async () => {
  await using api = await paperApi([
    json(200, { items: [aTask("a"), aTask("b")], count: 2, nextCursor: "c1" }),
    json(200, { items: [aTask("c")], count: 1, nextCursor: "c2" }),
    json(200, { items: [], count: 0, nextCursor: null }),
  ]);
  const input = { namespace: "n", id: "p", status: "ACTIVE", from: NOON, desc: true, limit: 3 } as const;
  const { items, count, lastEvaluatedKey } = await api.hooks.fetch(input);
  expect({ ids: items.map(({ id }) => id), count }).toEqual({ ids: ["a", "b", "c"], count: 3 });
  expect(lastEvaluatedKey).toEqual({ namespace: "n", id: "c", cursor: "c2" });
  expect(await api.hooks.fetch({ ...input, startKey: lastEvaluatedKey })).toEqual({
    items: [],
    count: 0,
    lastEvaluatedKey: null,
  });
  const query =
    "/v1/namespaces/n/tasks?status=ACTIVE&idPrefix=p&from=2030-01-31T12%3A00%3A00.000Z&order=desc";
  expect(api.server.requests.map(({ url }) => url)).toEqual([
    ...[`${query}&limit=3`, `${query}&limit=1&cursor=c1`, `${query}&limit=3&cursor=c2`],
  ]);
});

test("with onChunk any number comes, in chunks", async () => {
  const page = (nextCursor: string | null) =>
    json(200, { items: [aTask("a"), aTask("b")], count: 2, nextCursor });
  await using api = await paperApi([page("c1"), page("c2"), page(null)]);
  const chunks: number[] = [];
  const onChunk = ({ count }: { count: number }) => void chunks.push(count);
  expect(await api.hooks.fetch({ namespace: "n", limit: 5_000, chunkLimit: 2, onChunk })).toEqual({
    ...{ items: [], count: 6, lastEvaluatedKey: null },
  });
  expect(chunks).toEqual([2, 2, 2]);
});

test.each([
  [{ namespace: "n", limit: 0 }, "invalid-input"],
  [{ namespace: "n", limit: 1_001 }, "invalid-input"],
  [{ namespace: "#n" }, "invalid-input"],
  [{ namespace: "n", from: "2031-01-01", to: "2030-01-01" }, "invalid-input"],
  [{ namespace: "n", order: "desc" }, "unknown-option"],
  [{ namespace: "n", startKey: { namespace: "n", id: "a" } }, "invalid-cursor"],
  [{ namespace: "n", startKey: { namespace: "m", id: "a", cursor: "c" } }, "invalid-cursor"],
])("a list of %j is refused without a request", async (input, code) => {
  await using api = await paperApi(200);
  await expect(api.hooks.fetch(input as never)).rejects.toMatchObject({ code });
  expect(api.server.requests).toHaveLength(0);
});

test("what cannot be registered is known without a request", async () => {
  await using api = await paperApi(200);
  const { hooks } = api;
  await expect(hooks.register({ ...task("a"), request: { body: { x: Number.NaN } } })).rejects.toMatchObject({
    ...{ code: "invalid-input", field: "request.body.x" },
  });
  await expect(hooks.register({ ...task("a"), max: 1 } as never)).rejects.toMatchObject({
    code: "unknown-option",
  });
  await expect(hooks.update({ namespace: "n", id: "" })).rejects.toMatchObject({
    code: "invalid-input",
    field: "id",
  });
  await expect(hooks.get({ namespace: "n", id: "" })).rejects.toMatchObject({
    code: "invalid-input",
    field: "id",
  });
  await expect(hooks.reschedule({ namespace: "n", id: "a", scheduledDate: "soon" })).rejects.toMatchObject({
    ...{ code: "invalid-input", field: "scheduledDate" },
  });
  expect(api.server.requests).toHaveLength(0);
});

test("logs: an exact id is asked for by its task and picked out", async () => {
  const log = (id: string) => ({ namespace: "n", id, taskId: "a#b", status: "FAIL", __createdAt: NOON });
  await using api = await paperApi(
    json(200, { items: [log("a#b#0#1#x"), log("a#b#0#1#xy")], nextCursor: "c1" }),
  );
  const { items, lastEvaluatedKey } = await api.hooks.fetchLogs({
    namespace: "n",
    id: "a#b#0#1#x",
    idPrefix: false,
  });
  expect(items.map(({ id }) => id)).toEqual(["a#b#0#1#x"]);
  expect(lastEvaluatedKey).toEqual({
    namespace: "n",
    createdDate: NOON,
    position: "a#b#0#1#xy",
    cursor: "c1",
  });
  expect(api.server.requests[0]?.url).toBe(
    "/v1/namespaces/n/logs?idPrefix=a%23b%230%231%23x&order=asc&task=a%23b&limit=100",
  );
});

test("many tasks go by namespace and in order, bad ones stay here", async () => {
  await using api = await paperApi([
    json(200, {
      items: [
        { ok: true, created: true, id: "a", task: aTask("a") },
        { ok: false, problem: { code: "id-conflict", detail: "taken", field: "id" } },
      ],
    }),
    json(200, { items: [{ ok: true, created: false, id: "c", task: aTask("c", { namespace: "m" }) }] }),
  ]);
  const progress: unknown[] = [];
  const results = await api.hooks.registerMany(
    [task("a"), { ...task("c"), namespace: "m" }, { ...task("x"), retryLimit: -1 }, task("b")],
    { onProgress: (step) => progress.push(step) },
  );
  expect(results).toMatchObject([
    { ok: true, created: true, task: { id: "a" } },
    { ok: true, created: false, task: { id: "c" } },
    { ok: false, error: { code: "invalid-input", field: "retryLimit" } },
    { ok: false, error: { code: "id-conflict", message: "taken", field: "id" } },
  ]);
  expect(progress).toEqual([
    { done: 3, total: 4 },
    { done: 4, total: 4 },
  ]);
  const { namespace: _n, ...body } = task("a");
  expect(api.server.requests.map(({ url }) => url)).toEqual([
    ...["/v1/namespaces/n/tasks/batch", "/v1/namespaces/m/tasks/batch"],
  ]);
  expect(bodiesOf(api)[0]).toEqual({ tasks: [body, { ...body, id: "b" }] });
});

test("batches keep to their number and their size", async () => {
  const answer = (request: { body: Buffer }) => {
    const { tasks } = JSON.parse(request.body.toString("utf8")) as { tasks: { id: string }[] };
    return json(200, { items: tasks.map(({ id }) => ({ ok: true, created: true, id, task: aTask(id) })) });
  };
  await using api = await paperApi(answer);
  const many = Array.from({ length: 1_100 }, (_, n) => task(`t${n}`));
  const results = await api.hooks.registerMany(many);
  expect(results.map((result) => result.ok && result.task.id)).toEqual(many.map(({ id }) => id));
  expect(bodiesOf(api).map((body) => (body as { tasks: unknown[] }).tasks.length)).toEqual([500, 500, 100]);
  const large = Array.from({ length: 20 }, (_, n) =>
    task(`l${n}`, { request: { body: "x".repeat(250_000) } }),
  );
  await api.hooks.registerMany(large);
  for (const { body } of api.server.requests) expect(body.length).toBeLessThan(4 * 1_024 * 1_024);
});

test("a task that had no room in the answer is read by itself", async () => {
  await using api = await paperApi([
    json(200, {
      items: [
        { ok: true, created: true, id: "a", task: aTask("a") },
        { ok: true, created: false, id: "b/c", task: null },
        { ok: true, created: true, id: "gone", task: null },
      ],
    }),
    json(200, aTask("b/c")),
    json(404, { code: "not-found", status: 404, detail: "there is no task with this id", requestId: "r" }),
  ]);
  const results = await api.hooks.registerMany(["a", "b/c", "gone"].map((id) => task(id)));
  expect(results).toMatchObject([
    { ok: true, created: true, task: { id: "a" } },
    { ok: true, created: false, task: { id: "b/c" } },
    { ok: false, error: { code: "not-found" } },
  ]);
  expect(api.server.requests.slice(1).map(({ url }) => url)).toEqual([
    "/v1/namespaces/n/tasks/b%2Fc",
    "/v1/namespaces/n/tasks/gone",
  ]);
});

test("bulk goes on until nothing is left; emptying a namespace is said in so many words", async () => {
  await using api = await paperApi([
    json(200, { count: 2, dryRun: false, ids: ["a", "b"], nextCursor: "c1" }),
    json(200, { count: 1, dryRun: false, ids: ["c"], nextCursor: null }),
  ]);
  const progress: number[] = [];
  const onProgress = ({ changed }: { changed: number }) => void progress.push(changed);
  expect(await api.hooks.suspendMany({ namespace: "n", id: "p", chunkLimit: 2, onProgress })).toEqual({
    count: 3,
    items: ["a", "b", "c"].map((id) => ({ namespace: "n", id })),
    lastEvaluatedKey: null,
  });
  await api.hooks.clear("n");
  expect(progress).toEqual([2, 3]);
  expect(bodiesOf(api)).toEqual([
    { filter: { idPrefix: "p" }, dryRun: false, limit: 2 },
    { filter: { idPrefix: "p" }, dryRun: false, limit: 2, cursor: "c1" },
    { filter: {}, dryRun: false, limit: 100, all: true },
  ]);
  const keys = api.server.requests.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(3);
});

test("trigger adds its slices up and ends when nothing moves any more", async () => {
  const part = (processed: number, remaining: boolean) =>
    json(200, { processed, succeeded: processed, failed: 0, errors: 0, lost: 0, remaining });
  await using api = await paperApi([part(3, true), part(2, true), part(0, true)]);
  const seen: number[] = [];
  const onProgress = ({ processed }: { processed: number }) => void seen.push(processed);
  expect(await api.hooks.trigger({ namespace: "n", limit: 9, budgetMs: 60_000, onProgress })).toMatchObject({
    ...{ processed: 5, remaining: true },
  });
  expect(seen).toEqual([3, 5, 5]);
  expect(bodiesOf(api)).toEqual([9, 6, 4].map((limit) => ({ budgetMs: 10_000, limit })));
  await api.hooks.trigger({ budgetMs: 0 });
  expect(api.server.requests.at(-1)?.url).toBe("/v1/trigger");
  expect(await api.hooks.trigger({ signal: AbortSignal.abort() })).toMatchObject({ processed: 0 });
  expect(api.server.requests).toHaveLength(4);
});

test("keys are made, listed and revoked", async () => {
  const key = {
    ...{ id: "0123456789abcdef", name: "ci", namespaces: ["n"], permission: "write" },
    ...{ createdDate: NOON, expiresDate: null, revokedDate: null },
  };
  await using api = await paperApi([
    json(201, { key, token: "hc_new" }),
    json(200, { items: [key] }),
    json(200, { ...key, revokedDate: NOON }),
    json(200, { key }),
    problem(403, "forbidden"),
  ]);
  const { keys, me } = { keys: api.hooks.keys, me: () => api.hooks.me() };
  expect(await keys.create({ name: "ci", namespaces: ["n"], permission: "write" })).toEqual({
    key,
    token: "hc_new",
  });
  expect(await keys.list()).toEqual([key]);
  expect(await keys.revoke(key.id)).toMatchObject({ revokedDate: NOON });
  expect(await me()).toEqual(key);
  await expect(keys.list()).rejects.toMatchObject({ code: "forbidden" });
});

test("what is no id of a key is not sent to be revoked: it may be a token", async () => {
  await using api = await paperApi(json(200, {}));
  for (const id of [KEY, "", "0123456789ABCDEF", "../me"]) expect(await api.hooks.keys.revoke(id)).toBeNull();
  expect(api.server.requests).toHaveLength(0);
});
