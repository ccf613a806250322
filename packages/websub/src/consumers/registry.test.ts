import { isHookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { createTestWorld } from "./test-world.ts";

const key = { namespace: "app", name: "hook" };
const hook = { ...key, type: "http", url: "https://hook.example/in" } as const;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;

const refusalOf = async (action: Promise<unknown>) => {
  const error = await action.catch((caught: unknown) => caught);
  if (!isHookclockError(error)) throw new Error(`not refused: ${JSON.stringify(error)}`);
  return error;
};

test("a new consumer gets the defaults and a secret that is shown once", async () => {
  const { consumers } = createTestWorld();
  const { created, consumer, secret } = await consumers.put(hook);
  expect(created).toBe(true);
  expect(secret).toMatch(/^whsec_/);
  expect(consumer).toEqual({
    ...{ namespace: "app", name: "hook", type: "http", enabled: true, disabled: null },
    ...{ url: "https://hook.example/in", format: "envelope", headers: {} },
    ...{ signing: { secrets: 1, oldSecretEndsDate: null }, disableAfter: 20, timeoutMs: 15_000 },
    retry: { limit: 12, baseMs: 5_000, maxMs: 10_800_000 },
    ...{ createdDate: "2030-01-01T00:00:00.000Z", updatedDate: "2030-01-01T00:00:00.000Z" },
  });
  expect(await consumers.get(key)).toEqual(consumer);
  const again = await consumers.put(hook);
  expect(again).toEqual({ created: false, consumer, secret: null });
});

test("what is left out stays as it is, what is given is replaced", async () => {
  const { consumers, clock, world } = createTestWorld();
  await consumers.put({
    ...{ ...hook, format: "raw", headers: { "x-a": "1", accept: "text/plain" }, secrets: [SECRET] },
    ...{ disableAfter: 3, retry: { limit: 1 } },
  });
  await clock.advance(1_000);
  const { consumer } = await consumers.put({
    ...key,
    type: "http",
    timeoutMs: 5_000,
    retry: { baseMs: 20_000_000 },
  });
  expect(consumer).toMatchObject({
    ...{ url: hook.url, format: "raw", headers: { "x-a": "[redacted]", accept: "text/plain" } },
    ...{ signing: { secrets: 1 }, disableAfter: 3, timeoutMs: 5_000 },
    retry: { limit: 1, baseMs: 20_000_000, maxMs: 20_000_000 },
    ...{ createdDate: "2030-01-01T00:00:00.000Z", updatedDate: "2030-01-01T00:00:01.000Z" },
  });
  await consumers.put({ ...key, type: "http", headers: {}, secrets: [] });
  expect(await consumers.get(key)).toMatchObject({ headers: {}, signing: { secrets: 0 } });
  const chat = await consumers.put({ ...key, type: "slack", url: "https://hooks.slack.com/services/T/B/x" });
  expect(chat.consumer).toMatchObject({
    type: "slack",
    url: "https://hooks.slack.com/[redacted]",
    format: null,
  });
  expect((await refusalOf(consumers.put({ ...key, type: "http" }))).field).toBe("url of consumer");
  expect((await world.documents.list({ pk: "app/consumer", limit: 10 }, 0)).documents).toHaveLength(1);
});

test.each<[string, Record<string, unknown>, string]>([
  ["no namespace", { namespace: undefined }, "namespace"],
  ["our own namespace", { namespace: "#x" }, "namespace"],
  ["no name", { name: undefined }, "name"],
  ["an empty name", { name: "" }, "name"],
  ["a name with a slash", { name: "a/b" }, "name"],
  ["a name that is a path", { name: ".." }, "name"],
  ["a long name", { name: "a".repeat(101) }, "name"],
  ["no type", { type: undefined }, "type"],
  ["a foreign type", { type: "email" }, "type"],
  ["a misspelt field", { secret: SECRET }, "secret"],
  ["no url", { url: undefined }, "url of consumer"],
  ["a url that is none", { url: "hook.example" }, "url"],
  ["another scheme", { url: "ftp://hook.example/" }, "url"],
  ["a private address", { url: "http://10.0.0.1/" }, "url"],
  ["a private address in disguise", { url: "http://0x7f.1/" }, "url"],
  ["a user in the url", { url: "https://tiger:tiger@hook.example/" }, "url"],
  ["the url of a view", { url: "https://hook.example/?[redacted]" }, "url"],
  ["a foreign format", { format: "xml" }, "format"],
  ["headers that are no text", { headers: { a: 7 } }, "headers.a"],
  ["a header of the connection", { headers: { Host: "tiger" } }, "headers.Host"],
  ["a header of the signature", { headers: { "webhook-id": "tiger" } }, "headers.webhook-id"],
  ["a header in two lines", { headers: { a: "x\r\nb: tiger" } }, "headers.a"],
  ["a header's view", { headers: { a: "[redacted]" } }, "headers.a"],
  ["a type for an envelope", { headers: { "Content-Type": "text/plain" } }, "headers: Content-Type"],
  ["a secret that is none", { secrets: ["tiger"] }, "secrets.0"],
  ["a short secret", { secrets: [`whsec_${Buffer.alloc(23).toString("base64")}`] }, "secrets.0"],
  ["the same secret twice", { secrets: [SECRET, SECRET] }, "secrets.1"],
  ["three secrets", { secrets: [SECRET, OTHER, "tiger"] }, "secrets"],
  ["a negative bound", { disableAfter: -1 }, "disableAfter"],
  ["half a bound", { disableAfter: 1.5 }, "disableAfter"],
  ["too many retries", { retry: { limit: 51 } }, "retry.limit"],
  ["a retry at once", { retry: { baseMs: 1 } }, "retry.baseMs"],
  ["waits that do not fit", { retry: { baseMs: 2_000, maxMs: 1_000 } }, "retry.maxMs"],
  ["a foreign field of retry", { retry: { tries: 1 } }, "retry.tries"],
  ["no time", { timeoutMs: 0 }, "timeoutMs"],
])("refused, and nothing is written: %s", async (_name, change, field) => {
  const world = createTestWorld();
  const input = { ...hook, ...change } as Parameters<typeof world.consumers.put>[0];
  const error = await refusalOf(world.consumers.put(input));
  expect(error.field).toBe(field);
  expect(["invalid-input", "unknown-option", "egress-refused"]).toContain(error.code);
  expect(error.message).not.toContain("tiger");
  expect(world.documents.dump()).toEqual([]);
});

test("fields of other types are not taken", async () => {
  const { consumers } = createTestWorld();
  const slack = { ...key, type: "slack", url: "https://hooks.slack.com/x", headers: {} } as const;
  expect((await refusalOf(consumers.put(slack))).code).toBe("unknown-option");
  const log = { ...key, type: "log", url: "https://hook.example/" } as const;
  expect((await refusalOf(consumers.put(log))).field).toBe("url");
});

test("a list has pages by name, of one namespace", async () => {
  const { consumers } = createTestWorld();
  for (const name of ["c", "a", "e", "b", "d"]) await consumers.put({ namespace: "app", name, type: "log" });
  await consumers.put({ namespace: "app2", name: "x", type: "log" });
  const names: string[][] = [];
  for (let startKey: string | null | undefined; startKey !== null; ) {
    const page: Awaited<ReturnType<typeof consumers.list>> = await consumers.list({
      ...{ namespace: "app", limit: 2 },
      ...(startKey === undefined ? {} : { startKey }),
    });
    names.push(page.items.map(({ name }) => name));
    startKey = page.nextKey;
  }
  expect(names).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  expect((await refusalOf(consumers.list({ namespace: "app", limit: 0 }))).field).toBe("limit");
});

test("what is not there is null", async () => {
  const { consumers } = createTestWorld();
  for (const method of ["get", "delete", "enable", "disable"] as const) {
    expect(await consumers[method](key)).toBeNull();
  }
  expect(await consumers.rotateSecret(key)).toBeNull();
});

test("a secret is rotated once, even if the call is repeated; others than http sign nothing", async () => {
  const { consumers } = createTestWorld();
  await consumers.put(hook);
  for (let times = 0; times < 2; times += 1) {
    const rotated = await consumers.rotateSecret({ ...key, secret: SECRET });
    expect(rotated).toMatchObject({
      secret: SECRET,
      consumer: { signing: { secrets: 2, oldSecretEndsDate: "2030-01-02T00:00:00.000Z" } },
    });
  }
  const hard = await consumers.rotateSecret({ ...key, oldSecretMs: 0 });
  expect(hard?.consumer.signing).toEqual({ secrets: 1, oldSecretEndsDate: null });
  const bad = await refusalOf(consumers.rotateSecret({ ...key, secret: "tiger" }));
  expect([bad.field, bad.message.includes("tiger")]).toEqual(["secret", false]);
  await consumers.put({ ...key, type: "log" });
  expect((await refusalOf(consumers.rotateSecret(key))).field).toBe("name");
});

test("writers at the same moment lose nothing of each other", async () => {
  const { consumers } = createTestWorld();
  await consumers.put(hook);
  await Promise.all([
    consumers.put({ ...key, type: "http", timeoutMs: 1_000 }),
    consumers.put({ ...key, type: "http", disableAfter: 7 }),
    consumers.disable(key),
    consumers.put({ ...key, type: "http", url: "https://new.example/" }),
  ]);
  expect(await consumers.get(key)).toMatchObject({
    ...{ timeoutMs: 1_000, disableAfter: 7, enabled: false, url: "https://new.example/" },
    disabled: { reason: "by-hand" },
  });
});

test("one that cannot be read is shown as such, hides no other in lists and counts, and can be made anew", async () => {
  const { consumers, documents } = createTestWorld();
  for (const name of ["a", "c"]) await consumers.put({ namespace: "app", name, type: "log" });
  await documents.putMany([{ pk: "app/consumer", sk: "b", data: { type: "http", name: "other" } }]);
  const { items } = await consumers.list({ namespace: "app", limit: 10 });
  expect(items.map(({ name, type }) => [name, type])).toEqual([
    ["a", "log"],
    ["b", null],
    ["c", "log"],
  ]);
  const problem = expect.stringContaining("cannot be read");
  expect(items[1]).toEqual({ namespace: "app", name: "b", type: null, enabled: false, problem });
  const first = await consumers.list({ namespace: "app", limit: 2 });
  expect(await consumers.list({ namespace: "app", startKey: first.nextKey ?? "" })).toMatchObject({
    ...{ items: [{ name: "c" }], nextKey: null },
  });
  await consumers.link({ namespace: "app", source: { subscription: "s" }, consumer: "c" });
  await documents.putMany([{ pk: "app/handler/subscription%3As", sk: "c", data: { consumer: 7 } }]);
  const counted = await consumers.stats({ namespace: "app" });
  expect(counted.consumers.map(({ handlers }) => handlers)).toEqual([0, 0, 1]);
  await expect(consumers.listHandlers({ namespace: "app" })).rejects.toMatchObject({
    code: "row-unreadable",
  });
  expect(counted.consumers.map(({ name, type, enabled }) => [name, type, enabled])).toEqual([
    ["a", "log", true],
    ["b", "unreadable", false],
    ["c", "log", true],
  ]);
  await expect(consumers.get({ namespace: "app", name: "b" })).rejects.toMatchObject({
    code: "row-unreadable",
  });
  expect(await consumers.delete({ namespace: "app", name: "b" })).toEqual(items[1]);
  expect((await consumers.put({ namespace: "app", name: "b", type: "log" })).created).toBe(true);
});
