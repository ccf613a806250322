import { type AnswerWith, type Receiver, type Script, startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { RemoteWebSub } from "./remote-websub.ts";
import { json, KEY, problem } from "./test-api.ts";

type Paper = AsyncDisposable & { webSub: RemoteWebSub; server: Receiver };

/** An API of paper, as a test says. */
async function paper(script: Script): Promise<Paper> {
  const server = await startReceiver(script);
  let ids = 0;
  const webSub = new RemoteWebSub(
    { url: server.url, key: KEY },
    {
      now: () => Date.UTC(2030, 0, 31, 12),
      sleep: async () => {},
      newId: () => `id-${++ids}`,
      randomBytes: (size) => new Uint8Array(size).fill(7),
    },
  );
  return {
    webSub,
    server,
    async [Symbol.asyncDispose]() {
      await webSub.close();
      await server.close();
    },
  };
}

/** The line breaks before there is an answer. */
const lost: AnswerWith = (_request, response) => {
  response.destroy();
  return undefined;
};
const ns = { namespace: "a/b" };
const name = { ...ns, name: "app" };
const consumer = { ...name, type: "http" };

test("what is not there is null, and that there is no WebSub is not", async () => {
  await using api = await paper([
    problem(404, "not-found", { field: "id" }),
    problem(404, "not-found"),
    problem(404, "not-found", { field: "callback" }),
    problem(404, "not-found"),
  ]);
  const { consumers, hub } = api.webSub;
  const denial = { ...ns, topic: "t", callback: "https://example.com/", reason: "" };
  expect(await consumers.get(name)).toBeNull();
  await expect(consumers.get(name)).rejects.toMatchObject({ code: "not-found" });
  expect(await hub.deny(denial)).toBe(false);
  await expect(hub.deny(denial)).rejects.toMatchObject({ code: "not-found" });
});

test("a rotated secret is known even when the answer was lost", async () => {
  await using api = await paper([lost, json(200, { consumer, secret: null })]);
  const rotated = await api.webSub.consumers.rotateSecret(name);
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  expect(rotated).toEqual({ consumer, secret });
  const sent = api.server.requests.map(({ headers, body }) => [headers["idempotency-key"], body.toString()]);
  expect(sent).toEqual([
    ["id-1", JSON.stringify({ secret })],
    ["id-1", JSON.stringify({ secret })],
  ]);
});

test("content goes as it is, under an id that makes a repeat no second update", async () => {
  await using api = await paper([lost, json(202, { id: "id-1" })]);
  const bytes = new Uint8Array([0, 255, 10]);
  const topic = "https://example.com/feed?x=1#y";
  const published = await api.webSub.hub.publishContent({ ...ns, topic, contentType: "image/x-y", bytes });
  expect(published).toEqual({ id: "id-1" });
  expect(api.server.requests).toHaveLength(2);
  for (const { url, headers, body } of api.server.requests) {
    expect(url).toBe(`/v1/namespaces/a%2Fb/topics/${encodeURIComponent(topic)}?id=id-1`);
    expect(headers["content-type"]).toBe("image/x-y");
    expect([...body]).toEqual([0, 255, 10]);
  }
});

test("a list asks for one page, and its start key is the API's cursor", async () => {
  await using api = await paper([
    json(200, { items: [consumer], count: 1, nextCursor: "c1" }),
    json(200, { items: [], count: 0, nextCursor: null }),
  ]);
  const { consumers } = api.webSub;
  const first = await consumers.listHandlers({ ...ns, limit: 7, source: { event: "a.b" } }).catch(() => null);
  expect(first).toBeNull();
  expect(await consumers.list({ ...ns, startKey: "c1" })).toEqual({ items: [], nextKey: null });
  expect(api.server.requests.map(({ url }) => url)).toEqual([
    "/v1/namespaces/a%2Fb/handlers?event=a.b&limit=7",
    "/v1/namespaces/a%2Fb/consumers?limit=100&cursor=c1",
  ]);
});

test("a consumer that the API cannot read comes with its reason among the others; what is neither is refused", async () => {
  const broken = { namespace: "a/b", name: "odd", type: null, enabled: false, problem: "cannot be read" };
  await using api = await paper([
    json(200, { items: [consumer, broken], count: 2, nextCursor: null }),
    json(200, { items: [consumer, { ...broken, problem: 7 }], count: 2, nextCursor: null }),
    json(200, broken),
  ]);
  expect((await api.webSub.consumers.list(ns)).items).toEqual([consumer, broken]);
  await expect(api.webSub.consumers.list(ns)).rejects.toMatchObject({ code: "api-unreachable" });
  expect(await api.webSub.consumers.delete({ ...ns, name: "odd" })).toEqual(broken);
});

test("instants go as ISO 8601 in UTC", async () => {
  await using api = await paper([json(202, { id: null, count: 3 })]);
  const from = new Date("2030-01-31T12:00:00+02:00");
  await api.webSub.consumers.replay({ ...ns, consumer: "app", from, dryRun: true });
  expect(JSON.parse(api.server.requests[0]?.body.toString() ?? "")).toEqual({
    ...{ from: "2030-01-31T10:00:00.000Z", dryRun: true },
  });
});

test.each([
  [(w: RemoteWebSub) => w.consumers.get({ ...ns, name: "" })],
  [(w: RemoteWebSub) => w.subscriptions.get({ ...ns, id: "" })],
  [(w: RemoteWebSub) => w.subscriptions.list({ namespace: "#" })],
  [(w: RemoteWebSub) => w.consumers.unlink({ ...ns, source: { event: "" }, id: "x" })],
  [(w: RemoteWebSub) => w.consumers.getReplay({ ...ns, id: "" })],
  [
    (w: RemoteWebSub) =>
      w.hub.publishContent({ ...ns, topic: "", contentType: "a/b", bytes: new Uint8Array() }),
  ],
  [
    (w: RemoteWebSub) =>
      w.hub.publishContent({ ...ns, topic: "t", contentType: "a/b\r\nx: y", bytes: new Uint8Array() }),
  ],
  [(w: RemoteWebSub) => w.consumers.tell({ ...ns, consumer: "../x", message: "m" })],
])("what no address or header can carry is refused without a request (%#)", async (ask) => {
  await using api = await paper(200);
  await expect(ask(api.webSub)).rejects.toMatchObject({ code: "invalid-input" });
  expect(api.server.requests).toHaveLength(0);
});

test("an answer that is something else is refused, whatever it is", async () => {
  await using api = await paper([
    json(200, { ...consumer, type: 5 }),
    json(200, { items: [{}], nextCursor: null }),
    json(200, { namespace: "a/b", consumers: [{ name: "x" }] }),
    json(200, []),
  ]);
  const { consumers, subscriptions } = api.webSub;
  for (const ask of [
    () => consumers.get(name),
    () => subscriptions.list(ns),
    () => consumers.stats(ns),
    () => consumers.getReplay({ ...ns, id: "r" }),
  ]) {
    await expect(ask()).rejects.toMatchObject({ code: "api-unreachable" });
  }
});
