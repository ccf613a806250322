// Who may do what: every route against keys that do not reach it.
import { PERMISSIONS, type Permission } from "@hookclock/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type LocalDatabase, openApi, startDynalite, type TestApi } from "./test-support.ts";

let database: LocalDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint);
  await api.hooks.register({
    namespace: "app",
    id: "here",
    url: "https://example.com/",
    scheduledDate: "2040-01-01",
  });
  await api.hooks.register({
    namespace: "other",
    id: "here",
    url: "https://example.com/",
    scheduledDate: "2040-01-01",
  });
});
afterAll(async () => {
  await api.close();
  await database.stop();
});

const NS = "/v1/namespaces";
type Case = [Permission, string, string, unknown?];
const task = { id: "here", url: "https://example.com/", scheduledDate: "2040-01-01" };
const inNamespace = (namespace: string, id: string): Case[] => [
  ["read", "GET", `${NS}/${namespace}/tasks`],
  ["read", "GET", `${NS}/${namespace}/tasks/${id}`],
  ["read", "HEAD", `${NS}/${namespace}/tasks/${id}`],
  ["read", "GET", `${NS}/${namespace}/logs`],
  ["read", "GET", `${NS}/${namespace}/stats`],
  ["read", "GET", `${NS}/${namespace}/due`],
  ["write", "POST", `${NS}/${namespace}/tasks`, task],
  ["write", "POST", `${NS}/${namespace}/tasks/batch`, { tasks: [task] }],
  ["write", "PATCH", `${NS}/${namespace}/tasks/${id}`, { timeoutMs: 1_000 }],
  ["write", "POST", `${NS}/${namespace}/tasks/${id}/suspend`],
  ["write", "POST", `${NS}/${namespace}/tasks/${id}/unsuspend`],
  ["write", "POST", `${NS}/${namespace}/tasks/${id}/reschedule`, { scheduledDate: "2040-02-01" }],
  ["write", "POST", `${NS}/${namespace}/trigger`, {}],
];
const everywhere: Case[] = [
  ["admin", "GET", "/v1/due"],
  ["admin", "POST", "/v1/trigger", {}],
  ["admin", "GET", "/v1/system/tables"],
  ["admin", "POST", "/v1/system/shards", { shards: 9 }],
];
const keyRoutes: Case[] = [
  ["admin", "GET", "/v1/keys"],
  ["admin", "POST", "/v1/keys", { name: "n", namespaces: ["app"], permission: "read" }],
];
const all = [...inNamespace("app", "here"), ...everywhere, ...keyRoutes];

test.each(all)("%s: %s %s, by each permission", async (needed, method, path, body) => {
  for (const permission of PERMISSIONS) {
    const token = await api.tokenFor({ namespaces: ["*"], permission });
    const { status } = await ask(api.app, path, { token, method, body });
    const mayDo = PERMISSIONS.indexOf(permission) >= PERMISSIONS.indexOf(needed);
    // What was suspended already cannot be suspended again: that is past the question of who may.
    expect([200, 201, 409].includes(status) ? "done" : status).toBe(mayDo ? "done" : 403);
  }
});

test.each(all)("%s: %s %s, without a key or with a wrong one", async (_needed, method, path, body) => {
  const revoked = await api.deps.keys.create({ name: "n", namespaces: ["*"], permission: "admin" });
  await api.deps.keys.revoke(revoked.key.id);
  const tokens = [undefined, "", "x", `hc_${"0".repeat(16)}_${"a".repeat(43)}`, revoked.token, "a b", "ä"];
  const answers = await Promise.all(
    tokens.map((token) => {
      const headers = token === "ä" ? { authorization: "Basic YTpi" } : {};
      return ask(api.app, path, { token: token === "ä" ? undefined : token, method, body, headers });
    }),
  );
  for (const { status, headers, text } of answers) {
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe('Bearer realm="hookclock"');
    expect(withoutId(text)).toBe(withoutId(answers[0]?.text ?? ""));
  }
});

