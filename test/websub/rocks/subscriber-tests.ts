// The suite's tests of a subscriber, 100 to 302: the site publishes and is the hub, a subscriber is under test.
import { type BlogEvent, type BlogRoom, type Delivered, openBlogRoom } from "./blog-room.ts";
import { BLOG_RULES } from "./blog-topic.ts";
import { isSuccess } from "./client.ts";
import type { Site } from "./site.ts";
import { afterMs } from "./trail.ts";
import { judge, type Recorder, type RocksResult } from "./verdict.ts";

export type SubscriberUnderTest = {
  /** "Subscribe to this page", with a secret if asked for. May resolve before the hub was even asked. */
  subscribe(url: string, options: { secret: boolean }): Promise<void>;
  /** How long it may take until the site has verified it. */
  timeoutMs?: number;
  /** Whether `subscribe` has done all it will ever do when it resolves: then there is nothing to wait for. */
  isDoneAtOnce?: boolean;
};
export type SubscriberTest = {
  id: number;
  name: string;
  run: (site: Site, subscriber: SubscriberUnderTest) => Promise<RocksResult>;
};
/** One test on its way. */
type Run = { room: BlogRoom; subscriber: SubscriberUnderTest; record: Recorder; secret: boolean };

const TIMEOUT_MS = 15_000;

const isOutcome = (event: BlogEvent): event is Exclude<BlogEvent, { type: "discovered" }> =>
  event.type !== "discovered";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Discovery, request and verification: the site's word on them, and then the subscriber's. */
const subscribe = async ({ room, subscriber, record, secret }: Run): Promise<void> => {
  const { timeoutMs = TIMEOUT_MS, isDoneAtOnce = false } = subscriber;
  const timeout = afterMs(timeoutMs);
  const attempt = subscriber.subscribe(room.topic.url, { secret }).then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  const over = attempt.then((error) => (error !== null || isDoneAtOnce ? undefined : timeout));
  const outcome = await room.trail.next(isOutcome, 0, Promise.race([over, timeout]));
  const discovery = room.trail.events.find(({ type }) => type === "discovered");
  if (discovery?.type === "discovered") record.done("discovery", discovery.method);
  if (outcome === null) {
    const [step, code] = discovery ? ["subscribe", "not_subscribed"] : ["discovery", "not_discovered"];
    return record.fail(step, code, (await Promise.race([attempt, timeout])) ?? "");
  }
  if (outcome.type === "refused") return record.fail("subscribe", outcome.error, outcome.detail);
  record.done("verification", outcome.detail);
  // It is about to hear from the site how its request ended. Only where it was refused may it complain.
  const complaint = await Promise.race([attempt, timeout.then(() => "subscribe did not come back")]);
  if (complaint !== null && outcome.type === "verified") record.fail("subscribe", "gave_up", complaint);
};

/** A post and its deliveries. Their status is told; it does not count here. */
const publish = async ({ room, record }: Run): Promise<Delivered[]> => {
  const delivered = await room.publish();
  record.done("delivery", delivered.map(({ status }) => status ?? "no answer").join(", "));
  return delivered;
};

const subscribed = async (run: Run): Promise<void> => {
  await subscribe(run);
  await publish(run);
};

/** The one delivery that there must be, by its status. */
const onlyDelivery = async (run: Run): Promise<number> => {
  await subscribe(run);
  const delivered = await publish(run);
  const [one] = delivered;
  if (one === undefined || delivered.length > 1) {
    return run.record.fail("delivery", "not_one_subscription", `there are ${delivered.length}`);
  }
  return one.status ?? run.record.fail("delivery", "no_answer", "the callback did not answer");
};

const takesContent = async (run: Run): Promise<void> => {
  const status = await onlyDelivery(run);
  if (!isSuccess(status)) run.record.fail("result", "not_2xx", `answered ${status}`);
  run.record.done("result");
};

const hearsWrongSignature = async (run: Run): Promise<void> => {
  const status = await onlyDelivery(run);
  // Either answer is allowed: what the subscriber did with the content cannot be seen from here.
  run.record.done("result", isSuccess(status) ? "2xx: the content must not be processed" : "refused");
};

const refusesUnsigned = async (run: Run): Promise<void> => {
  const status = await onlyDelivery(run);
  if (isSuccess(status)) run.record.fail("result", "unsigned_taken", `answered ${status}`);
  run.record.done("result", "refused");
};

const define = (id: number, name: string, sequence: (run: Run) => Promise<void>): SubscriberTest => ({
  id,
  name,
  run: (site, subscriber) =>
    judge(id, name, (record) => {
      const secret = BLOG_RULES[id]?.secret !== undefined;
      return sequence({ room: openBlogRoom(site, id), subscriber, record, secret });
    }),
});

export const SUBSCRIBER_TESTS: readonly SubscriberTest[] = [
  define(100, "HTTP header discovery", subscribed),
  define(101, "HTML tag discovery", subscribed),
  define(102, "Atom feed discovery", subscribed),
  define(103, "RSS feed discovery", subscribed),
  define(104, "Discovery priority", subscribed),
  define(200, "Subscribing to a URL that reports a different rel=self", subscribed),
  define(201, "Subscribing to a topic URL that sends an HTTP 302 temporary redirect", subscribed),
  define(202, "Subscribing to a topic URL that sends an HTTP 301 permanent redirect", subscribed),
  define(203, "Subscribing to a hub that sends a 307 temporary redirect", subscribed),
  define(204, "Subscribing to a hub that sends a 308 permanent redirect", subscribed),
  define(205, "Rejecting a verification request for an invalid topic", subscribe),
  define(300, "Returning 2xx on content delivery", takesContent),
  define(301, "Delivery with an invalid signature", hearsWrongSignature),
  define(302, "Delivery without a signature", refusesUnsigned),
];
