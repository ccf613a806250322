// WebSub as the library puts it together: one instance on a real database, behind a real server, is its own hub.
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { createWebSub, Hooks, type WebSubOptions } from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshOptions } from "./support.ts";
import { atom, openSite } from "./websub-site.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const form = (fields: Record<string, string>) => ({
  namespace: "default",
  contentType: "application/x-www-form-urlencoded",
  body: Buffer.from(new URLSearchParams(fields).toString()),
});

test("a ping at the hub ends in a signed delivery of the new entry to a consumer, once", async () => {
  await using site = await openSite(database.endpoint);
  const { webSub, url } = site;
  site.feed.text = atom("first");
  const key = { namespace: "default", id: "news" };
  await webSub.subscriptions.add({ ...key, url: `${url}/feed`, secret: true });
  await webSub.consumers.put({ namespace: "default", name: "mine", type: "http", url: `${url}/consumer` });
  await webSub.consumers.link({ namespace: "default", source: { subscription: "news" }, consumer: "mine" });
  await site.settle();
  expect(await webSub.subscriptions.get(key)).toMatchObject({ state: "active" });
  expect(
    (await webSub.hub.list({ namespace: "default", topic: `${url}/feed`, limit: 10 })).items,
  ).toHaveLength(1);

  site.feed.text = atom("first", "second");
  const ping = form({ "hub.mode": "publish", "hub.topic": `${url}/feed` });
  expect((await webSub.hub.request(ping)).status).toBeLessThan(300);
  await site.settle();
  const bodies = site.consumed.map(({ body }) => body.toString());
  expect(bodies.filter((body) => body.includes("second"))).toHaveLength(1);
  expect(site.consumed.at(-1)?.headers["webhook-signature"]).toMatch(/^v1,/);

  await webSub.hub.request(ping);
  await site.settle();
  expect(site.consumed).toHaveLength(bodies.length);
});

test("what becomes of a subscription is told, and published to the consumers that wish to know", async () => {
  const told: unknown[] = [];
  await using site = await openSite(database.endpoint, {
    onEvent: (event) => {
      told.push(event);
      throw new Error("a listener's own affair");
    },
  });
  const { webSub, url } = site;
  site.feed.text = atom("first");
  await webSub.consumers.put({ namespace: "default", name: "mine", type: "http", url: `${url}/consumer` });
  await webSub.consumers.link({ namespace: "default", source: { event: "hookclock.*" }, consumer: "mine" });
  await webSub.subscriptions.add({ namespace: "default", id: "news", url: `${url}/feed` });
  await site.settle();
  expect(told).toContainEqual(expect.objectContaining({ type: "subscription.active", id: "news" }));
  const bodies = site.consumed.map(({ body }) => body.toString());
  expect(bodies.some((body) => body.includes("hookclock.subscription.active"))).toBe(true);
});

describe("the tasks", () => {
  const open = (more: Partial<WebSubOptions> = {}) =>
    createWebSub({
      endpoint: database.endpoint,
      baseUrl: "https://hooks.example.com/",
      createTable: true,
      ...more,
    });

  test("have a kind each, and are run by the hooks they were attached to, and by no other", async () => {
    const webSub = open();
    const kinds = webSub.handlers.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds).toEqual(expect.arrayContaining(["websub.subscribe", "hub.distribute", "consumer.deliver"]));
    const options = freshOptions(database.endpoint, { handlers: webSub.attach });
    const hooks = new Hooks(options);
    expect(webSub.attach(hooks)).toStrictEqual(webSub.handlers);
    expect(() => new Hooks(options)).toThrow(
      expect.objectContaining({ code: "invalid-input", field: "handlers" }),
    );
    await hooks.close();
    await webSub.close();
  });

  test("without hooks there are none, and that is said", async () => {
    const webSub = open();
    const publishing = webSub.events.publish({ namespace: "app", predicate: "orders.paid", payload: {} });
    await expect(publishing).rejects.toMatchObject({
      code: "handler-fault",
      message: expect.stringContaining("attach"),
    });
    await webSub.close();
  });

  test("a missing table is named before anything is changed", async () => {
    const webSub = open({ createTable: false, stateTableName: "websub-none" });
    expect(await webSub.checkTable()).toStrictEqual([{ table: "websub-none", problem: "does not exist" }]);
    await expect(webSub.ready()).rejects.toMatchObject({ code: "table-missing" });
    await webSub.close();
  });
});