const withoutId = (text: string): string => text.replace(/"requestId":"[^"]*"/, "");

test.each(inNamespace("other", "here"))(
  "%s: %s %s tells a key of another namespace nothing",
  async (_needed, method, path, body) => {
    const token = await api.tokenFor({ permission: "admin" });
    const there = await ask(api.app, path, { token, method, body });
    const missing = await ask(api.app, path.replaceAll("here", "gone"), { token, method, body });
    const nowhere = await ask(api.app, path.replace("other", "nowhere"), { token, method, body });
    expect([there.status, missing.status, nowhere.status]).toEqual([403, 403, 403]);
    expect(withoutId(missing.text)).toBe(withoutId(there.text));
    expect(withoutId(nowhere.text)).toBe(withoutId(there.text));
    const facts = ({ headers }: typeof there) => [...headers].filter(([name]) => name !== "x-request-id");
    expect(facts(missing)).toEqual(facts(there));
  },
);

test("a refusal says what the key lacks: reach or permission", async () => {
  const token = await api.tokenFor({ permission: "read" });
  const detailOf = async (method: string, path: string, body?: unknown, as = token) => {
    const answer = await ask(api.app, path, { token: as, method, body });
    expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
    return String(answer.body["detail"]);
  };
  const lacking = "the key has permission read; this request needs write; GET /v1/me shows what it may do";
  expect(await detailOf("DELETE", `${NS}/app/tasks/here`)).toBe(lacking);
  expect(await detailOf("DELETE", `${NS}/app/tasks/gone`)).toBe(lacking);
  expect(await detailOf("DELETE", `${NS}/other/tasks/here`)).toContain("does not reach this namespace");
  expect(await detailOf("GET", "/v1/due")).toContain("the whole system");
  const everything = { filter: {}, all: true };
  const writer = await api.tokenFor({});
  expect(await detailOf("POST", `${NS}/app/bulk/delete`, everything, writer)).toContain("needs admin");
  const newKey = { name: "n", namespaces: ["app", "other"], permission: "read" };
  const admin = await api.tokenFor({ permission: "admin" });
  expect(await detailOf("POST", "/v1/keys", newKey, admin)).toContain("all namespaces of the new one");
});

test("a body or a query that is wrong makes no difference to a key that does not reach there", async () => {
  const token = await api.tokenFor({});
  const path = `${NS}/other/tasks`;
  for (const asked of [{ body: "{" }, { body: {} }, { body: "x".repeat(600_000) }]) {
    expect(await ask(api.app, path, { token, ...asked })).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
  }
  expect(await ask(api.app, `${path}?cursor=x&nonsense`, { token })).toMatchObject({ status: 403 });
});

test.each([..."*", "%2A", "APP", "app%20", "app%00", "ap", "..%2Fapp", "%E0%80%AF"])(
  "a key of one namespace does not reach %s",
  async (namespace) => {
    const token = await api.tokenFor({ permission: "admin" });
    const { status } = await ask(api.app, `${NS}/${namespace}/tasks`, { token });
    expect([400, 403]).toContain(status);
  },
);

test("nothing of the above changed the other namespace", async () => {
  expect((await api.hooks.fetch({ namespace: "other" })).items).toMatchObject([
    { id: "here", status: "ACTIVE", timeoutMs: 15_000 },
  ]);
});

test("a name that only a key of all namespaces reaches is judged by the library", async () => {
  const token = await api.tokenFor({ namespaces: ["*"], permission: "read" });
  for (const namespace of ["%23config", "a%00b", "x".repeat(300)]) {
    const answer = await ask(api.app, `${NS}/${namespace}/tasks`, { token });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid-input", field: "namespace" } });
  }
});

test("who asks is told who they are", async () => {
  const token = await api.tokenFor({ permission: "read" });
  const me = await ask(api.app, "/v1/me", { token });
  expect(me).toMatchObject({ status: 200, body: { key: { namespaces: ["app"], permission: "read" } } });
  expect(me.text).not.toContain(token);
});
