import { isHookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import type { LinkInput } from "./linked-handler.ts";
import { createTestWorld } from "./test-world.ts";

const blog: LinkInput = { namespace: "app", source: { subscription: "blog" }, consumer: "hook" };

test("a handler is linked, replaced and unlinked by its source and id", async () => {
  const { consumers, clock } = createTestWorld();
  const first = await consumers.link({ ...blog, template: "{{entry.title}}", description: "news" });
  expect(first).toEqual({
    created: true,
    handler: {
      ...{ namespace: "app", id: "hook", source: { subscription: "blog" }, consumer: "hook", exact: false },
      ...{ filter: null, template: "{{entry.title}}", description: "news" },
      ...{ createdDate: "2030-01-01T00:00:00.000Z", updatedDate: "2030-01-01T00:00:00.000Z" },
    },
  });
  await clock.advance(1_000);
  const filter = { path: "entry.title", contains: "x" };
  const second = await consumers.link({ ...blog, filter });
  expect(second).toMatchObject({
    created: false,
    handler: {
      filter,
      template: null,
      createdDate: "2030-01-01T00:00:00.000Z",
      updatedDate: "2030-01-01T00:00:01.000Z",
    },
  });
  const key = { namespace: "app", source: blog.source, id: "hook" };
  expect((await consumers.listHandlers({ namespace: "app" })).items).toEqual([second.handler]);
  expect(await consumers.unlink(key)).toEqual(second.handler);
  expect(await consumers.unlink(key)).toBeNull();
  expect((await consumers.listHandlers({ namespace: "app" })).items).toEqual([]);
});

test("handlers are listed by namespace, source and consumer, a page at a time", async () => {
  const { consumers } = createTestWorld();
  const event = { event: "orders" };
  await consumers.link(blog);
  await consumers.link({ ...blog, consumer: "chat" });
  await consumers.link({ ...blog, source: event });
  await consumers.link({ ...blog, source: event, id: "other", consumer: "hook" });
  await consumers.link({ ...blog, namespace: "app2" });
  const all = await consumers.listHandlers({ namespace: "app" });
  expect(all.items.map(({ consumer, id }) => [consumer, id])).toEqual([
    ["chat", "chat"],
    ["hook", "hook"],
    ["hook", "other"],
    ["hook", "hook"],
  ]);
  const ofHook = await consumers.listHandlers({ namespace: "app", consumer: "hook", limit: 2 });
  expect(ofHook.items).toHaveLength(2);
  const rest = await consumers.listHandlers({
    ...{ namespace: "app", consumer: "hook", limit: 2, startKey: ofHook.nextKey ?? "" },
  });
  expect(rest).toMatchObject({ items: [{ consumer: "hook" }], nextKey: null });
  const ofBoth = await consumers.listHandlers({
    namespace: "app",
    source: { event: "ORDERS.*" },
    consumer: "hook",
  });
  expect(ofBoth.items.map(({ id }) => id)).toEqual(["hook", "other"]);
  const foreign = consumers.listHandlers({
    namespace: "app",
    consumer: "chat",
    startKey: ofHook.nextKey ?? "",
  });
  await expect(foreign).rejects.toMatchObject({ code: "invalid-cursor" });
});

test("a handler that changes its consumer is listed at the new one only", async () => {
  const { consumers } = createTestWorld();
  await consumers.link({ ...blog, id: "h" });
  await consumers.link({ ...blog, id: "h", consumer: "chat" });
  expect((await consumers.listHandlers({ namespace: "app", consumer: "hook" })).items).toEqual([]);
  expect((await consumers.listHandlers({ namespace: "app", consumer: "chat" })).items).toHaveLength(1);
});

test("cut off at any write, a handler is there or not, and linking again mends it", async () => {
  for (let cutAt = 0; cutAt < 3; cutAt += 1) {
    const world = createTestWorld();
    await world.consumers.link({ ...blog, id: "h" });
    let writes = 0;
    world.documents.beforeWrite = () => {
      if (writes++ === cutAt) throw new Error("cut off");
    };
    await world.consumers.link({ ...blog, id: "h", consumer: "chat" }).catch(() => {});
    world.documents.beforeWrite = () => {};
    const all = (await world.consumers.listHandlers({ namespace: "app" })).items;
    expect(all).toHaveLength(1);
    await world.consumers.link({ ...blog, id: "h", consumer: "chat" });
    const { items } = await world.consumers.listHandlers({ namespace: "app" });
    expect(items.map(({ consumer }) => consumer)).toEqual(["chat"]);
  }
});

test.each<[string, Record<string, unknown>, string]>([
  ["no source", { source: undefined }, "source"],
  ["two sources", { source: { subscription: "a", event: "b" } }, "source"],
  ["an empty subscription", { source: { subscription: "" } }, "source"],
  ["a source that is told", { source: { direct: true } }, "source"],
  ["a topic with an empty part", { source: { event: "a..b" } }, "source"],
  ["a topic with a star inside", { source: { event: "a.*.b" } }, "source"],
  ["a topic with half a star", { source: { event: "a.b*" } }, "source"],
  ["a topic with a slash", { source: { event: "a/b" } }, "source"],
  ["an exact star", { source: { event: "a.*" }, exact: true }, "exact"],
  ["an exact subscription", { exact: true }, "exact"],
  ["no consumer", { consumer: undefined }, "consumer"],
  ["a consumer that is none", { consumer: "a b" }, "consumer"],
  ["an id with a slash", { id: "a/b" }, "id"],
  ["a filter that is none", { filter: { path: "entry.title" } }, "filter"],
  ["a filter that is code", { filter: "entry.title == 'x'" }, "filter"],
  ["a template that is code", { template: "{{entry.title.trim()}}" }, "template {{entry.title.trim()}}"],
  ["a template that is none", { template: 7 }, "template"],
  ["a long description", { description: "x".repeat(1_001) }, "description"],
  ["a misspelt field", { filters: {} }, "filters"],
])("refused, and nothing is written: %s", async (_name, change, field) => {
  const world = createTestWorld();
  const error = await world.consumers
    .link({ ...blog, ...change } as LinkInput)
    .catch((caught: unknown) => caught);
  expect(isHookclockError(error) && error.field).toBe(field);
  expect(world.documents.dump()).toEqual([]);
});

test("linked once: a handler that is there keeps its filter, one that goes elsewhere is in the way", async () => {
  const { consumers } = createTestWorld();
  const once = { namespace: "app", source: { subscription: "blog" }, consumer: "hook" };
  expect(await consumers.linkOnce(once)).toMatchObject({ created: true, handler: { filter: null } });
  const filter = { path: "entry.title", contains: "x" };
  const { handler } = await consumers.link({ ...blog, filter });
  expect(await consumers.linkOnce(once)).toEqual({ created: false, handler });
  expect((await consumers.listHandlers({ namespace: "app", consumer: "hook" })).items).toEqual([handler]);
  await consumers.link({ ...blog, consumer: "other", id: "hook" });
  await expect(consumers.linkOnce(once)).rejects.toMatchObject({ code: "id-conflict", field: "consumer" });
});

test("a source that no key has room for is refused by name", async () => {
  const { consumers } = createTestWorld();
  const event = `a.${"é".repeat(120)}`;
  expect(await consumers.link({ ...blog, source: { event } })).toMatchObject({ created: true });
  for (const source of [{ event: `a.${"é".repeat(250)}` }, { subscription: "/".repeat(400) }]) {
    await expect(consumers.link({ ...blog, source })).rejects.toMatchObject({
      ...{ code: "invalid-input", field: "source", message: expect.stringContaining("longer than 800") },
    });
  }
});
