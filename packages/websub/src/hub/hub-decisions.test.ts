import fc from "fast-check";
import { expect, test } from "vitest";
import { eventTopicUrlOf, hubUrlOf, linkHeader } from "./addresses.ts";
import { denialUrl, verificationUrl, withParameters } from "./callback-url.ts";
import { grantedLease, leaseWish } from "./lease.ts";
import {
  CHECK_EVERY_MS,
  checkTimeOf,
  confirmed,
  ended,
  forgottenAt,
  gone,
  type HubSubscription,
  isLive,
  isPending,
  PENDING_MS,
  refused,
  requested,
  type SubscriptionRequest,
} from "./subscription.ts";
import { advanced, type Update } from "./update.ts";
import { verdictOf } from "./verification.ts";

const request = (id: string, more: Partial<SubscriptionRequest> = {}): SubscriptionRequest => ({
  ...{ id, mode: "subscribe", topic: "https://t.example/", callback: "https://c.example/" },
  ...{ leaseSeconds: 600, secret: null, exact: false, requestedAt: 1_000 },
  ...more,
});
const row = (id = "a", more: Partial<SubscriptionRequest> = {}): HubSubscription =>
  requested(null, request(id, more), 1_000);
const active = (secret: string | null = null): HubSubscription => {
  const made = confirmed(row("a", { secret }), "a", 2_000);
  if (made === null) throw new Error("not confirmed");
  return made;
};

test("T-3: a request stands beside what is in force; the newest takes the place of the one before", () => {
  const before = active("old");
  const first = requested(before, request("b", { secret: "b" }), 5_000);
  const second = requested(first, request("c", { secret: "c" }), 6_000);
  expect(second.active).toEqual(before.active);
  expect([second.pending?.id, second.latest]).toEqual(["c", "c"]);
  expect(confirmed(second, "b", 7_000)).toBeNull();
  expect(refused(second, "b", { message: "x", at: 7_000 })).toBeNull();
  expect(confirmed(second, "c", 7_000)?.active).toMatchObject({ id: "c", secret: "c", expiresAt: 607_000 });
});

test("H-V6: refused changes nothing but that it is noted", () => {
  const before = requested(active("old"), request("b", { secret: "b" }), 5_000);
  const after = refused(before, "b", { message: "no", at: 9_000 });
  expect(after).toEqual({ ...before, pending: null, lastError: { message: "no", at: 9_000 } });
});

test("T-5: confirming replaces all terms in one step, so that no secret outlives the wish to have one", () => {
  const after = confirmed(requested(active("old"), request("b"), 5_000), "b", 6_000);
  expect(after?.active).toMatchObject({ id: "b", secret: null });
  expect(JSON.stringify(after)).not.toContain("old");
});

test("H-L1: in force until the last moment of the lease and not in it", () => {
  const one = active();
  expect([isLive(one, 601_999), isLive(one, 602_000), isLive(row(), 0)]).toEqual([true, false, false]);
});

test("H-C6: 410 ends what it was sent to, not what was confirmed meanwhile, and keeps a request that waits", () => {
  expect(gone(active("s"), "a", 9)).toMatchObject({ active: null, ended: { reason: "gone", at: 9 } });
  expect(gone(active(), "another", 9)).toBeNull();
  expect(gone(requested(active(), request("b"), 5), "a", 9)?.pending?.id).toBe("b");
});

test("what has ended has no secret left and can be forgotten after a day; what is in force cannot", () => {
  const over = ended(requested(active("s"), request("b", { secret: "s" }), 5), "denied", 10_000, "b");
  expect(JSON.stringify(over)).not.toContain('"s"');
  expect(forgottenAt(over)).toBe(10_000 + 86_400_000);
  expect(forgottenAt(active())).toBe(602_000 + 86_400_000);
  expect(isPending(row(), 1_000 + PENDING_MS - 1)).toBe(true);
  expect(isPending(row(), 1_000 + PENDING_MS)).toBe(false);
});

test("checks of one pair are a second apart, whatever the clock does", () => {
  const at = (checkAt: number): HubSubscription => ({ ...row(), checkAt });
  expect(checkTimeOf(null, 50_000)).toBe(50_000);
  expect(checkTimeOf(at(10_000), 50_000)).toBe(50_000);
  expect(checkTimeOf(at(50_000), 50_000)).toBe(50_000 + CHECK_EVERY_MS);
  expect(checkTimeOf(at(49_700), 50_000)).toBe(50_700);
  expect(checkTimeOf(at(50_600), 50_000)).toBe(50_600);
  expect(checkTimeOf(at(9_999_999), 50_000)).toBe(51_000);
});

test("H-R7, H-L2: any wish ends up within the bounds", () => {
  const bounds = { defaultSeconds: 864_000, minSeconds: 300, maxSeconds: 2_592_000 };
  fc.assert(
    fc.property(fc.option(fc.nat(), { nil: undefined }), (wish) => {
      const granted = grantedLease(wish, bounds);
      expect(granted).toBeGreaterThanOrEqual(bounds.minSeconds);
      expect(granted).toBeLessThanOrEqual(bounds.maxSeconds);
    }),
  );
  expect(grantedLease(undefined, bounds)).toBe(864_000);
});

