import { expect, test } from "vitest";
import { discover } from "../discovery/discover.ts";
import type { HubSettings } from "../ports.ts";
import { agreeing, CALLBACK, createTestHub, subscription } from "./test-hub.ts";

const PAGE = "https://hub.example/topics/app/news";
const PATH = "/topics/app/news";

type Given = { topic?: string; text?: string; contentType?: string; id?: string; namespace?: string };
const opened = (hub: Partial<HubSettings> = {}) => {
  const test = createTestHub({ hub });
  return {
    ...test,
    publish: ({ topic = PAGE, text = "<p>1</p>", contentType = "text/html", ...more }: Given = {}) =>
      test.hub.publishContent({ namespace: "app", ...more, topic, contentType, bytes: Buffer.from(text) }),
    page: (headers: Record<string, string> = {}, url = PATH) => test.hub.page({ url, headers }),
  };
};
const textOf = (page: { body?: Uint8Array } | null) => Buffer.from(page?.body ?? []).toString();
const contents = (hub: ReturnType<typeof opened>) =>
  hub.documents.dump().filter(({ pk }) => pk.includes("/content/page-"));

test("P-1, P-2: what is published here has a page, with one self and a hub, and with its own bytes and type", async () => {
  const hub = opened();
  expect(await hub.page()).toBeNull();
  await hub.publish({ text: "é", contentType: "Text/HTML; charset=x" });
  const page = await hub.page();
  expect(page?.status).toBe(200);
  expect(textOf(page)).toBe("é");
  expect(page?.headers?.["content-type"]).toBe("Text/HTML; charset=x");
  expect(page?.headers?.["link"]).toBe(`<https://hub.example/hub/app>; rel="hub", <${PAGE}>; rel="self"`);
  const found = discover({ url: PAGE, headers: { ...page?.headers }, body: page?.body ?? new Uint8Array() });
  expect(found).toMatchObject({ hubs: ["https://hub.example/hub/app"], self: PAGE });
});

test("P-5: a page has one representation, whatever is asked for", async () => {
  const hub = opened();
  await hub.publish({ text: "{}", contentType: "application/json" });
  const asked = await hub.page({ accept: "text/html", "accept-language": "de" });
  expect(asked).toEqual(await hub.page());
  expect(asked?.headers?.["content-type"]).toBe("application/json");
});

test("what comes from a publisher can run nothing at the address of the API", async () => {
  const hub = opened();
  await hub.publish({ text: "<script>1</script>" });
  const known = await hub.page({ "if-none-match": "*" });
  for (const answer of [await hub.page(), known]) {
    expect(answer?.headers).toMatchObject({
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache",
    });
  }
});

test("who has it already is told so, by tag before date", async () => {
  const hub = opened();
  await hub.publish();
  const { etag = "", "last-modified": modified = "" } = (await hub.page())?.headers ?? {};
  expect(etag).toMatch(/^"[\w-]{43}"$/);
  const status = async (headers: Record<string, string>) => (await hub.page(headers))?.status;
  expect(await status({ "if-none-match": etag })).toBe(304);
  expect(await status({ "if-none-match": `"x", W/${etag}` })).toBe(304);
  expect(await status({ "if-modified-since": modified })).toBe(304);
  expect(await status({ "if-none-match": '"x"', "if-modified-since": modified })).toBe(200);
  expect(await status({ "if-modified-since": "yesterday" })).toBe(200);
  await hub.pass(5_000);
  await hub.publish();
  expect(await status({ "if-none-match": etag, "if-modified-since": modified })).toBe(304);
  expect(await status({ "if-modified-since": modified })).toBe(304);
  await hub.publish({ text: "<p>2</p>" });
  expect([await status({ "if-none-match": etag }), await status({ "if-modified-since": modified })]).toEqual([
    200, 200,
  ]);
});

test("what was published last is shown, a late repeat of an older one is not, and the rest is not kept", async () => {
  const hub = opened();
  await hub.publish({ text: "one", id: "1" });
  await hub.pass(1_000);
  await hub.publish({ text: "two", id: "2" });
  await hub.pass(1_000);
  await hub.publish({ text: "one", id: "1" });
  expect(textOf(await hub.page())).toBe("two");
  expect(contents(hub)).toHaveLength(1);
});

test("who asks again and again reads one row each time, and not the content", async () => {
  const hub = opened();
  await hub.publish({ text: "x".repeat(400_000) });
  await hub.page();
  let lists = 0;
  const { list } = hub.documents;
  hub.documents.list = (...given) => {
    lists += 1;
    return list(...given);
  };
  for (let n = 0; n < 5; n += 1) expect((await hub.page())?.body).toHaveLength(400_000);
  expect(lists).toBe(0);
});

test("many at once end in one of them, whole", async () => {
  const hub = opened();
  const texts = Array.from({ length: 8 }, (_, n) => String(n).repeat(400_000));
  await Promise.all(texts.map((text) => hub.publish({ text })));
  expect(texts).toContain(textOf(await hub.page()));
  expect(contents(hub)).toHaveLength(2);
});

test("cut off anywhere, publishing again with the same id shows it", async () => {
  for (let writes = 0; writes < 8; writes += 1) {
    const hub = opened();
    await hub.publish({ text: "old" });
    await hub.pass(1_000);
    let left = writes;
    hub.documents.beforeWrite = () => {
      if (left-- === 0) throw new Error("cut off");
    };
    await hub.publish({ text: "new", id: "n" }).catch(() => {});
    hub.documents.beforeWrite = () => {};
    expect(["old", "new"]).toContain(textOf(await hub.page()));
    await hub.publish({ text: "new", id: "n" });
    expect(textOf(await hub.page())).toBe("new");
  }
});

test("topics elsewhere, and below the address of another namespace, have no page", async () => {
  const hub = opened();
  await hub.publish({ topic: "https://pub.example/feed" });
  await hub.publish({ topic: "https://hub.example/topics/other/news" });
  await hub.publish({ namespace: "other" });
  expect(hub.documents.dump().filter(({ pk }) => pk.endsWith("/page"))).toEqual([]);
  expect(await hub.page({}, "/topics/other/news")).toBeNull();
  expect(await hub.page()).toBeNull();
});

test("a policy that keeps subscribers out keeps readers out as well, unless the owner says otherwise", async () => {
  const shown = async (settings: Partial<HubSettings>) => {
    const hub = opened(settings);
    await hub.publish();
    return (await hub.page()) !== null;
  };
  const no = () => "no";
  expect(await shown({ policy: { callback: () => null } })).toBe(false);
  expect(await shown({ policy: { topic: no } })).toBe(false);
  expect(await shown({ policy: { topic: (topic) => (topic === PAGE ? null : "no") } })).toBe(true);
  expect(await shown({ policy: { publisher: no } })).toBe(true);
  expect(await shown({ policy: { callback: no, topic: no }, publicPages: true })).toBe(true);
  expect(await shown({ publicPages: false })).toBe(false);
});

test("a ping for what is published here fetches nothing: its subscribers have it", async () => {
  const hub = opened();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription({ "hub.topic": PAGE }));
  await hub.run();
  await hub.publish();
  await hub.run();
  expect((await hub.post({ "hub.mode": "publish", "hub.url": PAGE })).status).toBe(204);
  await hub.pass(5_000, 1_000);
  expect(hub.at(PAGE)).toEqual([]);
  expect(hub.at(CALLBACK, "POST")).toHaveLength(1);
});
