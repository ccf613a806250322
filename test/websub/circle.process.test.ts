// The whole circle over HTTP, with the library as anybody has it: our subscriber at our own hub, and a consumer behind it.
import { createHmac } from "node:crypto";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { atom, type Circle, openCircle } from "./circle-site.ts";

// Many go on at the same time, and each waits for seconds that the hub gathers pings in.
vi.setConfig({ testTimeout: 120_000 });

let database: LocalDatabase;
let circle: Circle;
beforeAll(async () => {
  database = await startDynalite();
  circle = await openCircle(database, { renewAfterSeconds: 1, hub: { leaseSecondsMin: 1 } });
});
afterAll(async () => {
  await circle[Symbol.asyncDispose]();
  await database.stop();
});

/** Renewed at half its time: short enough to wait for, long enough for a machine that is busy. */
const LEASE_S = 12;
const ATOM = "application/atom+xml";
const titles = (namespace: string) => circle.received(namespace).map(({ data }) => data.entry?.title);
const subscription = (namespace: string) => circle.webSub.subscriptions.get({ namespace, id: "news" });

test.concurrent("page, feed, hub, check, ping, signed delivery, renewal, end: all of it, each message once", async ({
  expect,
}) => {
  const namespace = "whole";
  const { webSub, site } = circle;
  const feed = `${site.url}/${namespace}/topic`;
  circle.showAt("/blog", {
    type: "text/html",
    body: `<html><head><link rel="alternate" type="${ATOM}" href="/${namespace}/topic"></head></html>`,
  });
  circle.show(namespace, ATOM, atom([]));
  await circle.consume(namespace);
  const begun = await circle.subscribe(namespace, `${site.url}/blog`, LEASE_S);
  const found = { topic: feed, hub: circle.product.hubUrl(namespace), state: "active", signed: true };
  expect(begun).toMatchObject({ ...found, lease: { leaseSeconds: LEASE_S } });

  circle.show(namespace, ATOM, atom([["urn:1", "first"]]));
  expect(await circle.ping(namespace)).toBe(204);
  expect(titles(namespace)).toEqual(["first"]);
  expect(circle.received(namespace)[0]).toMatchObject({ type: "hookclock.entry", data: { topic: feed } });
  const before = await circle.callback(namespace);

  const isRenewed = async () => {
    const { state, lease } = (await subscription(namespace)) ?? {};
    return state === "active" && lease?.confirmedDate !== begun?.lease?.confirmedDate;
  };
  await expect.poll(isRenewed, { timeout: 60_000, interval: 100 }).toBe(true);
  const all = [1, 2].map((n) => [`urn:${n}`, n === 1 ? "first" : "second"] as const);
  circle.show(namespace, ATOM, atom(all));
  await circle.ping(namespace);
  expect(titles(namespace)).toEqual(["first", "second"]);
  // The callback changed with the renewal; the one before is over with its lease (410), and after some more renewals it is
  // forgotten (404).
  const stale = async () => (await fetch(before, { method: "POST", body: "x" })).status;
  await expect.poll(stale, { timeout: 60_000, interval: 100 }).toBeOneOf([404, 410]);

  await webSub.subscriptions.remove({ namespace, id: "news" });
  await expect
    .poll(async () => (await subscription(namespace))?.state, { timeout: 60_000 })
    .toBe("unsubscribed");
  circle.show(namespace, ATOM, atom([...all, ["urn:3", "third"]]));
  await circle.ping(namespace);
  expect(titles(namespace)).toEqual(["first", "second"]);
  const { items } = await webSub.hub.list({ namespace, topic: feed, limit: 10 });
  expect(items.filter(({ state }) => state !== "over")).toEqual([]);
});

/** Subscribed to a feed that is there, with a consumer behind it. */
async function subscribed(namespace: string): Promise<string> {
  circle.show(namespace, ATOM, atom([]));
  await circle.consume(namespace);
  expect(await circle.subscribe(namespace)).toMatchObject({ state: "active" });
  return circle.callback(namespace);
}

test.concurrent("content with a forged signature, or none, is refused and counted, and goes nowhere", async () => {
  const namespace = "forged";
  const callback = await subscribed(namespace);
  const body = atom([["urn:evil", "evil"]]);
  const forged = `sha256=${createHmac("sha256", "a guess").update(body).digest("hex")}`;
  for (const signature of [forged, "sha256=", "md5=00", forged.slice(0, -1), ""]) {
    const headers = { "content-type": ATOM, ...(signature === "" ? {} : { "x-hub-signature": signature }) };
    const answer = await fetch(callback, { method: "POST", headers, body });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringMatching(/signature/)]);
  }
  await circle.product.settled(namespace);
  expect(circle.received(namespace)).toEqual([]);
  expect(await subscription(namespace)).toMatchObject({
    state: "active",
    pushes: { received: 0, refused: 5 },
  });
});