test("a wish is a positive whole number and nothing else", () => {
  expect([leaseWish("1"), leaseWish("007"), leaseWish("9".repeat(400))]).toEqual([
    1,
    7,
    Number.MAX_SAFE_INTEGER,
  ]);
  for (const text of ["", "0", "-1", "+1", "1.0", "1e3", " 1", "1s", "٣"])
    expect(leaseWish(text)).toBeUndefined();
});

const answered = (status: number, body: string, truncated = false) =>
  ({
    kind: "answered",
    status,
    headers: {},
    body: Buffer.from(body),
    truncated,
    timings: { totalMs: 1 },
  }) as const;
const failed = (word: "refused" | "timeout" | "dns" | "egress" | "aborted") =>
  ({ kind: "unreachable", word, message: "", timings: { totalMs: 1 } }) as const;

test("H-V4: agreed is 2xx with the challenge and nothing more", () => {
  for (const status of [200, 201, 204, 299]) {
    expect(verdictOf(answered(status, "c0ffee"), "c0ffee", "h").kind).toBe("confirmed");
  }
  const wrong = [
    ...["", "c0ffe", "c0ffee\n", " c0ffee", "C0FFEE", '"c0ffee"', "c0ffeec0ffee"].map((body) =>
      answered(200, body),
    ),
    ...[199, 300, 302, 400, 404, 410, 500, 600].map((status) => answered(status, "c0ffee")),
    answered(200, "c0ffee", true),
    failed("timeout"),
    failed("egress"),
  ];
  for (const answer of wrong) expect(verdictOf(answer, "c0ffee", "h").kind).toBe("refused");
});

test("nobody was reached is something else than refused, and so is our own giving up", () => {
  expect(verdictOf(failed("refused"), "c", "h").kind).toBe("unreached");
  expect(verdictOf(failed("dns"), "c", "h").kind).toBe("unreached");
  expect(verdictOf(failed("aborted"), "c", "h").kind).toBe("aborted");
  expect(JSON.stringify(verdictOf(answered(200, "no"), "the-challenge", "h"))).not.toContain("the-challenge");
});

test.each([
  ["https://c.example", "https://c.example?a=1"],
  ["https://c.example/?", "https://c.example/?a=1"],
  ["https://c.example/?x=1", "https://c.example/?x=1&a=1"],
  ["https://c.example/?x=1&", "https://c.example/?x=1&a=1"],
  ["https://c.example/?a=0&a=2", "https://c.example/?a=0&a=2&a=1"],
  ["https://c.example/p#frag?no", "https://c.example/p?a=1"],
  ["https://c.example/?x=a%20b+c%2F", "https://c.example/?x=a%20b+c%2F&a=1"],
])("H-V3: %s keeps its own query", (url, result) => {
  expect(withParameters(url, { a: "1" })).toBe(result);
});

test("H-V1, H-D3: what is put into the URL comes out again as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (topic, reason) => {
      const asked = {
        callback: "https://c.example/?own=1",
        topic,
        mode: "subscribe",
        leaseSeconds: 60,
      } as const;
      const query = new URL(verificationUrl(asked, "chal")).searchParams;
      expect([query.get("own"), query.get("hub.topic")]).toEqual(["1", topic]);
      const denial = new URL(denialUrl({ callback: "https://c.example/", topic, reason })).searchParams;
      expect(denial.get("hub.reason") ?? "").toBe(reason);
    }),
  );
});

test("H-C5: links are spelt so that all parsers read them, and nothing in a URL can break out", () => {
  expect(linkHeader({ hub: "https://h.example/?a=1,2;b", self: "https://t.example/" })).toBe(
    '<https://h.example/?a=1,2;b>; rel="hub", <https://t.example/>; rel="self"',
  );
  const hostile = linkHeader({ hub: 'https://h/>; rel="self"\r\nX: y', self: "https://t/é \u{1f600}" });
  expect(hostile).toBe(
    '<https://h/%3E;%20rel=%22self%22%0D%0AX:%20y>; rel="hub", <https://t/%C3%A9%20%F0%9F%98%80>; rel="self"',
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (self) =>
      /^[\x20-\x7e]+$/.test(linkHeader({ hub: "h", self })),
    ),
  );
});

test("our own addresses: the default namespace needs no name in them", () => {
  expect(hubUrlOf("https://a.example", "default")).toBe("https://a.example/hub");
  expect(hubUrlOf("https://a.example", "my app")).toBe("https://a.example/hub/my%20app");
  expect(eventTopicUrlOf("https://a.example", "default", "a.b")).toBe("https://a.example/events/a.b");
});

test("a fan-out goes page by page and collection by collection to its end", () => {
  const update = {
    collections: ["x", "y"],
    at: 0,
    after: null,
    deliveries: 0,
    isDone: false,
  } as unknown as Update;
  const second = advanced(update, { after: "k", deliveries: 100 });
  expect(second).toMatchObject({ at: 0, after: "k", deliveries: 100, isDone: false });
  const third = advanced(second, { after: null, deliveries: 3 });
  expect(third).toMatchObject({ at: 1, after: null, deliveries: 103, isDone: false });
  expect(advanced(third, { after: null, deliveries: 0 })).toMatchObject({
    at: 2,
    deliveries: 103,
    isDone: true,
  });
});
