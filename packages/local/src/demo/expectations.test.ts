import { expect, test } from "vitest";
import { NOON, theFacts } from "../screen/test-events.ts";
import type { CircleSeen } from "./circle.ts";
import { judge, type Seen } from "./expectations.ts";

const run = (id: string, responseStatus: number, startedAt = NOON) => ({
  id,
  ...theFacts({ responseStatus, startedAt, outcome: responseStatus === 200 ? "ok" : "retryable" }),
});
const many = (id: string, ...statuses: number[]) => statuses.map((status) => run(id, status));

const theCircle: CircleSeen = {
  topic: "http://127.0.0.1:1/feed",
  hub: "http://127.0.0.1:2/hub/demo-feed",
  states: ["pending", "active", "renewing", "active"],
  pings: 1,
  entriesRead: 1,
  entriesRefused: 0,
};
const STEPS_OF_CIRCLE = ["websub/subscribe/a/1", "hub/verify/b", "hub/fetch/c/2", "websub/renew/a/3"];

const everything: Seen = {
  attempts: [
    ...many("one-shot", 200),
    ...many("every-2s", 200, 200, 200),
    ...many("cron", 200),
    ...many("flaky", 503, 503, 200),
    ...many("down", 500, 500, 500, 500),
    ...many("gone", 410),
    ...many("slow", 200),
    ...[NOON, NOON + 1_000, NOON + 5_000].map((at) => run("paused", 200, at)),
    ...STEPS_OF_CIRCLE.map((id) => run(id, 200)),
  ],
  tasks: [{ id: "gone", status: "FAILED", reason: "gone" }],
  processing: new Set(["slow"]),
  suspendedAt: NOON + 1_500,
  unsuspendedAt: NOON + 4_500,
  signed: { verified: 3, refused: 0 },
  circle: theCircle,
  errors: [],
};

test("all that it promises was seen", () => {
  expect(judge(everything).filter(({ ok }) => !ok)).toEqual([]);
});

const without = (id: string) => everything.attempts.filter((attempt) => attempt.id !== id);
const early = { ...run("cron", 200), latenessMs: -3 };

test.each<[string, Partial<Seen>]>([
  ["one-shot", { attempts: without("one-shot") }],
  ["recurring", { attempts: without("every-2s") }],
  ["cron", { attempts: without("cron") }],
  ["signatures", { signed: { verified: 3, refused: 1 } }],
  ["signatures", { signed: { verified: 0, refused: 0 } }],
  ["flaky", { attempts: [...without("flaky"), ...many("flaky", 200)] }],
  ["down", { attempts: [...without("down"), ...many("down", 500, 500, 500)] }],
  ["410", { attempts: [...without("gone"), ...many("gone", 410, 410)] }],
  ["410", { tasks: [{ id: "gone", status: "ACTIVE", reason: "retrying" }] }],
  ["PROCESSING", { processing: new Set() }],
  ["suspended", { unsuspendedAt: null }],
  ["suspended", { attempts: [...everything.attempts, run("paused", 200, NOON + 3_000)] }],
  ["suspended", { unsuspendedAt: NOON + 6_000 }],
  ["before its time", { attempts: [...everything.attempts, early] }],
  ["discover", { circle: { ...theCircle, topic: null } }],
  ["discover", { circle: { ...theCircle, topic: "http://127.0.0.1:1/blog" } }],
  ["discover", { circle: { ...theCircle, hub: null } }],
  ["subscribe", { attempts: without("websub/subscribe/a/1") }],
  ["verify", { attempts: without("hub/verify/b") }],
  ["publish", { attempts: without("hub/fetch/c/2") }],
  ["publish", { circle: { ...theCircle, pings: 0 } }],
  ["deliver", { circle: { ...theCircle, entriesRead: 0 } }],
  ["deliver", { circle: { ...theCircle, entriesRefused: 1 } }],
  ["renew", { attempts: without("websub/renew/a/3") }],
  ["renew", { circle: { ...theCircle, states: ["pending", "active", "renewing"] } }],
  ["renew", { circle: { ...theCircle, states: ["pending", "active", "renewing", "expired"] } }],
  ["our own side", { errors: ["row-unreadable"] }],
  ["before its time", { attempts: [] }],
])("a broken promise shows: %s", (word, change) => {
  const broken = judge({ ...everything, ...change }).filter(({ ok }) => !ok);
  expect(broken.map(({ what }) => what).join("\n")).toContain(word);
  if (change.attempts?.length !== 0) expect(broken).toHaveLength(1);
});
