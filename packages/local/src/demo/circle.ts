// WebSub all around in one process: a page whose feed names our own hub, our own subscriber, and a reader behind it.
import type { Subscription, WebSub } from "hookclock";
import type { DevEvent } from "../events.ts";
import type { Blog } from "./blog.ts";
import { DEMO_SECRET, FEED_LEASE_S, FEED_NAMESPACE } from "./plan.ts";

/** What can be seen of it from outside of the engine. */
export type CircleSeen = {
  /** What the page led to; null until then. */
  topic: string | null;
  hub: string | null;
  /** States that the subscription came through, oldest first. */
  states: readonly string[];
  /** Pings that the hub took. */
  pings: number;
  /** How often the first entry reached the reader with a genuine signature. */
  entriesRead: number;
  entriesRefused: number;
};
export type CircleOptions = {
  /** Of the hub that the feed names. */
  hubUrl: string;
  /** Where page, feed and reader are. */
  siteUrl: string;
  blog: Blog;
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Explains what is to be seen. */
  say(text: string): void;
};

const CONSUMER = "reader";
const PING_TIMEOUT_MS = 5_000;
/** Between one thing that is shown and the next. */
const PAUSE_MS = 1_000;
export const titleOf = (number: number): string => `Entry ${number}`;

export class Circle {
  readonly #webSub: WebSub;
  readonly #options: CircleOptions;
  /** A new one each time: data that is kept knows the page of an earlier start, at another port. */
  readonly #id: string;
  readonly #waiting = new Set<() => void>();
  /** Leases that the hub has granted. */
  #leases = 0;
  #entries = 0;
  #pings = 0;
  #found: Pick<CircleSeen, "topic" | "hub"> = { topic: null, hub: null };

  constructor(webSub: WebSub, options: CircleOptions) {
    this.#webSub = webSub;
    this.#options = options;
    this.#id = `blog-${Math.floor(options.now() / 1_000).toString(36)}`;
  }

  observe(event: DevEvent): void {
    if (event.type !== "websub" || event.namespace !== FEED_NAMESPACE || event.what !== "hub.verified")
      return;
    this.#leases += 1;
    for (const look of this.#waiting) look();
  }

  /** Goes around once, each step after the one before; ends early when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { sleep, say } = this.#options;
    say("WebSub: we subscribe to a page. It leads to a feed, and the feed names a hub: ours.");
    await this.#subscribe();
    await this.#granted(1, signal);
    if (signal.aborted) return;
    await this.seen();
    say("WebSub: the hub asked back and granted a lease of 10 s; a task will renew it at half.");
    await sleep(PAUSE_MS, signal);
    if (signal.aborted) return;
    await this.publish();
    say("WebSub: the feed has a new entry and pings the hub, which fetches and distributes it.");
    await this.#granted(2, signal);
    if (!signal.aborted) say("WebSub: the lease was renewed before its end, and will be again.");
  }

  /** Writes an entry and tells the hub that the feed has changed, as any publisher does. */
  async publish(): Promise<void> {
    if (this.#leases === 0) return;
    const { blog, hubUrl, siteUrl, now } = this.#options;
    this.#entries += 1;
    blog.write({ title: titleOf(this.#entries), at: now() });
    const body = new URLSearchParams({ "hub.mode": "publish", "hub.url": `${siteUrl}/feed` });
    const signal = AbortSignal.timeout(PING_TIMEOUT_MS);
    const answer = await fetch(hubUrl, { method: "POST", body, signal }).catch(() => null);
    if (answer?.ok) this.#pings += 1;
    await answer?.body?.cancel();
  }

  async seen(): Promise<CircleSeen> {
    const key = { namespace: FEED_NAMESPACE, id: this.#id };
    const subscription: Subscription | null = await this.#webSub.subscriptions.get(key);
    const { blog } = this.#options;
    const { topic = null, hub = null } = subscription ?? {};
    // What was found is forgotten with the lease.
    this.#found = { topic: topic ?? this.#found.topic, hub: hub ?? this.#found.hub };
    return {
      ...this.#found,
      states: subscription?.history.map(({ state }) => state) ?? [],
      pings: this.#pings,
      entriesRead: blog.read.get(titleOf(1)) ?? 0,
      entriesRefused: blog.refused,
    };
  }

  /** Says who reads, and subscribes to the page; the rest is done by tasks. */
  async #subscribe(): Promise<void> {
    const { consumers, subscriptions } = this.#webSub;
    const { siteUrl } = this.#options;
    const namespace = FEED_NAMESPACE;
    const url = `${siteUrl}/entry`;
    await consumers.put({ namespace, name: CONSUMER, type: "http", url, secrets: [DEMO_SECRET] });
    await consumers.link({ namespace, source: { subscription: this.#id }, consumer: CONSUMER });
    const wish = { secret: true, leaseSeconds: FEED_LEASE_S };
    await subscriptions.add({ namespace, id: this.#id, url: `${siteUrl}/blog`, ...wish });
  }

  /** Resolves when the hub has granted so many leases, or the signal aborts. */
  #granted(leases: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#leases < leases && !signal.aborted) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      signal.addEventListener("abort", look, { once: true });
      look();
    });
  }
}
