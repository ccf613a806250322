// What the demo registers, when it acts, and what it says. Data only.
import type { RegisterInput } from "@hookclock/core";

export const NAMESPACE = "demo";
/** WebSub has one of its own: its tasks come and go by themselves. */
export const FEED_NAMESPACE = "demo-feed";
/** So short that it is renewed, at half of it, while one watches. */
export const FEED_LEASE_S = 10;
/** What dev mode may deliver to beyond public addresses: this machine. */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/** Signs the demo's own deliveries to its own receiver: no secret of anybody. */
export const DEMO_SECRET = `whsec_${Buffer.from("hookclock demo signing key, public").toString("base64")}`;

/** How long the slow receiver takes: longer than an attempt may run before its row says PROCESSING. */
export const SLOW_MS = 3_000;

export type DemoTask = {
  id: string;
  note: string;
  after: number;
  input: Omit<RegisterInput, "namespace" | "id">;
};

const quick = { baseMs: 500, maxMs: 4_000, jitter: 0 };
const every = (interval: number) => ({ interval, unit: "seconds" as const, max: 0 });

/** `after`: ms from the start until it is due. */
export function demoTasks(receiverUrl: string): DemoTask[] {
  const at = (path: string) => `${receiverUrl}${path}`;
  const post = (path: string, body: object) => ({ url: at(path), method: "POST" as const, body });
  return [
    {
      id: "one-shot",
      note: "runs once, at its time",
      after: 1_000,
      input: { request: post("/ok", { hello: "world" }) },
    },
    {
      id: "every-2s",
      note: "runs every 2 seconds, without drift",
      after: 1_000,
      input: { url: at("/ok"), repeat: every(2) },
    },
    {
      id: "cron",
      note: "cron */5 * * * * *, any time zone",
      after: 0,
      input: { url: at("/ok"), repeat: { cron: "*/5 * * * * *", timeZone: "Europe/Lisbon" } },
    },
    {
      id: "signed",
      note: "signed; the receiver verifies it",
      after: 1_500,
      input: { request: post("/signed", { order: 42 }), repeat: every(3) },
    },
    {
      id: "flaky",
      note: "fails twice, retried with backoff, then ok",
      after: 1_500,
      input: { url: at("/flaky"), retry: { ...quick, limit: 5 } },
    },
    {
      id: "down",
      note: "always 500: FAILED after 4 attempts",
      after: 2_000,
      input: { url: at("/down"), retry: { ...quick, limit: 3 } },
    },
    {
      id: "gone",
      note: "410 ends it at once, no retry",
      after: 2_500,
      input: { url: at("/gone"), repeat: every(2) },
    },
    {
      id: "slow",
      note: "takes 3 s: PROCESSING meanwhile",
      after: 2_000,
      input: { url: at("/slow") },
    },
    {
      id: "paused",
      note: "suspended at 4 s, goes on at 7 s",
      after: 1_000,
      input: { url: at("/ok"), repeat: every(1) },
    },
  ];
}

export type Act = "suspend" | "unsuspend" | "again";
export type Step = { atMs: number; say: string; act?: Act };

export const STEPS: readonly Step[] = [
  { atMs: 0, say: "Nine tasks are registered: each is one row in DynamoDB, due at its time." },
  { atMs: 1_200, say: "one-shot ran at its moment; every-2s and signed come round again." },
  { atMs: 2_600, say: "flaky and down failed: a retry is a row in the future, later each time." },
  {
    atMs: 4_000,
    say: "paused is suspended: it is out of the schedule and does not run.",
    act: "suspend",
  },
  { atMs: 4_600, say: "slow is still at it: PROCESSING, so no other worker takes it." },
  { atMs: 5_800, say: "gone got a 410 and ended at once; flaky made it at its third attempt." },
  { atMs: 7_000, say: "paused is unsuspended: it goes on, on its schedule's grid.", act: "unsuspend" },
  { atMs: 9_000, say: "down used up its 4 attempts: FAILED, until somebody retries it." },
  { atMs: 11_000, say: "Try it: hookclock task list -n demo, or hookclock logs -n demo --follow" },
  { atMs: 13_500, say: "Over HTTP too: address and key stand above, all routes at /docs." },
];

/** After the script, finished tasks are brought back this often, so that there is always something to see. */
export const AGAIN_EVERY_MS = 15_000;
export const AGAIN_SAY =
  "one-shot, flaky, down and slow are retried from the start; the feed has an entry more.";
export const AGAIN_IDS: readonly string[] = ["one-shot", "flaky", "down", "slow"];
