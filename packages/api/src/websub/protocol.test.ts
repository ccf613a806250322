import type { ContentReply, WebReply } from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiWebSub } from "../ports.ts";
import { openApi, type TestApi } from "../test-support.ts";

type Seen = { door: string; namespace: string; contentType?: string; body?: Uint8Array } & Record<
  string,
  unknown
>;
const seen: Seen[] = [];
const take =
  (door: string, reply: WebReply) =>
  async (input: object): Promise<WebReply> => {
    seen.push({ door, ...input } as Seen);
    return reply;
  };
/** Only its doors. */
const websub = {
  hub: {
    request: take("hub", { status: 202 }),
    page: async ({ url }: { url: string }): Promise<ContentReply | null> => {
      seen.push({ door: "page", namespace: "", url });
      if (url.includes("none")) return null;
      if (url.includes("known")) return { status: 304, headers: { etag: '"1"' } };
      const headers = {
        "content-type": "text/x",
        "cache-control": "no-cache",
        "content-security-policy": "sandbox",
      };
      return { status: 200, headers, body: Uint8Array.of(0xff, 0, 0xfe) };
    },
  },
  events: {
    request: take("events", { status: 400, headers: { "content-type": "application/json" }, body: "{}" }),
  },
  subscriptions: {
    answerCheck: take("check", { status: 200, headers: { "content-type": "text/plain" }, body: "challenge" }),
    receive: take("push", { status: 204 }),
  },
  contentBytesMax: 100_000,
} as unknown as ApiWebSub;

/** Nothing here asks the database. */
const NOWHERE = "http://127.0.0.1:1";
let api: TestApi;
beforeAll(async () => {
  api = await openApi(NOWHERE, { websub });
});
afterAll(() => api.close());
const send = (path: string, init?: RequestInit) => api.app.request(`http://api.test${path}`, init);
const form = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } };

test("no key is asked for, and a namespace that is not named is the default one", async () => {
  expect((await send("/hub", { ...form, body: "hub.mode=subscribe" })).status).toBe(202);
  expect((await send("/hub/of%20mine", { ...form, body: "a=%C3%A9" })).status).toBe(202);
  const [first, second] = seen.splice(0);
  expect(first).toMatchObject({
    door: "hub",
    namespace: "default",
    contentType: form.headers["content-type"],
  });
  expect(second).toMatchObject({ namespace: "of mine" });
  expect(Buffer.from(second?.body ?? []).toString()).toBe("a=%C3%A9");
});

test("of who subscribes to events it is said whether they have a key that may read the namespace", async () => {
  const reads = await api.tokenFor({ namespaces: ["app"], permission: "read" });
  const all = await api.tokenFor({ namespaces: ["*"], permission: "admin" });
  const others = await api.tokenFor({ namespaces: ["other"], permission: "admin" });
  const asked: [string | null, boolean][] = [
    [`Bearer ${reads}`, true],
    [`Bearer ${all}`, true],
    [`Bearer ${others}`, false],
    [`Bearer ${reads}x`, false],
    ["Basic YTpi", false],
    [null, false],
  ];
  for (const [authorization] of asked) {
    const headers = { ...form.headers, ...(authorization === null ? {} : { authorization }) };
    await send("/subscriptions/app", { ...form, headers, body: "x" });
  }
  expect(seen.splice(0).map(({ mayRead }) => mayRead)).toEqual(asked.map(([, may]) => may));
});

test("an answer arrives as it was given, without a body where there is none", async () => {
  const answer = await send("/subscriptions", { ...form, body: "x" });
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
    400,
    "application/json",
    "{}",
  ]);
  const check = await send("/callbacks/app/s%2F1/tok?hub.challenge=a%26b&hub.mode=subscribe");
  expect([check.status, await check.text()]).toEqual([200, "challenge"]);
  expect((await send("/callbacks/app/s%2F1/tok", { method: "POST", body: "\u0000raw" })).status).toBe(204);
  const [, asked, push] = seen.splice(0);
  expect(asked).toMatchObject({ door: "check", namespace: "app", id: "s/1", token: "tok" });
  expect(String(asked?.["query"])).toBe("hub.challenge=a%26b&hub.mode=subscribe");
  expect(Buffer.from(push?.body ?? []).toString()).toBe("\u0000raw");
});

test("too large is refused before it is taken, a wrong method says what is allowed, a broken path is no fault", async () => {
  expect((await send("/hub", { ...form, body: "x".repeat(65_537) })).status).toBe(413);
  const wrong = await send("/hub", { method: "GET" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await send("/hub/%zz", form)).status).toBe(400);
  expect(seen).toEqual([]);
});

test("of a push that is too large its subscription is told, without the content", async () => {
  const push = (body: string) => send("/callbacks/a/b/c", { method: "POST", body });
  expect((await push("x".repeat(100_001))).status).toBe(204);
  const place = { namespace: "a", id: "b", token: "c" };
  expect(seen.splice(0)).toEqual([
    { door: "push", ...place, headers: { "content-type": "text/plain;charset=UTF-8" }, body: null },
  ]);
});

test("the log names the door and not the token behind it", async () => {
  const before = api.requests.length;
  await send("/callbacks/app/s1/very-secret");
  const [entry] = api.requests.slice(before);
  expect(entry).toMatchObject({
    route: "/callbacks/{namespace}/{id}/{token}",
    namespace: "app",
    status: 200,
  });
  expect(JSON.stringify(entry)).not.toContain("very-secret");
});

test("without a WebSub part there is nothing at these doors", async () => {
  const bare = await openApi(NOWHERE);
  expect((await bare.app.request("http://api.test/hub", { ...form, body: "x" })).status).toBe(404);
  await bare.close();
});

test("the page of a topic is asked for as its URL was written, and its bytes arrive untouched", async () => {
  seen.splice(0);
  const page = await send("/topics/my%20app/a%3Ab/c?x=%2F&y");
  expect([page.status, new Uint8Array(await page.arrayBuffer())]).toEqual([
    200,
    Uint8Array.of(0xff, 0, 0xfe),
  ]);
  expect(seen.splice(0)).toMatchObject([{ url: "/topics/my%20app/a%3Ab/c?x=%2F&y" }]);
  expect(Object.fromEntries(page.headers)).toMatchObject({
    "content-type": "text/x",
    "content-security-policy": "sandbox",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  });
});

test("HEAD tells the same without the content, 304 has none, and what is not there is a problem", async () => {
  const head = await send("/topics/app/a", { method: "HEAD" });
  expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([200, "text/x", ""]);
  const known = await send("/topics/app/known");
  expect([known.status, known.headers.get("etag"), await known.text()]).toEqual([304, '"1"', ""]);
  const none = await send("/topics/app/none");
  expect([none.status, await none.json()]).toMatchObject([404, { code: "not-found" }]);
  expect((await send("/topics/app/a", { method: "DELETE" })).status).toBe(405);
  expect((await send("/topics/app")).status).toBe(404);
});
