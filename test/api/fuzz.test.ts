// Requests by the thousand against two tenants: no fault, no undocumented answer, no word of the other tenant, and what
// is refused changes nothing.
import { startReceiver } from "@hookclock/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FuzzedRequest, type Known, Requests } from "./arbitraries.ts";
import { type CheckedApi, serveChecked } from "./checked-api.ts";

/** In everything that the other tenant has; never in a request. */
const CANARY = "canary-7f3a9";
const OTHER = "other";
const IDS = ["invoice-1", "a/b", "t 1", "t-2", "done-1"];
const RUNS = 800;
const SEED = 20_300_101;

let api: CheckedApi;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let known: Known;

beforeAll(async () => {
  const theirs = { headers: { "x-of": CANARY }, body: CANARY };
  receiver = await startReceiver(({ url }) => (url.includes(CANARY) ? theirs : 200));
  api = await serveChecked({ stream: { holdMs: 1 } });
  await fill(OTHER, `${receiver.url}/${CANARY}`);
  await fill("app", `${receiver.url}/mine`);
  known = await whatAttackersKnow();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await receiver.close();
});

async function fill(namespace: string, url: string): Promise<void> {
  const headers = { "x-of": namespace === OTHER ? CANARY : "mine" };
  const task = (id: string, scheduledDate: string) => ({
    ...{ namespace, id, url, method: "POST" as const, scheduledDate },
    request: { headers, body: { of: namespace === OTHER ? CANARY : "mine" } },
  });
  await api.hooks.registerMany([
    ...IDS.filter((id) => id !== "done-1").map((id) => task(id, "2040-01-01T00:00:00Z")),
    ...["done-1", `${namespace === OTHER ? CANARY : "mine"}-1`].map((id) => task(id, "2020-01-01T00:00:00Z")),
  ]);
  await api.hooks.trigger({ namespace });
  const name = namespace === OTHER ? CANARY : "mine";
  await api.makeKey({ name, namespaces: [namespace], permission: "admin" });
}

/** Keys of their own, the other's names and cursors, and texts that look like keys. */
async function whatAttackersKnow(): Promise<Known> {
  const tokens: string[] = [];
  for (const permission of ["admin", "write", "read"] as const) {
    const { token } = await api.makeKey({ permission });
    // Most requests should come further than the door.
    tokens.push(...new Array<string>(permission === "admin" ? 9 : 2).fill(token));
  }
  const theirs = await api.makeKey({ name: CANARY, namespaces: [OTHER], permission: "admin" });
  const revoked = await api.makeKey({ namespaces: ["*"], permission: "admin" });
  await api.state.keys.revoke(revoked.key.id);
  const secret = (tokens[0] ?? "").slice(20);
  tokens.push(revoked.token, `hc_${theirs.key.id}_${secret}`);
  const cursorsOf = async (token: string, namespace: string) => {
    const list = await api.ask("GET", `/v1/namespaces/${namespace}/tasks?limit=1`, { token });
    const logs = await api.ask("GET", `/v1/namespaces/${namespace}/logs?limit=1`, { token });
    const stream = await api.ask("GET", `/v1/namespaces/${namespace}/logs/stream`, { token });
    return [list.body["nextCursor"], logs.body["nextCursor"], /^id: (.+)$/m.exec(stream.text)?.[1]].map(
      String,
    );
  };
  const foreign = await cursorsOf(theirs.token, OTHER);
  const own = await cursorsOf(tokens[0] ?? "", "app");
  const altered = own.map((cursor) => `${cursor.slice(0, 50)}A${cursor.slice(51)}`);
  return {
    namespaces: [...new Array<string>(7).fill("app"), OTHER],
    ids: [...IDS, "none"],
    cursors: [...own, ...foreign, ...altered],
    keyIds: [theirs.key.id, revoked.key.id, "0000000000000000"],
    tokens,
  };
}

const tasksOf = async (namespace: string): Promise<string> =>
  JSON.stringify((await api.hooks.fetch({ namespace, limit: 1_000 })).items);

