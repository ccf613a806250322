import { HookclockError } from "@hookclock/core";
import { startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { RemoteHooks } from "./remote-hooks.ts";
import { aTask, json, KEY, paperApi, problem } from "./test-api.ts";

const KEY_OF_TASK = { namespace: "n", id: "a" };
const registered = { namespace: "n", id: "a", url: "https://example.com/", scheduledDate: "2031-01-01" };
/** What a rejected call rejects with, everything an onlooker could see of it included. */
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason as HookclockError,
  );
  expect(error).toBeInstanceOf(HookclockError);
  const { code, message, field, allowed } = error as HookclockError;
  return {
    code,
    message,
    field,
    allowed,
    seen: `${error?.stack} ${String(error?.cause)} ${JSON.stringify(error)}`,
  };
};

test("a request carries the key in its header and nowhere else", async () => {
  await using api = await paperApi(json(200, aTask("a")));
  expect(await api.hooks.get(KEY_OF_TASK)).toMatchObject({ id: "a" });
  const [request] = api.server.requests;
  expect(request).toMatchObject({ method: "GET", url: "/v1/namespaces/n/tasks/a" });
  expect(request?.headers).toMatchObject({
    authorization: `Bearer ${KEY}`,
    accept: expect.stringContaining("json"),
  });
  expect(request?.headers["idempotency-key"]).toBeUndefined();
});

test("ids and namespaces may hold any character", async () => {
  await using api = await paperApi(json(200, aTask("a")));
  await api.hooks.suspend({ namespace: "a/b ?#%", id: "ü/../x&y=z" });
  expect(api.server.requests[0]?.url).toBe(
    "/v1/namespaces/a%2Fb%20%3F%23%25/tasks/%C3%BC%2F..%2Fx%26y%3Dz/suspend",
  );
  // A URL cannot hold these two: rather no request than one to another place.
  for (const id of [".", ".."]) {
    expect(await failure(api.hooks.get({ namespace: "n", id }))).toMatchObject({ code: "invalid-input" });
  }
  expect(api.server.requests).toHaveLength(1);
});

test("a problem document becomes the error that it was", async () => {
  const more = {
    detail: "limit is 0; allowed: at least 1",
    field: "limit",
    allowed: "at least 1",
    requestId: "r-1",
  };
  await using api = await paperApi(problem(400, "invalid-input", more));
  expect(await failure(api.hooks.register(registered))).toMatchObject({
    ...{ code: "invalid-input", message: more.detail, field: "limit", allowed: "at least 1" },
  });
  expect(api.server.requests).toHaveLength(1);
});

test.each([
  [problem(401, "unauthenticated"), "unauthenticated"],
  [problem(403, "forbidden"), "forbidden"],
  [problem(409, "wrong-status"), "wrong-status"],
  [problem(500, "internal"), "api-unreachable"],
  [problem(400, "a-code-of-tomorrow"), "api-unreachable"],
  [{ status: 403, body: "<html>Forbidden</html>" }, "forbidden"],
  [{ status: 404, body: "<html>no such page</html>" }, "api-unreachable"],
  [{ status: 200, body: "<html>welcome</html>" }, "api-unreachable"],
  [json(200, { hello: "world" }), "api-unreachable"],
  [json(200, null), "api-unreachable"],
  [{ status: 204 }, "api-unreachable"],
])("%j is %s, and is not asked for again", async (answer, code) => {
  await using api = await paperApi(answer);
  expect(await failure(api.hooks.get(KEY_OF_TASK))).toMatchObject({ code });
  expect(api.server.requests).toHaveLength(1);
});