test("the hub keeps to its own bounds, while subscriptions and consumers keep to theirs", async () => {
  await using site = await openSite(database.endpoint, { hub: { egress: { allow: [] } } });
  const { webSub, url } = site;
  const ask = async (more: Record<string, string>) =>
    webSub.hub.request(
      form({
        ...{ "hub.mode": "subscribe", "hub.topic": "https://a.example/" },
        ...{ "hub.callback": "https://b.example/", ...more },
      }),
    );
  expect((await ask({ "hub.callback": `${url}/cb` })).status).toBe(400);
  expect((await ask({ "hub.topic": "http://127.0.0.1:9/feed" })).status).toBe(400);
  const dotted = form({ "hub.mode": "subscribe", "hub.topic": "a.b", "hub.callback": `${url}/cb` });
  expect((await webSub.events.request(dotted)).status).toBe(401);
  expect((await webSub.events.request({ ...dotted, mayRead: true })).status).toBe(400);
  const consumer = { namespace: "default", name: "mine", type: "http" as const, url: `${url}/consumer` };
  expect(await webSub.consumers.put(consumer)).toMatchObject({ created: true });
});

test.each<[string, Record<string, unknown>, string, string]>([
  ["no base URL", { baseUrl: undefined }, "invalid-input", "baseUrl"],
  ["a base URL of another kind", { baseUrl: "ftp://a.example" }, "invalid-input", "baseUrl"],
  ["a base URL with a query", { baseUrl: "https://a.example/?a=b" }, "invalid-input", "baseUrl"],
  ["a base URL with a bare question mark", { baseUrl: "https://a.example/?" }, "invalid-input", "baseUrl"],
  ["a base URL with a fragment", { baseUrl: "https://a.example/#a" }, "invalid-input", "baseUrl"],
  ["a base URL with credentials", { baseUrl: "https://a:b@a.example/" }, "invalid-input", "baseUrl"],
  ["an unknown option", { baseURL: "x" }, "unknown-option", "baseURL"],
  ["an unknown option of the hub", { hub: { leaseMax: 1 } }, "unknown-option", "hub.leaseMax"],
  ["a signature nobody knows", { hub: { signature: "md5" } }, "invalid-input", "hub.signature"],
  ["a policy that is no function", { hub: { policy: { topic: true } } }, "invalid-input", "hub.policy.topic"],
  [
    "leases that never fit",
    { hub: { leaseSecondsMin: 1e6, leaseSecondsMax: 1e5 } },
    "invalid-input",
    "hub.leaseSecondsMin",
  ],
  [
    "an entry of a list that is no address",
    { hub: { allow: { callbacks: ["a.example", "*"] } } },
    "invalid-input",
    "hub.allow.callbacks[1]",
  ],
  [
    "a lease beyond the hub's",
    { leaseSeconds: 31_000_000, hub: { leaseSecondsMax: 1e6 } },
    "invalid-input",
    "leaseSeconds",
  ],
  ["content without a bound", { contentBytesMax: 1e9 }, "invalid-input", "contentBytesMax"],
  ["an egress rule that is none", { egress: { allow: ["10.0.0.0/99"] } }, "invalid-input", "egress.allow"],
  ["half a pair of keys", { accessKeyId: "a" }, "invalid-input", "secretAccessKey"],
])("%s is refused", (_what, options, code, field) => {
  const make = () => createWebSub({ baseUrl: "https://hooks.example.com", ...options } as WebSubOptions);
  expect(make).toThrow(expect.objectContaining({ code, field: expect.stringContaining(field) }));
});
