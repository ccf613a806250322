import { expect, test } from "vitest";
import { type HubHabits, refusalOf } from "../rocks/hub-habits.ts";
import { sign } from "../rocks/sign.ts";
import { startSmallHub } from "../rocks/small-hub.ts";
import { DELIVERY_CHECKS } from "./delivery-checks.ts";
import { type HubCheck, REQUEST_CHECKS } from "./request-checks.ts";
import { HubFault, makeScene } from "./scene.ts";
import { startStage } from "./stage.ts";

// As with the suite's own tests: a check counts for something only if it fails the hub that has the fault.

const CHECKS = { ...REQUEST_CHECKS, ...DELIVERY_CHECKS };
type Name = keyof typeof CHECKS;
const NAMES = Object.keys(CHECKS) as Name[];

/** Those of the checks that the hub fails. */
const failuresOf = async (spoilt: Partial<HubHabits>, among: readonly Name[]): Promise<Name[]> => {
  const failed: Name[] = [];
  for (const name of among) {
    const check: HubCheck = CHECKS[name];
    await using hub = await startSmallHub(spoilt);
    await using stage = await startStage();
    await check(makeScene(stage, hub)).catch((error: unknown) => {
      if (!(error instanceof HubFault)) throw error;
      failed.push(name);
    });
  }
  return failed;
};

test("a right hub passes every check", async () => {
  expect(await failuresOf({}, NAMES)).toEqual([]);
});

const first = (text: string) => text.slice(0, 199);

test.each<[string, Partial<HubHabits>, Name[]]>([
  ["takes whatever it is sent", { refusal: () => null }, ["bad requests are refused with a reason"]],
  [
    "refuses without a word",
    { refusal: (form) => refusalOf(form) && "" },
    ["bad requests are refused with a reason"],
  ],
  [
    "counts characters of secrets",
    { refusal: (form) => (/^ü+$/.test(form.get("hub.secret") ?? "") ? null : refusalOf(form)) },
    ["bad requests are refused with a reason"],
  ],
  [
    "refuses secrets of 199 bytes",
    { refusal: (form) => ((form.get("hub.secret") ?? "").length > 190 ? "too long" : refusalOf(form)) },
    ["a secret of 199 bytes is taken, and used to the last"],
  ],
  [
    "cuts secrets",
    { signature: (secret, body) => secret && sign("sha256", first(secret).slice(0, 64), body) },
    ["a secret of 199 bytes is taken, and used to the last"],
  ],
  [
    "grants what is asked",
    {
      question: (query, form) =>
        form.has("hub.lease_seconds") && query.set("hub.lease_seconds", form.get("hub.lease_seconds") ?? ""),
    },
    ["leases are granted within bounds"],
  ],
  [
    "grants leases without end",
    { question: (query) => query.set("hub.lease_seconds", "0") },
    ["leases are granted within bounds"],
  ],
  [
    "uses one challenge",
    { question: (query) => query.set("hub.challenge", "always the same one"), agrees: () => true },
    [
      "each challenge is new and long",
      "only 2xx agrees",
      "only the challenge itself agrees",
      "an intent check is not redirected",
      "a renewal that is refused changes nothing",
      "the subscriber is asked before it loses its subscription",
    ],
  ],
  [
    "trims the challenge",
    { agrees: (answer, challenge) => answer?.status === 200 && answer.body.toString().trim() === challenge },
    ["only the challenge itself agrees"],
  ],
  [
    "looks at the status alone",
    { agrees: (answer) => answer?.status === 200 },
    ["only the challenge itself agrees"],
  ],
  [
    "looks at the body alone",
    { agrees: (answer, challenge) => answer?.body.toString() === challenge },
    ["only 2xx agrees"],
  ],
  [
    "follows redirects",
    { redirectsMax: 8 },
    ["an intent check is not redirected", "a delivery is not redirected, and is none"],
  ],
  ["keeps the first secret", { renew: (before) => before }, ["a renewal brings its own secret, or none"]],
  [
    "forgets whom it failed to reach",
    { ends: (status) => status === null || status >= 400 },
    ["a failed delivery does not end the subscription"],
  ],
  [
    "takes a redirect for an end",
    { ends: (status) => status !== null && status >= 300 && status < 400 },
    ["a delivery is not redirected, and is none", "410 ends the subscription"],
  ],
  ["never ends a subscription", { ends: () => false }, ["410 ends the subscription"]],
  ["fetches every topic", { fetchesAll: true }, ["topics without subscribers are not fetched"]],
  [
    "answers pings with 202",
    { answer: () => 202 },
    ["pings name topics by url or topic, one or many", "topics without subscribers are not fetched"],
  ],
  [
    "names the hub as self",
    { link: (hub) => `<${hub}>; rel="hub", <${hub}>; rel="self"` },
    ["the Link header names hub and topic in one line"],
  ],
  [
    "says what the type is",
    { contentType: (type) => type.split(";")[0] ?? "" },
    ["bytes and types pass as they are"],
  ],
  [
    "takes bytes for text",
    { body: ({ bytes }) => Buffer.from(bytes.toString("utf8")) },
    ["bytes and types pass as they are"],
  ],
])("a hub that %s fails", async (_, spoilt, expected) => {
  expect(await failuresOf(spoilt, expected)).toEqual(expected);
});

test("a hub that keeps each request as a subscription of its own fails", async () => {
  let count = 0;
  const nameOf = ({ callback }: { callback: string }) => {
    count += 1;
    return `${callback} ${count}`;
  };
  const name = "many requests for a pair at once are one subscription";
  expect(await failuresOf({ nameOf }, [name])).toEqual([name]);
});

test("a hub that writes the topic anew fails", async () => {
  const question = (query: URLSearchParams) =>
    query.set("hub.topic", new URL(query.get("hub.topic") ?? "").href.toLowerCase());
  const name = "the topic's address is not written anew";
  expect(await failuresOf({ question }, [name])).toEqual([name]);
});

test("each check has a hub that fails it", async () => {
  const spoilt = await Promise.all(
    NAMES.map((name) => failuresOf({ verifies: false, refusal: () => null, answer: () => 500 }, [name])),
  );
  expect(spoilt.flat()).toEqual(NAMES);
});
