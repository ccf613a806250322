import { afterAll, beforeAll, expect, test } from "vitest";
import { type Site, startSite } from "./site.ts";
import {
  inFormat,
  inHeaders,
  inMarkup,
  type SubscriberHabits,
  startSmallSubscriber,
} from "./small-subscriber.ts";
import { SUBSCRIBER_TESTS } from "./subscriber-tests.ts";
import type { RocksResult } from "./verdict.ts";

// As with hubs: every subscriber here has one fault, and must fail for it, where the suite looks at it and nowhere else.

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const resultsOf = async (spoilt: Partial<SubscriberHabits>): Promise<RocksResult[]> => {
  await using subscriber = await startSmallSubscriber(spoilt);
  const results: RocksResult[] = [];
  for (const { run } of SUBSCRIBER_TESTS) results.push(await run(site, subscriber));
  return results;
};
/** Error by number of the failed tests. */
const failuresOf = async (spoilt: Partial<SubscriberHabits>): Promise<{ [id: string]: string }> => {
  const failed = (await resultsOf(spoilt)).filter(({ passed }) => !passed);
  return Object.fromEntries(failed.map(({ id, error }) => [id, error ?? "no error"]));
};

const IDS = SUBSCRIBER_TESTS.map(({ id }) => id);
const IN_MARKUP = [101, 102, 103];
const only = (error: string, ...ids: number[]) => Object.fromEntries(ids.map((id) => [id, error]));
const allBut = (error: string, ...others: number[]) =>
  only(error, ...IDS.filter((id) => !others.includes(id)));

test("there is a test for each number of the suite", () => {
  expect(IDS).toEqual([100, 101, 102, 103, 104, 200, 201, 202, 203, 204, 205, 300, 301, 302]);
});

test("a right subscriber passes every test, and each step is told", async () => {
  const results = await resultsOf({});
  for (const result of results) {
    expect(result).toMatchObject({ passed: true });
    expect(result).not.toHaveProperty("error");
    expect(result.steps[0]).toEqual({ step: "discovery", ok: true, detail: "GET" });
    expect(result.steps[1]).toMatchObject({ step: "verification", ok: true });
  }
  const delivery = (id: number) =>
    results.find((one) => one.id === id)?.steps.find(({ step }) => step === "delivery")?.detail;
  for (const id of IDS.filter((id) => id <= 204 || id === 300)) expect(delivery(id)).toBe("200");
  expect(delivery(205)).toBeUndefined();
  expect([delivery(301), delivery(302)]).toEqual(["403", "403"]);
});

test("a subscriber that looks with HEAD first passes too", async () => {
  expect(await failuresOf({ readsFirst: "HEAD" })).toEqual({});
});

test.each<[string, SubscriberHabits["discovers"], { [id: string]: string }]>([
  [
    "does not read headers",
    [inMarkup],
    { ...allBut("not_subscribed", 104, ...IN_MARKUP), ...only("wrong_discovery_priority", 104) },
  ],
  ["does not read bodies", [inHeaders], only("not_subscribed", ...IN_MARKUP)],
  ["prefers bodies", [inMarkup, inHeaders], only("wrong_discovery_priority", 104)],
  ["knows no HTML", [inHeaders, inFormat("<feed"), inFormat("<rss")], only("not_subscribed", 101)],
  ["knows no Atom", [inHeaders, inFormat("<html"), inFormat("<rss")], only("not_subscribed", 102)],
  ["knows no RSS", [inHeaders, inFormat("<html"), inFormat("<feed")], only("not_subscribed", 103)],
])("a subscriber that %s", async (_, discovers, expected) => {
  expect(await failuresOf({ discovers })).toEqual(expected);
});

test("a subscriber that takes the page's own URL for the topic fails where they differ", async () => {
  const topic = ({ url }: { url: string }) => url;
  expect(await failuresOf({ topic })).toEqual(only("invalid_topic", 200, 201, 202));
});

test("a subscriber that follows no redirects of topics fails 201 and 202 alone", async () => {
  expect(await failuresOf({ followsTopic: false })).toEqual(only("not_discovered", 201, 202));
});

test("a subscriber that follows no redirects of hubs fails 203 and 204 alone", async () => {
  expect(await failuresOf({ hubRedirect: "ignore" })).toEqual(only("not_subscribed", 203, 204));
});

test("a subscriber that turns a redirected POST into a GET fails 203 and 204 alone", async () => {
  expect(await failuresOf({ hubRedirect: "turn into GET" })).toEqual(only("not_a_post", 203, 204));
});

test.each<[string, (form: URLSearchParams) => void, string]>([
  ["without a mode", (form) => form.delete("hub.mode"), "invalid_mode"],
  ["with an unknown mode", (form) => form.set("hub.mode", "follow"), "invalid_mode"],
  ["to unsubscribe", (form) => form.set("hub.mode", "unsubscribe"), "invalid_subscription"],
  ["without a callback", (form) => form.delete("hub.callback"), "missing_params"],
  ["without a topic", (form) => form.delete("hub.topic"), "missing_params"],
  ["with a callback by mail", (form) => form.set("hub.callback", "mailto:a@localhost"), "invalid_callback"],
  ["with a callback nowhere", (form) => form.set("hub.callback", "http://no.invalid/"), "invalid_callback"],
  ["for another topic", (form) => form.append("hub.topic", "x"), ""],
  ["for a longer topic", (form) => form.set("hub.topic", `${form.get("hub.topic")}#`), "invalid_topic"],
  ["with a secret of 201 bytes", (form) => form.set("hub.secret", "x".repeat(201)), "invalid_secret"],
  [
    "with a callback that is not its own",
    (form) => form.set("hub.callback", site.url),
    "verification_failed",
  ],
])("a subscriber that asks %s", async (_, form, error) => {
  const expected = error === "" ? {} : only(error, ...IDS);
  // What does not answer with the challenge, answers 404 to everything, as 205 wants it.
  if (error === "verification_failed") delete expected["205"];
  expect(await failuresOf({ form })).toEqual(expected);
});