test("only a task that is not there is null", async () => {
  await using api = await paperApi(problem(404, "not-found", { field: "id" }));
  const { hooks } = api;
  expect(await hooks.get(KEY_OF_TASK)).toBeNull();
  expect(await hooks.delete(KEY_OF_TASK)).toBeNull();
  expect(await hooks.update({ ...KEY_OF_TASK, retryLimit: 1 })).toBeNull();
  expect(await hooks.reschedule({ ...KEY_OF_TASK, scheduledDate: "2031-01-01" })).toBeNull();
  expect(await hooks.runNow(KEY_OF_TASK)).toBeNull();
  expect(await hooks.keys.revoke("0123456789abcdef")).toBeNull();
  expect(await failure(hooks.stats({ namespace: "n" }))).toMatchObject({ code: "not-found" });
});

test("a path that the API does not know is no task that is not there", async () => {
  await using api = await paperApi(problem(404, "not-found"));
  const wrong = {
    code: "not-found",
    message: expect.stringContaining(`${api.hooks.where} knows no such path`),
  };
  expect(await failure(api.hooks.get(KEY_OF_TASK))).toMatchObject(wrong);
  expect(await failure(api.hooks.delete(KEY_OF_TASK))).toMatchObject(wrong);
  expect(await failure(api.hooks.keys.revoke("0123456789abcdef"))).toMatchObject(wrong);
  await using deeper = await paperApi(problem(404, "not-found"), { url: `${api.server.url}/v1/` });
  expect(await failure(deeper.hooks.me())).toMatchObject({ message: expect.stringContaining("without /v1") });
});

test("what is busy is asked again, as long as it says", async () => {
  await using api = await paperApi([
    problem(429, "throttled", {}, { "retry-after": "3" }),
    problem(503, "store-unavailable"),
    json(200, aTask("a")),
  ]);
  expect(await api.hooks.get(KEY_OF_TASK)).toMatchObject({ id: "a" });
  expect(api.waits).toEqual([3_000, 400]);
});

test("a POST is sent again under the same key, so that it counts once", async () => {
  await using api = await paperApi([
    (_request, response) => void response.destroy(),
    problem(409, "idempotency-in-progress"),
    json(201, aTask("a")),
    json(201, aTask("b")),
  ]);
  expect(await api.hooks.register(registered)).toMatchObject({ id: "a" });
  await api.hooks.register(registered);
  const keys = api.server.requests.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual(["id-1", "id-1", "id-1", "id-2"]);
});

test("work of one's own that goes on for long is waited for, not sent anew", async () => {
  const running = problem(409, "idempotency-in-progress", {}, { "retry-after": "1" });
  await using api = await paperApi([
    (_request, response) => void response.destroy(),
    ...Array.from({ length: 20 }, () => running),
    json(201, aTask("a")),
  ]);
  expect(await api.hooks.register(registered)).toMatchObject({ id: "a" });
  expect(new Set(api.server.requests.map(({ headers }) => headers["idempotency-key"]))).toEqual(
    new Set(["id-1"]),
  );
  expect(api.waits).toEqual([200, ...Array<number>(20).fill(1_000)]);
  await using stuck = await paperApi([(_request, response) => void response.destroy(), running]);
  expect(await failure(stuck.hooks.register(registered))).toMatchObject({ code: "idempotency-in-progress" });
  expect(stuck.server.requests).toHaveLength(41);
});

test("an answer that was lost and not kept is no riddle", async () => {
  await using api = await paperApi([
    problem(503, "store-unavailable"),
    json(201, { bodyLeftOut: true, status: 201 }),
  ]);
  expect(await failure(api.hooks.register(registered))).toMatchObject({
    ...{ code: "api-unreachable", message: expect.stringContaining("did what was asked") },
  });
});

test("a new key is asked for once: its token is in one answer only", async () => {
  await using api = await paperApi(problem(503, "store-unavailable"));
  const made = api.hooks.keys.create({ name: "ci", namespaces: ["n"], permission: "read" });
  expect(await failure(made)).toMatchObject({ code: "store-unavailable" });
  expect(api.server.requests.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined]);
});

test("another's work under the same key is not waited for", async () => {
  await using api = await paperApi(problem(409, "idempotency-in-progress"));
  expect(await failure(api.hooks.register(registered))).toMatchObject({ code: "idempotency-in-progress" });
  expect(api.server.requests).toHaveLength(1);
});