/** Everything of a namespace, as the library shows it. */
async function stateOf(namespace: string): Promise<string> {
  const tasks = await api.hooks.fetch({ namespace, limit: 1_000 });
  const logs = await api.hooks.fetchLogs({ namespace, limit: 1_000 });
  const keys = (await api.state.keys.list()).filter((key) => key.namespaces.includes(namespace));
  return JSON.stringify([tasks.items, logs.items, keys]);
}

const send = ({ method, target, body, token, headers }: FuzzedRequest) =>
  api.ask(method, target, { token, headers, ...(body === undefined ? {} : { body }) });

test("whatever is asked: no fault, nothing undocumented, nothing of the other tenant", async () => {
  const requests = new Requests(api.contract, known);
  const anyRequest = fc.oneof(
    ...api.contract.operations.map((operation) => ({
      arbitrary: requests.of(operation),
      // Where most can be said, most can be said wrongly.
      weight: /^(registerTask|updateTask|createKey)/.test(operation.operationId) ? 4 : 1,
    })),
  );
  const before = await stateOf(OTHER);
  expect(before).toContain(CANARY);
  let own = await tasksOf("app");
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(anyRequest, async (request) => {
      const answer = await send(request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).not.toContain(CANARY);
      expect(JSON.stringify([...answer.headers])).not.toContain(CANARY);
      if (request.method === "GET") return;
      const after = await tasksOf("app");
      if (answer.status >= 400) expect(after === own, `${answer.status} changed something`).toBe(true);
      own = after;
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  expect(await stateOf(OTHER)).toBe(before);
  expect(api.faults).toEqual([]);
  // Enough of each kind to say something.
  for (const status of [200, 201, 400, 401, 403, 404]) expect(statuses.get(status) ?? 0).toBeGreaterThan(2);
}, 120_000);

test("a request that fits, one field of it turned bad: the field is named, nothing changes", async () => {
  const [token = ""] = known.tokens;
  const task = {
    id: "fit",
    url: "http://127.0.0.1:1/",
    method: "POST",
    scheduledDate: "2040-01-01",
    retryLimit: 1,
  };
  const wrong: Record<keyof typeof task, unknown[]> = {
    id: ["", 1, null, "x".repeat(600), "a\u0000", ["a"], { toString: "a" }],
    url: [
      "",
      "nonsense",
      "ftp://a.b/",
      7,
      null,
      "http://10.1.2.3/",
      "http://[::1]/",
      "http://169.254.169.254/",
    ],
    method: ["get", "TRACE", "", null, ["GET"]],
    scheduledDate: ["", "soon", 0, {}, "2030-13-01", "-1", "99999-01-01"],
    retryLimit: [-1, 1.5, "1", 101, null, true],
  };
  const before = await stateOf("app");
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const answer = await api.ask("POST", "/v1/namespaces/app/tasks", {
        token,
        body: { ...task, [field]: value },
      });
      expect(answer.status, `${field} ${JSON.stringify(value)}: ${answer.text}`).toBe(400);
      expect(String(answer.body["field"]), answer.text).toContain(field);
    }
  }
  expect(await stateOf("app")).toBe(before);
});

test("of another namespace a key learns nothing: the same words for what is there and what is not", async () => {
  for (const token of new Set(known.tokens.slice(0, -2))) {
    for (const { method, path, requestBody } of api.contract.operations) {
      if (!path.includes("{namespace}")) continue;
      const body = requestBody?.content["application/json"]?.example;
      const words = new Set<string>();
      for (const [namespace, id] of [
        [OTHER, "invoice-1"],
        [OTHER, "none"],
        ["nowhere", "none"],
      ] as const) {
        const target = path.replace("{namespace}", namespace).replace("{id}", id);
        const answer = await api.ask(method, target, { token, ...(body === undefined ? {} : { body }) });
        expect(answer.status, `${method} ${target}`).toBe(403);
        words.add(JSON.stringify({ ...answer.body, requestId: "" }));
      }
      expect([...words], `${method} ${path}`).toHaveLength(1);
    }
  }
});