test.concurrent("a check that is repeated by others changes nothing, and moves no lease", async () => {
  const namespace = "replayed";
  const callback = await subscribed(namespace);
  const before = await subscription(namespace);
  const check = (fields: Record<string, string>) =>
    fetch(`${callback}?${new URLSearchParams({ "hub.topic": circle.topicOf(namespace), ...fields })}`);
  const subscribe = { "hub.mode": "subscribe", "hub.challenge": "again" };
  // A hub that did not hear our answer may ask once more; its lease is not taken again.
  await check({ ...subscribe, "hub.lease_seconds": "99999999" });
  expect(await subscription(namespace)).toEqual(before);
  const strange = [
    { ...subscribe, "hub.mode": "unsubscribe" },
    { ...subscribe, "hub.topic": "http://other.example/" },
    { "hub.mode": "subscribe" },
  ];
  for (const fields of strange) expect((await check(fields)).status).toBe(404);
  const elsewhere = await fetch(`${callback}x?${new URLSearchParams(subscribe)}`);
  expect(elsewhere.status).toBe(404);
  expect(await subscription(namespace)).toEqual(before);

  await circle.webSub.subscriptions.remove({ namespace, id: "news" });
  await circle.product.settled(namespace);
  expect(await subscription(namespace)).toMatchObject({ state: "unsubscribed" });
  expect((await check(subscribe)).status).toBe(404);
  expect(await subscription(namespace)).toMatchObject({ state: "unsubscribed" });
});

test.concurrent("an answer that was right for an earlier check is none for a new one", async () => {
  const namespace = "stale";
  const { webSub, site, product } = circle;
  const terms = { "hub.topic": circle.topicOf(namespace), "hub.callback": `${site.url}/stale/callback` };
  const checks = () => site.requests.filter(({ url }) => url.startsWith("/stale/callback?"));
  const challengeOf = (url = "") => new URL(url, site.url).searchParams.get("hub.challenge") ?? "";
  for (const round of [1, 2]) {
    // In the second round: what would have been right in the first.
    const stale = challengeOf(checks().at(-1)?.url);
    circle.showAt("/stale/callback", { type: "text/plain", body: stale });
    const asked = await circle.knock(namespace, { "hub.mode": "subscribe", ...terms });
    expect(asked.status).toBe(202);
    await product.settled(namespace);
    expect(checks()).toHaveLength(round);
  }
  const { items } = await webSub.hub.list({ namespace, topic: terms["hub.topic"], limit: 10 });
  expect(items.filter(({ state }) => state === "active")).toEqual([]);
});

const PRIVATE = ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "http://127.0.0.2/"];

test.concurrent("P-1, P-6: what we publish directly is found by its page, subscribed to and brought, as it is", async () => {
  const namespace = "pages";
  const { webSub, product } = circle;
  const topic = `${product.hubUrl(namespace).replace(/\/hub\/.*/, "")}/topics/${namespace}/news.xml`;
  const publish = (titles: readonly string[]) => {
    const entries = titles.map((title) => [`urn:${title}`, title] as const);
    const bytes = Buffer.from(atom(entries));
    return webSub.hub.publishContent({ namespace, topic, contentType: ATOM, bytes });
  };
  expect((await fetch(topic)).status).toBe(404);
  await publish(["first"]);
  await circle.consume(namespace);
  const found = await circle.subscribe(namespace, topic);
  expect(found).toMatchObject({ topic, hub: product.hubUrl(namespace), state: "active" });
  await publish(["first", "second"]);
  await product.settled(namespace);
  expect(titles(namespace).toSorted()).toEqual(["first", "second"]);
  const page = await fetch(topic);
  expect([page.headers.get("content-type"), await page.text()]).toEqual([
    ATOM,
    atom([
      ["urn:first", "first"],
      ["urn:second", "second"],
    ]),
  ]);
});

test.concurrent.each(PRIVATE)("the hub takes neither callbacks nor topics at %s", async (address) => {
  const topic = circle.topicOf("private");
  const callback = `${circle.site.url}/private/callback`;
  for (const field of ["hub.callback", "hub.topic"]) {
    const fields = {
      "hub.mode": "subscribe",
      "hub.topic": topic,
      "hub.callback": callback,
      [field]: address,
    };
    const { status, text } = await circle.knock("private", fields);
    expect([status, text]).toEqual([400, expect.stringContaining(field)]);
  }
});

test.concurrent.each(PRIVATE)("subscriptions, hubs and consumers at %s are refused", async (address) => {
  const { webSub } = circle;
  const refused = { code: "egress-refused" };
  const namespace = "private";
  await expect(webSub.subscriptions.add({ namespace, url: address })).rejects.toMatchObject(refused);
  const url = circle.topicOf(namespace);
  await expect(webSub.subscriptions.add({ namespace, url, hub: address })).rejects.toMatchObject(refused);
  const consumer = { namespace, name: "mine", type: "http" as const, url: address };
  await expect(webSub.consumers.put(consumer)).rejects.toMatchObject(refused);
});

test.concurrent("a page that leads to a private address, by a redirect or by its hub, ends there", async () => {
  const ownHub = circle.product.hubUrl("leads-self");
  const page = (headers: Record<string, string>, status = 200) => ({
    type: "text/plain",
    body: "x",
    headers,
    status,
  });
  const ways = {
    hub: page({ link: '<http://10.0.0.1/hub>; rel="hub"' }),
    self: page({ link: `<${ownHub}>; rel="hub", <http://10.0.0.1/>; rel="self"` }),
    redirect: page({ location: "http://10.0.0.1/" }, 302),
  };
  for (const [way, shown] of Object.entries(ways)) {
    circle.showAt(`/leads/${way}`, shown);
    const found = await circle.subscribe(`leads-${way}`, `${circle.site.url}/leads/${way}`);
    const message = expect.stringContaining("leads to an address that is not public");
    expect(found).toMatchObject({ state: "failed", lastError: { message } });
  }
});