test("what may not be done twice is sent once", async () => {
  await using api = await paperApi(problem(503, "store-unavailable"));
  expect(await failure(api.hooks.delete(KEY_OF_TASK))).toMatchObject({ code: "store-unavailable" });
  expect(await failure(api.hooks.update({ ...KEY_OF_TASK, retryLimit: 1 }))).toMatchObject({
    code: "store-unavailable",
  });
  expect(api.server.requests.map(({ method }) => method)).toEqual(["DELETE", "PATCH"]);
});

test("it gives up after some tries, and at once where waiting is long or of no use", async () => {
  await using down = await paperApi(problem(503, "store-unavailable"), { retriesMax: 2 });
  expect(await failure(down.hooks.get(KEY_OF_TASK))).toMatchObject({ code: "store-unavailable" });
  expect(down.server.requests).toHaveLength(3);
  await using later = await paperApi(problem(429, "throttled", {}, { "retry-after": "3600" }));
  expect(await failure(later.hooks.get(KEY_OF_TASK))).toMatchObject({ code: "throttled" });
  await using missing = await paperApi(problem(503, "table-missing"));
  expect(await failure(missing.hooks.get(KEY_OF_TASK))).toMatchObject({ code: "table-missing" });
  expect([later.server.requests.length, missing.server.requests.length]).toEqual([1, 1]);
});

test("who does not answer in time, and who is not there, is named", async () => {
  await using api = await paperApi("hang", { timeoutMs: 50 });
  expect(await failure(api.hooks.get(KEY_OF_TASK))).toMatchObject({
    code: "api-unreachable",
    message: `the API at ${api.server.url} gave no answer within 0.05 s`,
  });
  const gone = await paperApi(200, { retriesMax: 1 });
  await gone.server.close();
  const refused = await failure(gone.hooks.get(KEY_OF_TASK));
  expect(refused).toMatchObject({
    code: "api-unreachable",
    message: expect.stringContaining("cannot be reached"),
  });
  expect(gone.waits).toEqual([200]);
});

test("an answer without an end is left", async () => {
  await using api = await paperApi(
    (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = () => {
        while (!response.destroyed && response.write(" ".repeat(65_536)));
      };
      response.on("drain", more);
      more();
      return undefined;
    },
    { answerBytesMax: 200_000 },
  );
  expect(await failure(api.hooks.get(KEY_OF_TASK))).toMatchObject({
    code: "api-unreachable",
    message: expect.stringContaining("longer than 200000 bytes"),
  });
});

test("a key follows no redirect", async () => {
  await using elsewhere = await startReceiver(json(200, aTask("a")));
  await using api = await paperApi({ status: 307, headers: { location: `${elsewhere.url}/v1/me?x=1` } });
  expect(await failure(api.hooks.register(registered))).toMatchObject({
    code: "api-unreachable",
    message: expect.stringContaining(`sends elsewhere, to ${elsewhere.url};`),
  });
  expect(elsewhere.requests).toHaveLength(0);
});

test("no error shows the key", async () => {
  await using api = await paperApi([problem(401, "unauthenticated"), "hang"], {
    timeoutMs: 50,
    retriesMax: 0,
  });
  for (const work of [api.hooks.me(), api.hooks.ready()]) {
    const { seen } = await failure(work);
    expect(seen).not.toContain(KEY.slice(20));
  }
  const bad = `${KEY}\n`;
  const room = { now: () => 0, sleep: async () => {}, newId: () => "x" };
  const make = () => new RemoteHooks({ url: api.server.url, key: bad }, room);
  expect(make).toThrow(/key of options is \[not shown\]/);
});

test("closing ends what is under way", async () => {
  await using api = await paperApi("hang");
  const work = failure(api.hooks.get(KEY_OF_TASK));
  await api.server.received(1);
  await api.hooks.close();
  expect(await work).toMatchObject({ code: "api-unreachable" });
});
