// Leases over days, months and a year.
import { expect, test } from "vitest";
import {
  added,
  DAY_MS,
  HOUR_MS,
  HUB,
  KEY,
  living,
  type TestWorld,
  TOPIC,
  unreachable,
} from "./test-subscriber.ts";

/** One that is renewed so early that `leftMs` of the lease are left: when that is, is left to chance. */
async function livingLongEnough(leftMs: number): Promise<TestWorld> {
  for (let seed = 1; seed < 50; seed += 1) {
    const world = await living({}, seed);
    const { renewAt = 0, expiresAt = 0 } = (await world.row())?.lease ?? {};
    if (expiresAt - renewAt > leftMs) return world;
  }
  throw new Error("no seed renews so early");
}

test.each([
  ["a year, with a callback for each lease", true, 1, 365],
  ["a quarter, with one callback for all leases", false, 2, 91],
])(
  "S-L1, D-3.3-5: a lease of ten days lives on with the hub down for a day here and there: %s",
  async (_, rotateCallback, seed, days) => {
    const world = await living({ rotateCallback }, seed);
    const start = world.clock.now();
    const sent: string[] = [];
    let downDays = 0;
    for (let day = 0; day < days; day += 1) {
      // Also at the time of a renewal, as long as the lease outlives it.
      const leftMs = ((await world.row())?.lease?.expiresAt ?? 0) - world.clock.now();
      const isDown = day % 6 === 5 && leftMs > 1.2 * DAY_MS;
      if (isDown) downDays += 1;
      world.hub.trouble = isDown ? unreachable("timeout") : null;
      if (!isDown && day % 2 === 0) {
        expect(await world.hub.publish(`day ${day}`)).toContain(202);
        sent.push(`day ${day}`);
      }
      await world.pass(DAY_MS);
      expect(["active", "renewing"]).toContain(await world.state());
    }
    await world.run();
    const got = [...world.messages.values()].map(({ content }) =>
      Buffer.from(content?.bytes ?? []).toString(),
    );
    expect(got.sort()).toEqual(sent.sort());
    expect(downDays).toBeGreaterThan(days / 10);
    const inVain = world.requests.filter(({ url }) => url === HUB).length - world.hub.asked.length;
    expect(inVain).toBeGreaterThan(days / 10);
    expect(world.clock.now() - start).toBe(days * DAY_MS);
    expect(world.published.map(({ predicate }) => predicate)).toEqual(["hookclock.subscription.active"]);
    // At 85 % to 95 % of ten days each.
    const requests = world.hub.asked.length;
    expect(requests).toBeGreaterThanOrEqual(days / 10);
    expect(requests).toBeLessThanOrEqual(days / 8);
    const callbacks = new Set(world.hub.asked.map(({ callback }) => callback)).size;
    expect(callbacks).toBe(rotateCallback ? requests : 1);
    expect((await world.row())?.former.length).toBeLessThanOrEqual(5);
    expect(world.tasks().filter(({ status }) => status === "FAILED")).toEqual([]);
  },
  180_000,
);

test("a hub that goes down for a day when it should renew is asked until it is back, and the lease goes on", async () => {
  const world = await livingLongEnough(1.05 * DAY_MS);
  const { renewAt = 0, expiresAt = 0 } = (await world.row())?.lease ?? {};
  await world.passUntil(renewAt - 1_000);
  world.hub.trouble = { status: 503 };
  await world.pass(DAY_MS);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    state: "renewing",
    lastError: { error: "status", message: expect.stringContaining("503") },
  });
  expect(await world.hub.publish("still here")).toEqual([202]);
  world.hub.trouble = null;
  await world.passUntil(expiresAt);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "active", lastError: null });
  expect((await world.row())?.lease?.expiresAt).toBeGreaterThan(expiresAt + 8 * DAY_MS);
});

test.each([
  ["out of reach", unreachable("refused")],
  ["in trouble", { status: 500 }],
  ["refusing", { status: 403, body: "no more" }],
])("a hub that stays %s until the lease ends: expired, told as an event", async (_, trouble) => {
  const world = await living();
  const { expiresAt = 0, renewAt = 0 } = (await world.row())?.lease ?? {};
  world.hub.trouble = trouble;
  await world.passUntil(expiresAt - 1);
  expect(await world.state()).toBe("renewing");
  // Retried all along, and to the end.
  const tries = world.requests.filter(({ url, at }) => url === HUB && at >= renewAt).map(({ at }) => at);
  expect(tries.length).toBeGreaterThan(40);
  expect(tries.length).toBeLessThanOrEqual(101);
  expect(expiresAt - (tries.at(-1) ?? 0)).toBeLessThan(HOUR_MS);
  await world.passUntil(expiresAt);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "expired", lease: null, lastError: {} });
  await world.pass(30 * DAY_MS);
  expect(world.published.at(-1)).toMatchObject({
    predicate: "hookclock.subscription.expired",
    payload: { subscription: "s1", url: TOPIC, state: "expired" },
  });
  expect(world.published.filter(({ predicate }) => predicate.endsWith("expired"))).toHaveLength(1);
  expect(await world.state()).toBe("expired");
  expect(world.requests.filter(({ at }) => at > expiresAt + DAY_MS)).toEqual([]);
});

test("leases of a minute and of a year are both kept", async () => {
  for (const [leaseSeconds, watchedMs] of [
    [60, 20 * 60_000],
    [365 * 86_400, 800 * DAY_MS],
  ] as const) {
    const world = await added();
    world.hub.isSynchronous = true;
    world.hub.leaseSeconds = leaseSeconds;
    await world.run();
    await world.pass(watchedMs);
    expect(await world.state()).toBe("active");
    expect(world.published).toHaveLength(1);
  }
});

test("clocks that differ do not matter, and a wall clock that jumps loses nothing but the margin", async () => {
  const world = await living();
  const jumpMs = 6 * HOUR_MS;
  await world.pass(5 * DAY_MS);
  // Ours goes back: the hub's lease then ends that much earlier than we think.
  world.clock.jump(-jumpMs);
  await world.pass(20 * DAY_MS);
  expect(await world.state()).toBe("active");
  world.clock.jump(3 * DAY_MS);
  await world.pass(20 * DAY_MS);
  expect(await world.state()).toBe("active");
  expect(world.published).toHaveLength(1);
});
