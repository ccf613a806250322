import fc from "fast-check";
import { expect, test } from "vitest";
import { CALLBACK, createTestHub, subscription } from "./test-hub.ts";
import { stored } from "./test-subscribed.ts";

type Step =
  /** Requests that come before anything is checked; the newest counts. */
  | { do: "ask"; requests: { mode: "subscribe" | "unsubscribe"; secret: string; leaseSeconds: number }[] }
  /** What the subscriber says from now on. */
  | { do: "answer"; agrees: boolean }
  | { do: "wait"; ms: number };
type Asked = Extract<Step, { do: "ask" }>["requests"][number];
type InForce = { secret: string | null; expiresAt: number } | null;
const agreedTo = (asked: Asked | undefined, checkedAt: number): InForce =>
  asked === undefined || asked.mode === "unsubscribe"
    ? null
    : { secret: asked.secret || null, expiresAt: checkedAt + asked.leaseSeconds * 1_000 };

type Life = { steps: Step[]; faults: number[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("ask" as const),
    requests: fc.array(
      fc.record({
        mode: fc.constantFrom("subscribe" as const, "subscribe" as const, "unsubscribe" as const),
        secret: fc.constantFrom("", "s1", "s2", "s3"),
        leaseSeconds: fc.integer({ min: 300, max: 900 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({ do: fc.constant("answer" as const), agrees: fc.boolean() }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 700_000 }) }),
);
/** `faults`: which of the writes of documents fail, at most two in a row of retries. */
const life: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  faults: fc.array(fc.nat({ max: 60 }), { maxLength: 4 }),
});

test("T-3, H-V6, H-L4: whatever is asked, answered and broken, in force is what was last agreed to, and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(life, async ({ steps, faults }) => {
      const hub = createTestHub();
      let agrees = true;
      let lastCheckAt = 0;
      hub.peers.set(CALLBACK, ({ query, at }) => {
        lastCheckAt = at;
        return agrees ? { body: query.get("hub.challenge") ?? "" } : { status: 404 };
      });
      let writes = 0;
      let isFaulty = false;
      hub.documents.beforeWrite = () => {
        if (isFaulty && faults.includes(writes++)) throw new Error("scripted");
      };
      let expected: InForce = null;
      for (const one of steps) {
        if (one.do === "answer") agrees = one.agrees;
        if (one.do === "wait") await hub.pass(one.ms);
        if (one.do !== "ask") continue;
        for (const { mode, secret, leaseSeconds } of one.requests) {
          const terms = { "hub.mode": mode, "hub.secret": secret, "hub.lease_seconds": String(leaseSeconds) };
          expect((await hub.post(subscription(terms))).status).toBe(202);
        }
        isFaulty = true;
        await hub.pass(120_000, 1_000);
        isFaulty = false;
        if (agrees) expected = agreedTo(one.requests.at(-1), lastCheckAt);
      }
      const row = stored(hub);
      if (expected === null) expect(row?.active ?? null).toBeNull();
      else expect(row?.active).toMatchObject(expected);
      expect(row?.pending ?? null).toBeNull();
    }),
    { numRuns: 40 },
  );
});
