// The suite's tests of a hub, 100 to 106: the site publishes and subscribes, a hub is under test.
import { postForm } from "./client.ts";
import { type HubEvent, type HubRoom, openHubRoom } from "./hub-room.ts";
import type { Site } from "./site.ts";
import { afterMs } from "./trail.ts";
import { judge, type Recorder, type RocksResult } from "./verdict.ts";

export type HubUnderTest = {
  url: string;
  /** Resolves when the hub has nothing more to do, for hubs that can tell; without it the clock decides. */
  settled?: () => Promise<void>;
  /** How long each awaited request may take. */
  timeoutMs?: number;
  /** How long it must stay quiet where nothing may come. The suite waits 15 s. */
  quietMs?: number;
};
export type HubTest = {
  id: number;
  name: string;
  run: (site: Site, hub: HubUnderTest) => Promise<RocksResult>;
};

const TIMEOUT_MS = 15_000;
const QUIET_MS = 15_000;
const PERSON_MS = 500;

const isVerification = (event: HubEvent): event is HubEvent & { type: "verification" } =>
  event.type === "verification";
const isNotification = (event: HubEvent): event is HubEvent & { type: "notification" } =>
  event.type === "notification";

/** One test on its way. */
type Run = { room: HubRoom; hub: HubUnderTest; record: Recorder; extra: { [name: string]: string } };

export const patience = ({ settled, timeoutMs = TIMEOUT_MS }: HubUnderTest): Promise<void> =>
  settled === undefined ? afterMs(timeoutMs) : Promise.race([settled(), afterMs(timeoutMs)]);
export const quiet = ({ settled, quietMs = QUIET_MS }: HubUnderTest): Promise<void> =>
  settled === undefined ? afterMs(quietMs) : settled();

/** Asks for (un)subscription, and sees the hub ask back. */
const request = async ({ room, hub, record, extra }: Run, mode: string): Promise<void> => {
  const from = room.trail.mark();
  const secret: { [name: string]: string } = room.secret === null ? {} : { "hub.secret": room.secret };
  const form = { "hub.mode": mode, "hub.topic": room.topic, "hub.callback": room.callback };
  const answer = await postForm(hub.url, { ...form, ...secret, ...extra });
  if (answer === null) return record.fail(mode, "no_answer", "the hub did not answer");
  if (answer.status !== 202) return record.fail(mode, "not_202", `the hub answered ${answer.status}`);
  record.done(mode, "202");
  const verification = await room.trail.next(isVerification, from, patience(hub));
  if (verification === null) return record.fail("verification", "not_verified", "no request at the callback");
  if (verification.error !== null) return record.fail("verification", verification.error);
  record.done("verification", verification.mode);
  // The answer is still on its way to the hub. In the suite it is a person who goes on from here.
  await (hub.settled?.() ?? afterMs(PERSON_MS));
};

/** A new post, and the ping for it; what the hub answers to that does not count. */
const publish = async ({ room, hub, record }: Run): Promise<number> => {
  const from = room.trail.mark();
  room.addPost();
  const answer = await postForm(hub.url, { "hub.mode": "publish", "hub.topic": room.topic });
  record.done("publish", answer === null ? "no answer" : String(answer.status));
  return from;
};

/** Publishes and sees a right delivery. The mark behind it. */
const expectDelivery = async (run: Run): Promise<number> => {
  const { room, hub, record } = run;
  const from = await publish(run);
  const notification = await room.trail.next(isNotification, from, patience(hub));
  if (notification === null)
    return record.fail("notification", "not_notified", "no delivery at the callback");
  if (notification.error !== null) return record.fail("notification", notification.error);
  record.done("notification");
  return room.trail.events.indexOf(notification) + 1;
};

const expectSilence = async ({ room, hub, record }: Run, from: number, code: string): Promise<void> => {
  const notification = await room.trail.next(isNotification, from, quiet(hub));
  if (notification !== null) record.fail("silence", code, "there was another delivery");
  record.done("silence");
};

const typical = async (run: Run): Promise<void> => {
  await request(run, "subscribe");
  await expectDelivery(run);
};

const resubscribe = async (run: Run): Promise<void> => {
  await typical(run);
  await request(run, "subscribe");
  await expectSilence(run, await expectDelivery(run), "second_notification");
};

const unsubscribe = async (run: Run): Promise<void> => {
  await typical(run);
  await request(run, "unsubscribe");
  await expectSilence(run, await publish(run), "notified_after_unsubscribe");
};

const define = (
  id: number,
  name: string,
  sequence: (run: Run) => Promise<void>,
  extra: { [name: string]: string } = {},
): HubTest => ({
  id,
  name,
  run: (site, hub) =>
    judge(id, name, (record) => sequence({ room: openHubRoom(site, id, hub.url), hub, record, extra })),
});

export const HUB_TESTS: readonly HubTest[] = [
  define(100, "Typical subscriber request", typical),
  define(101, "Subscription with secret", typical),
  define(102, "Additional parameters", typical, { foo: "bar", "hub.foo": "hub.bar" }),
  define(103, "Re-subscribe before expiration", resubscribe),
  define(104, "Unsubscription", unsubscribe),
  define(105, "Plaintext topic", typical),
  define(106, "JSON topic", typical),
];
