// WebSub in the functions, from the gateway's requests to what leaves by ticks: as hub, as subscriber, and for events.
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewayEvent, type Request } from "./fixtures/gateway.ts";
import { schedulerTick } from "./fixtures/scheduler.ts";
import { context, type Handler, openStage, type Stage } from "./support.ts";

type Answer = { statusCode: number; headers: Record<string, string>; body: string };

const FEED = `<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>urn:news</id>
<entry><id>urn:news:1</id><title>First</title><updated>2030-01-01T00:00:00Z</updated></entry></feed>`;
const ATOM = "application/atom+xml";

/** A site with a feed, a hub elsewhere, a subscriber that agrees to all, and a consumer. */
function answerOf(url: string) {
  const { pathname, searchParams } = new URL(url, "http://site.test");
  const challenge = searchParams.get("hub.challenge");
  if (challenge !== null) return { status: 200, body: challenge };
  if (pathname === "/feed") return { status: 200, headers: { "content-type": ATOM }, body: FEED };
  return pathname === "/their-hub" ? 202 : 204;
}

let stage: Stage;
let api: Handler;
let token: string;
beforeAll(async () => {
  stage = await openStage(({ url }) => answerOf(url));
  api = await stage.load("api");
  ({ token } = await stage.state.keys.create({ name: "t", namespaces: ["app"], permission: "write" }));
});
afterAll(() => stage[Symbol.asyncDispose]());

const ask = async (request: Request) => (await api(gatewayEvent(request), context())) as Answer;
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask({
    ...{ method: "POST", path, body: new URLSearchParams(fields).toString(), base64: true },
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  });
const put = (path: string, body: object) =>
  ask({
    ...{ method: "POST", path: `/v1/namespaces/app${path}`, body: JSON.stringify(body) },
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
/** What arrived at the site; ticks run until there is something, as the scheduler's would. */
async function arrived(method: string, path: string) {
  const tick = await stage.load("trigger");
  for (let ticks = 0; ticks < 20; ticks += 1) {
    await tick(schedulerTick, context());
    const found = stage.receiver.requests.find((one) => one.method === method && one.url.startsWith(path));
    if (found !== undefined) return found;
  }
  throw new Error(`no ${method} ${path} after 20 ticks`);
}

test("a subscriber is checked, and gets what a ping brings, signed", async () => {
  const callback = `${stage.receiver.url}/callback`;
  const topic = `${stage.receiver.url}/feed`;
  const wish = { "hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback };
  expect((await post("/hub/app", { ...wish, "hub.secret": "shared" })).statusCode).toBe(202);
  const check = await arrived("GET", "/callback");
  expect(new URL(check.url, callback).searchParams.get("hub.topic")).toBe(topic);
  expect((await post("/hub/app", { "hub.mode": "publish", "hub.url": topic })).statusCode).toBe(204);
  const content = await arrived("POST", "/callback");
  expect(content.body.toString()).toBe(FEED);
  const signature = `sha256=${createHmac("sha256", "shared").update(FEED).digest("hex")}`;
  expect(content.headers).toMatchObject({ "content-type": ATOM, "x-hub-signature": signature });
  expect(content.headers["link"]).toContain('<https://hooks.example.com/hub/app>; rel="hub"');
});

test("a subscription asks its hub, answers the check, takes a signed push, and its consumer gets the entry", async () => {
  const topic = `${stage.receiver.url}/feed`;
  const hub = `${stage.receiver.url}/their-hub`;
  const consumer = { name: "mine", type: "http", url: `${stage.receiver.url}/consumer` };
  expect((await put("/consumers", consumer)).statusCode).toBe(201);
  const wish = { id: "news", url: topic, hub, secret: "of-both", consumer: "mine" };
  expect((await put("/subscriptions", wish)).statusCode).toBe(201);
  const asked = new URLSearchParams((await arrived("POST", "/their-hub")).body.toString());
  const { origin, pathname: path } = new URL(asked.get("hub.callback") ?? "");
  expect(origin).toBe("https://hooks.example.com");
  const query = new URLSearchParams({
    ...{ "hub.mode": "subscribe", "hub.topic": topic },
    ...{ "hub.challenge": "c0ffee", "hub.lease_seconds": "86400" },
  });
  expect(await ask({ path, query: query.toString() })).toMatchObject({ statusCode: 200, body: "c0ffee" });
  const push = async (secret: string) =>
    ask({
      ...{ method: "POST", path, body: FEED, base64: true },
      headers: {
        "content-type": ATOM,
        "x-hub-signature": `sha256=${createHmac("sha256", secret).update(FEED).digest("hex")}`,
      },
    });
  expect((await push("another")).statusCode).toBe(403);
  expect((await push("of-both")).statusCode).toBe(202);
  const message = JSON.parse((await arrived("POST", "/consumer")).body.toString());
  expect(message).toMatchObject({ data: { entry: { id: "urn:news:1", title: "First" } } });
});

test("events are for who has a key of their namespace", async () => {
  const callback = `${stage.receiver.url}/events`;
  const wish = { "hub.mode": "subscribe", "hub.topic": "orders.*", "hub.callback": callback };
  expect(await post("/subscriptions/app", wish)).toMatchObject({
    statusCode: 401,
    headers: { "www-authenticate": 'Bearer realm="hookclock"' },
  });
  const known = { authorization: `Bearer ${token}` };
  expect((await post("/subscriptions/other", wish, known)).statusCode).toBe(401);
  expect((await post("/subscriptions/app", wish, known)).statusCode).toBe(202);
  await arrived("GET", "/events");
  expect((await put("/events", { topic: "orders.paid", payload: { order: 17 } })).statusCode).toBe(202);
  expect(JSON.parse((await arrived("POST", "/events")).body.toString())).toEqual({ order: 17 });
});
