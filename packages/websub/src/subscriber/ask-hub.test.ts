import { expect, test } from "vitest";
import { type Asked, askHub } from "./ask-hub.ts";
import {
  added,
  advertised,
  createTestSubscriber,
  HUB,
  KEY,
  type Place,
  TOPIC,
  unreachable,
} from "./test-subscriber.ts";

const NEXT = "https://next.example/hub";

async function asked(places: Record<string, Place>, more: { needsHttps?: boolean } = {}) {
  const { world, places: web, requests } = createTestSubscriber();
  for (const [url, place] of Object.entries(places)) web.set(url, place);
  const signal = new AbortController().signal;
  const ask = { hub: HUB, form: "a=b", secrets: ["s&cret"], needsHttps: false, signal, ...more };
  const result: Asked = await askHub(world.web, ask, () => 0);
  return { result, requests };
}
const redirect =
  (status: number, location?: string): Place =>
  () => ({
    status,
    headers: location === undefined ? {} : { location },
  });

test.each([200, 202, 204])("S-R10: %d means taken", async (status) => {
  expect((await asked({ [HUB]: () => ({ status }) })).result).toEqual({ ok: true });
});

test.each([307, 308])("S-R10, D-3.3-8: %d sends the same request on, body and all", async (status) => {
  const { result, requests } = await asked({
    [HUB]: redirect(status, "https://next.example/hub"),
    [NEXT]: redirect(status, "/other"),
    "https://next.example/other": () => ({ status: 202 }),
  });
  expect(result).toEqual({ ok: true });
  expect(requests.map(({ method, url, body }) => [method, url, body])).toEqual([
    ["POST", HUB, "a=b"],
    ["POST", NEXT, "a=b"],
    ["POST", "https://next.example/other", "a=b"],
  ]);
});

test("S-R10: other redirects, circles and redirects to nowhere or to private places are refusals", async () => {
  const results = await Promise.all([
    asked({ [HUB]: redirect(302, NEXT), [NEXT]: () => ({ status: 202 }) }),
    asked({ [HUB]: redirect(307, HUB) }),
    asked({ [HUB]: redirect(308) }),
    asked({ [HUB]: redirect(308, "https://[::bad") }),
    asked({ [HUB]: redirect(307, "http://10.0.0.1/") }),
  ]);
  expect(results.map(({ result }) => !result.ok && [result.class, result.error])).toEqual([
    ["permanent", "status"],
    ["permanent", "redirects"],
    ["permanent", "redirect"],
    ["permanent", "redirect"],
    ["permanent", "egress-refused"],
  ]);
});

test("S-R7: a form with a secret is not sent on to where it could be read", async () => {
  const places = {
    [HUB]: redirect(307, "http://next.example/"),
    "http://next.example/": () => ({ status: 202 }),
  };
  const { result, requests } = await asked(places, { needsHttps: true });
  expect(result).toMatchObject({ ok: false, class: "permanent", error: "insecure-redirect" });
  expect(requests).toHaveLength(1);
  expect((await asked(places)).result).toEqual({ ok: true });
});

test("the hub's words are kept short, on one line and without secrets", async () => {
  const body = `bad\nsecret s&cret, encoded s%26cret ${"x".repeat(500)}`;
  const { result } = await asked({
    [HUB]: () => ({ status: 400, body, headers: { "content-type": "text/plain" } }),
  });
  const message = result.ok ? "" : result.message;
  expect(message).toMatch(
    /^"https:\/\/hub\.example\/" answered with status 400: bad secret \[redacted\], encoded/,
  );
  expect(message).not.toMatch(/cret,|%26/);
  expect(message.length).toBeLessThan(300);
  const page = await asked({
    [HUB]: () => ({ status: 403, body: "<html>", headers: { "content-type": "text/html" } }),
  });
  expect(page.result).toMatchObject({ message: '"https://hub.example/" answered with status 403' });
});

test.each([429, 503])("a %d is tried again, when the hub wants it", async (status) => {
  const { result } = await asked({ [HUB]: () => ({ status, headers: { "retry-after": "120" } }) });
  expect(result).toMatchObject({ class: "retryable", error: "status", retryAfterMs: 120_000 });
});

