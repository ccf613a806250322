// The six steps of WebSub that the demo promises to show, judged by what was seen. Pure.
import type { AttemptFacts, Check } from "../events.ts";
import type { CircleSeen } from "./circle.ts";

type Attempt = AttemptFacts & { id: string };

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;

/** `circle` is null until there is a subscription. */
export function judgeCircle(circle: CircleSeen | null, attempts: readonly Attempt[]): Check[] {
  /** Attempts of one kind of task that went well. */
  const done = (prefix: string) =>
    attempts.filter(({ id, outcome }) => id.startsWith(prefix) && outcome === "ok").length;
  const { topic, hub, states, pings, entriesRead, entriesRefused } = circle ?? NOTHING;
  const asked = done("websub/subscribe/");
  const verified = done("hub/verify/");
  const fetched = done("hub/fetch/");
  const renewed = done("websub/renew/");
  const isActive = states.includes("active");
  /** A lease that was renewed in time goes from active to active, by way of renewing. */
  const isRenewed = /active,renewing,active/.test(states.join());
  return [
    {
      what: "discover: a page leads to its feed and hub",
      ok: topic?.endsWith("/feed") === true && hub !== null,
      seen: topic === null ? "not yet" : `${pathOf(topic)}, ${hub === null ? "no hub" : pathOf(hub)}`,
    },
    { what: "subscribe: the hub is asked", ok: asked >= 1, seen: count(asked, "request") },
    {
      what: "verify: the hub asks back, the lease runs",
      ok: verified >= 1 && isActive,
      seen: `${count(verified, "check")}, ${states[states.lastIndexOf("active")] ?? "not active"}`,
    },
    {
      what: "publish: a ping makes the hub fetch",
      ok: pings >= 1 && fetched >= 1,
      seen: `${count(pings, "ping")}, ${fetched} fetched`,
    },
    {
      what: "deliver: the entry arrives, signed",
      ok: entriesRead >= 1 && entriesRefused === 0,
      seen: `${entriesRead} verified, ${entriesRefused} refused`,
    },
    {
      what: "renew: the lease is renewed before its end",
      ok: renewed >= 1 && isRenewed,
      seen: `${count(renewed, "renewal")}, ${states.at(-1) ?? "no lease"}`,
    },
  ];
}

const NOTHING: CircleSeen = {
  ...{ topic: null, hub: null, states: [], pings: 0, entriesRead: 0, entriesRefused: 0 },
};
const pathOf = (url: string): string => new URL(url).pathname;