test("a subscriber that asks in JSON fails", async () => {
  expect(await failuresOf({ formType: "application/json" })).toEqual(only("invalid_mode", ...IDS));
});

test("a subscriber that sends no secret fails 301 and 302 alone", async () => {
  const form = (one: URLSearchParams) => one.delete("hub.secret");
  expect(await failuresOf({ form })).toEqual(only("missing_secret", 301, 302));
});

test("a subscriber that remembers too late what it asked for fails, as its hub verifies at once", async () => {
  expect(await failuresOf({ isRemembered: "after" })).toEqual(allBut("verification_failed", 205));
});

test.each<[string, SubscriberHabits["agree"]]>([
  ["nothing", () => 200],
  ["a line more", (challenge) => ({ body: `${challenge}\n` })],
  ["JSON", (challenge) => ({ body: JSON.stringify({ challenge }) })],
  ["a failure", (challenge) => ({ status: 500, body: challenge })],
])("a subscriber that answers the intent check with %s fails", async (_, agree) => {
  expect(await failuresOf({ agree })).toEqual(allBut("verification_failed", 205));
});

test("a subscriber that agrees to any topic fails 205 alone", async () => {
  expect(await failuresOf({ checksTopic: false })).toEqual(only("invalid_topic_not_refused", 205));
});

test.each([400, 403, 410, 204, 500])(
  "a subscriber that disagrees with %i fails 205 alone",
  async (status) => {
    expect(await failuresOf({ disagree: status })).toEqual(only("invalid_topic_not_refused", 205));
  },
);

test("a subscriber that takes no content fails 300 alone", async () => {
  expect(await failuresOf({ receive: () => 500 })).toEqual(only("not_2xx", 300));
});

test("a subscriber that takes unsigned content fails 302 alone", async () => {
  const receive: SubscriberHabits["receive"] = (verdict) => (verdict === "wrong" ? 403 : 202);
  expect(await failuresOf({ receive })).toEqual(only("unsigned_taken", 302));
});

test("a subscriber that answers 2xx to a wrong signature passes, and is reminded", async () => {
  const results = await resultsOf({ receive: (verdict) => (verdict === "missing" ? 403 : 202) });
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(results.find(({ id }) => id === 301)?.steps.at(-1)?.detail).toContain("must not be processed");
});

test("a subscriber that subscribes twice fails where there must be one", async () => {
  await using subscriber = await startSmallSubscriber();
  const subscribe: typeof subscriber.subscribe = async (url, options) => {
    await subscriber.subscribe(url, options);
    await subscriber.subscribe(url, options);
  };
  const results: RocksResult[] = [];
  for (const { run } of SUBSCRIBER_TESTS) results.push(await run(site, { subscribe, isDoneAtOnce: true }));
  const failed = results.filter(({ passed }) => !passed);
  expect(failed.map(({ id, error }) => [id, error])).toEqual(
    [300, 301, 302].map((id) => [id, "not_one_subscription"]),
  );
});

test("a subscriber that does nothing, or cannot, fails", async () => {
  for (const { run } of SUBSCRIBER_TESTS) {
    const idle = await run(site, { subscribe: async () => {}, timeoutMs: 20 });
    expect(idle).toMatchObject({ passed: false, error: "not_discovered" });
    const failing = await run(site, { subscribe: () => Promise.reject(new Error("no idea how")) });
    expect(failing).toMatchObject({ passed: false, error: "not_discovered" });
    expect(failing.steps.at(-1)?.detail).toBe("no idea how");
  }
});

test("a subscriber that calls its subscription failed, fails", async () => {
  await using subscriber = await startSmallSubscriber();
  const subscribe: typeof subscriber.subscribe = async (url, options) => {
    await subscriber.subscribe(url, options);
    throw new Error("lost it");
  };
  for (const { id, run } of SUBSCRIBER_TESTS) {
    const error = id === 205 ? undefined : "gave_up";
    expect((await run(site, { subscribe })).error).toBe(error);
  }
});

test("a subscriber that takes its time is waited for", async () => {
  await using subscriber = await startSmallSubscriber();
  const later: Promise<string>[] = [];
  const subscribe: typeof subscriber.subscribe = async (url, options) => {
    later.push(subscriber.subscribe(url, options).then(() => "done", String));
  };
  for (const { run } of SUBSCRIBER_TESTS)
    expect(await run(site, { subscribe })).toMatchObject({ passed: true });
  const refused = (await Promise.all(later)).filter((said) => said !== "done");
  expect(refused).toEqual(["Error: the hub answered 400"]);
});