test("S-R9: a hub advertised as http is asked over https; where nobody answers there, as advertised", async () => {
  const world = await added();
  const plain = "http://hub.example/";
  world.places.set(TOPIC, advertised(plain));
  await world.run();
  expect(world.hub.asked).toHaveLength(1);
  expect(world.requests.at(-1)?.url).toBe(HUB);

  const other = await added({}, { id: "s2" });
  other.places.set(TOPIC, advertised(plain));
  other.places.set(HUB, () => unreachable("tls"));
  other.places.set(plain, (request) => other.hub.place(request));
  await other.run();
  expect(other.requests.slice(-2).map(({ url }) => url)).toEqual([HUB, plain]);
  // S-R7: what goes over http carries no secret.
  expect(other.hub.asked[0]?.secret).toBeNull();
});

test.each([
  [404, ["HUB", "plain"], "active"],
  [301, ["HUB", "plain"], "active"],
  // The hub itself says no: it would say so twice.
  [403, ["HUB"], "failed"],
])(
  "S-R9: https answers %i for a hub that is advertised as http: asked is %s",
  async (status, asked, state) => {
    const world = await added();
    const plain = "http://hub.example/";
    world.places.set(TOPIC, advertised(plain));
    world.places.set(HUB, () => ({ status, headers: { location: "https://elsewhere.example/" } }));
    world.places.set(plain, (request) => world.hub.place(request));
    await world.run();
    await world.hub.check();
    const posts = world.requests.filter(({ method }) => method === "POST");
    expect(posts.map(({ url }) => (url === HUB ? "HUB" : "plain"))).toEqual(asked);
    expect(await world.state()).toBe(state);
  },
);

test("S-R9, S-D4: of several hubs the https one is asked first, and the next when it refuses", async () => {
  const world = await added();
  const links = `<http://plain.example:8080/>; rel=hub, <${NEXT}>; rel=hub, <${HUB}>; rel=hub, <${TOPIC}>; rel=self`;
  world.places.set(TOPIC, () => ({ headers: { link: links } }));
  world.places.set(NEXT, () => ({ status: 400, body: "not you" }));
  await world.run();
  expect(world.requests.slice(1).map(({ url }) => url)).toEqual([NEXT, HUB]);
  await world.hub.check();
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "active", hub: HUB, lastError: null });
});

test.each([
  ["always", true, true],
  ["never", false, false],
  ["the user's own", "my own word", true],
])("S-R6, S-R7: a secret is sent %s", async (_, secret, isSent) => {
  const world = await added({}, { secret, hub: "http://hub.example:8080/" });
  world.places.set("http://hub.example:8080/", (request) => world.hub.place(request));
  await world.run();
  const sent = world.hub.asked[0]?.secret;
  expect(sent !== null).toBe(isSent);
  if (typeof secret === "string") expect(sent).toBe(secret);
});

test("a hub given by hand is asked for the URL itself, without a look at it", async () => {
  const world = await added({}, { hub: HUB, url: "https://blog.example/page" });
  await world.run();
  expect(world.requests.map(({ method, url }) => [method, url])).toEqual([["POST", HUB]]);
  expect(world.hub.asked[0]?.topic).toBe("https://blog.example/page");
});

test("S-R8, D-3.3-4: hubs of before the standard get their word; it is not sent without being asked for", async () => {
  const world = await added({}, { legacyVerifyToken: true });
  await world.run();
  const { form } = world.hub.asked[0] ?? {};
  expect(form?.getAll("hub.verify")).toEqual(["async", "sync"]);
  expect(form?.get("hub.verify_token")).toMatch(/^[\w-]{43}$/);
  const standard = await added();
  await standard.run();
  expect([...(standard.hub.asked[0]?.form.keys() ?? [])].sort()).toEqual([
    "hub.callback",
    "hub.lease_seconds",
    "hub.mode",
    "hub.secret",
    "hub.topic",
  ]);
});
