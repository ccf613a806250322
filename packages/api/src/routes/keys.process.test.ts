import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type LocalDatabase, openApi, startDynalite, type TestApi } from "../test-support.ts";

let database: LocalDatabase;
let api: TestApi;
let root: string;
let app: string;
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint);
  root = await api.tokenFor({ namespaces: ["*"], permission: "admin" });
  app = await api.tokenFor({ namespaces: ["app", "apt"], permission: "admin" });
});
afterAll(async () => {
  await api.close();
  await database.stop();
});

type Made = { key: { id: string; namespaces: string[] }; token: string | null };
const make = async (token: string, namespaces: string[], headers: Record<string, string> = {}) => {
  const body = { name: "n", namespaces, permission: "write" };
  const answer = await ask(api.app, "/v1/keys", { token, body, headers });
  return { ...answer, made: answer.body as unknown as Made };
};

test("a key is made, works, is listed without its token, and ends", async () => {
  const { status, made } = await make(app, ["app"]);
  expect(status).toBe(201);
  const token = made.token ?? "";
  expect(await ask(api.app, "/v1/me", { token })).toMatchObject({ status: 200, body: { key: made.key } });
  const list = await ask(api.app, "/v1/keys", { token: app });
  expect(list.body["items"]).toContainEqual(made.key);
  expect(list.text).not.toContain(token);
  const ended = await ask(api.app, `/v1/keys/${made.key.id}`, { token: app, method: "DELETE" });
  expect(ended).toMatchObject({ status: 200, body: { id: made.key.id, revokedDate: expect.any(String) } });
  expect(await ask(api.app, "/v1/me", { token })).toMatchObject({ status: 401 });
});

test.each([[["other"]], [["app", "other"]], [["*"]]])(
  "a key of app and apt makes none for %j",
  async (namespaces) => {
    expect(await make(app, namespaces)).toMatchObject({ status: 403, body: { code: "forbidden" } });
  },
);

test("a key that ends makes keys that end no later, and the same end when none is asked for", async () => {
  const end = "2100-01-01T00:00:00.000Z";
  const ending = await api.tokenFor({ namespaces: ["app"], permission: "admin", expiresDate: end });
  const askFor = (expiresDate?: string | null) =>
    ask(api.app, "/v1/keys", {
      token: ending,
      body: {
        name: "n",
        namespaces: ["app"],
        permission: "read",
        ...(expiresDate === undefined ? {} : { expiresDate }),
      },
    });
  for (const unsaid of [undefined, null, end])
    expect(await askFor(unsaid)).toMatchObject({ status: 201, body: { key: { expiresDate: end } } });
  const sooner = "2099-12-31T00:00:00.000Z";
  expect(await askFor(sooner)).toMatchObject({ status: 201, body: { key: { expiresDate: sooner } } });
  expect(await askFor("2100-01-01T00:00:00.001Z")).toMatchObject({
    status: 403,
    body: { code: "forbidden" },
  });
});

test("keys out of reach are neither seen nor ended, and look like keys that are not there", async () => {
  const { made } = await make(root, ["app", "other"]);
  const list = await ask(api.app, "/v1/keys", { token: app });
  expect(list.text).not.toContain(made.key.id);
  const there = await ask(api.app, `/v1/keys/${made.key.id}`, { token: app, method: "DELETE" });
  const missing = await ask(api.app, "/v1/keys/ffffffffffffffff", { token: app, method: "DELETE" });
  const odd = await ask(api.app, "/v1/keys/%2e%2e%2f", { token: app, method: "DELETE" });
  expect([there.status, missing.status, odd.status]).toEqual([404, 404, 404]);
  expect(there.text.replace(/request-\d+/, "")).toBe(missing.text.replace(/request-\d+/, ""));
  expect(await ask(api.app, "/v1/me", { token: made.token ?? "" })).toMatchObject({ status: 200 });
});

test.each([
  [{ namespaces: ["app"], permission: "write" }, "name"],
  [{ name: "n", namespaces: [], permission: "write" }, "namespaces"],
  [{ name: "n", namespaces: ["app"], permission: "root" }, "permission"],
  [{ name: "n", namespaces: ["app"], permission: "read", expiresDate: "tomorrow" }, "expiresDate"],
  [{ name: "n", namespaces: ["app"], permission: "read", id: "mine" }, "id"],
])("%j is refused, naming %s", async (body, field) => {
  expect(await ask(api.app, "/v1/keys", { token: app, body })).toMatchObject({
    status: 400,
    body: { field },
  });
});

test("a repetition gives the same key without its token: that was never written down", async () => {
  const headers = { "idempotency-key": "make-one" };
  const first = await make(app, ["app"], headers);
  const second = await make(app, ["app"], headers);
  expect(second).toMatchObject({ status: 201, body: { key: first.made.key, token: null } });
  expect(second.headers.get("idempotency-replayed")).toBe("true");
  expect(JSON.stringify([...api.records.answers])).not.toContain(first.made.token);
});

test("no token ever reaches the log", async () => {
  const { made } = await make(app, ["app"]);
  await ask(api.app, `/v1/me?token=${made.token}`, { token: made.token ?? "" });
  await ask(api.app, `/v1/keys/${made.token}`, { token: root, method: "DELETE" });
  const log = JSON.stringify([api.requests, api.errors]);
  expect(log).toContain(made.key.id);
  for (const token of [made.token ?? "", root, app]) expect(log).not.toContain(token);
});
