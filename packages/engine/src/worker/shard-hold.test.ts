import { createFakeClock, createMemoryStores } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { keyOf, ShardHold } from "./shard-hold.ts";

const CLAIM_MS = 30_000;

/** Workers on one lease table, each with a wall clock of its own that may be wrong; monotonic time is everybody's. */
function workers(...skewsMs: number[]) {
  const clock = createFakeClock();
  const { leases } = createMemoryStores({ shards: 1 });
  const holds = skewsMs.map(
    (skewMs, n) =>
      new ShardHold(0, {
        leases,
        now: () => clock.now() + skewMs,
        monotonic: () => clock.monotonic(),
        owner: `worker-${n}`,
        claimMs: CLAIM_MS,
      }),
  );
  return { clock, leases, holds: holds as [ShardHold, ShardHold] };
}

test("one of two has it; released, the other gets it at once and need not be cautious", async () => {
  const { holds } = workers(0, 0);
  const [a, b] = holds;
  expect(await a.hold()).toBe(true);
  expect(await b.hold()).toBe(false);
  expect([a.valid, b.valid]).toEqual([true, false]);
  await a.release();
  expect(await b.hold()).toBe(true);
  expect(b.cautiousUpTo).toBe(Number.NEGATIVE_INFINITY);
});

test("left by a worker that was lost, it can be taken after its length, and older rows are handled with caution", async () => {
  const { clock, holds } = workers(0, 0);
  const [a, b] = holds;
  await a.hold();
  await clock.advance(CLAIM_MS);
  expect(await b.hold()).toBe(false);
  await clock.advance(1);
  expect(await b.hold()).toBe(true);
  expect(b.cautiousUpTo).toBe(clock.now());
  expect(await a.hold()).toBe(false);
  expect(a.held).toBe(false);
});

test.each([-1, 1])(
  "clocks apart by up to a third of the claim (%i): never do two believe they own it",
  async (sign) => {
    const { clock, holds } = workers(0, (sign * CLAIM_MS) / 3);
    const [a, b] = holds;
    expect(await a.hold()).toBe(true);
    // The owner freezes; the other one asks all the time.
    for (let waitedMs = 0; waitedMs < 2 * CLAIM_MS; waitedMs += 250) {
      await b.hold();
      expect(a.valid && b.valid).toBe(false);
      await clock.advance(250);
    }
    expect(b.valid).toBe(true);
  },
);

test("the wall clock's jumps do not prolong or end it: the monotonic clock decides", async () => {
  const { clock, holds } = workers(0, 0);
  const [a] = holds;
  await a.hold();
  clock.jump(-3_600_000);
  await clock.advance((CLAIM_MS * 2) / 3 - 1);
  expect(a.valid).toBe(true);
  await clock.advance(1);
  expect(a.valid).toBe(false);
  const other = workers(0).holds[0];
  expect(other.valid).toBe(false);
});

test("it is renewed from a third of its length on, with one request", async () => {
  const { clock, leases, holds } = workers(0, 0);
  const [a] = holds;
  await a.hold();
  let renewals = 0;
  const renew = leases.renew.bind(leases);
  leases.renew = (...args) => {
    renewals += 1;
    return renew(...args);
  };
  await clock.advance(CLAIM_MS / 3 - 1);
  await a.hold();
  expect(renewals).toBe(0);
  await clock.advance(1);
  await Promise.all([a.hold(), a.hold(), a.hold()]);
  expect(renewals).toBe(1);
  for (let turn = 0; turn < 10; turn += 1) {
    await clock.advance(CLAIM_MS / 2);
    expect(await a.hold()).toBe(true);
    expect(a.valid).toBe(true);
  }
});

test("a key that was handled is not fresh at that due time for two seconds, at another at once", async () => {
  const { clock, holds } = workers(0, 0);
  const [a] = holds;
  const key = { namespace: "app", id: "1", dueAt: 5 };
  a.known.add(keyOf(key));
  expect(a.fresh([key])).toEqual([]);
  a.handled(key);
  expect(a.known.size).toBe(0);
  expect(a.fresh([key])).toEqual([]);
  expect(a.fresh([{ ...key, dueAt: 6 }])).toHaveLength(1);
  await clock.advance(2_001);
  expect(a.fresh([key])).toEqual([key]);
  a.handled(key);
  a.forget(key);
  expect(a.fresh([key])).toEqual([key]);
});

test("names that only look alike are told apart", () => {
  expect(keyOf({ namespace: "a", id: "bc" })).not.toBe(keyOf({ namespace: "ab", id: "c" }));
  expect(keyOf({ namespace: "1:a", id: "b" })).not.toBe(keyOf({ namespace: "1", id: ":ab" }));
});
