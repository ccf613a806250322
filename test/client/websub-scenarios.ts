// What both worlds are asked about WebSub, in this order: each step builds on the ones before.
import type { WebSubLike } from "@hookclock/client";
import type { ConsumerInput } from "hookclock";
import type { World } from "./websub-support.ts";

/** `thenMs`: so far the clock goes on afterwards. */
export type Step = [name: string, ask: (webSub: WebSubLike, room: Room) => Promise<unknown>, thenMs?: number];
/** `notes`: what a step leaves for a later one of the same world. */
export type Room = { receiver: string; hooks: World["hooks"]; notes: Map<string, string> };

const ns = { namespace: "blog" };
/** Nothing of it is ever run: the places it names are elsewhere. */
const web = { namespace: "web" };
const feed = "https://example.com/feed";
const hub = "https://hub.example.com/";
const key = (id: string) => ({ ...web, id });
const http = (name: string, url: string, more: object = {}): ConsumerInput => ({
  ...{ ...ns, name, type: "http", url },
  ...more,
});
/** Tasks of deliveries, run until nothing is due. */
const run = ({ hooks }: Room) => hooks.trigger({ ...ns, budgetMs: 5_000 });

/** Page after page, by the start key of the one before. */
async function pages<Item>(
  ask: (startKey: string | undefined) => Promise<{ items: Item[]; nextKey: string | null }>,
  nameOf: (item: Item) => string,
) {
  const all: string[][] = [];
  let startKey: string | undefined;
  do {
    const page = await ask(startKey);
    all.push(page.items.map(nameOf));
    startKey = page.nextKey ?? undefined;
  } while (startKey !== undefined && all.length < 20);
  return all;
}
const from = (startKey: string | undefined) => (startKey === undefined ? {} : { startKey });

const SUBSCRIPTIONS: Step[] = [
  ["one", ({ subscriptions }) => subscriptions.add({ ...key("a"), url: feed, hub })],
  ["the same again", ({ subscriptions }) => subscriptions.add({ ...key("a"), url: feed, hub })],
  ["another under its id", ({ subscriptions }) => subscriptions.add({ ...key("a"), url: `${feed}2`, hub })],
  ["without an id", ({ subscriptions }) => subscriptions.add({ ...web, url: feed })],
  [
    "all that one can say",
    ({ subscriptions }) =>
      subscriptions.add({
        ...{ ...key("full/ü?#"), url: feed, hub, leaseSeconds: 3_600, secret: "quite a secret" },
        ...{ legacyVerifyToken: true, poll: { everySeconds: 60 }, onBadSignature: "ignore" },
        rotateCallback: false,
      }),
  ],
  ["no address", ({ subscriptions }) => subscriptions.add({ ...key("x"), url: "nonsense" })],
  ["a private address", ({ subscriptions }) => subscriptions.add({ ...key("x"), url: "http://10.0.0.1/" })],
  ["a secret that is too long", (w) => w.subscriptions.add({ ...web, url: feed, secret: "x".repeat(200) })],
  ["an unknown field", (w) => w.subscriptions.add({ ...web, url: feed, topic: feed } as never)],
  ["a consumer beside it", (w) => w.subscriptions.add({ ...web, url: feed, consumer: "app" } as never)],
  ["no namespace", ({ subscriptions }) => subscriptions.add({ url: feed } as never)],
  ["read one", ({ subscriptions }) => subscriptions.get(key("full/ü?#"))],
  ["read none", ({ subscriptions }) => subscriptions.get(key("none"))],
  ["read without an id", ({ subscriptions }) => subscriptions.get(key(""))],
  ["list them", ({ subscriptions }) => subscriptions.list(web)],
  ["list those of a state", ({ subscriptions }) => subscriptions.list({ ...web, state: "expired" })],
  [
    "page after page",
    ({ subscriptions }) =>
      pages(
        (startKey) => subscriptions.list({ ...web, limit: 1, ...from(startKey) }),
        ({ id }) => id,
      ),
  ],
  ["list far too many", ({ subscriptions }) => subscriptions.list({ ...web, limit: 1_001 })],
  ["renew one", ({ subscriptions }) => subscriptions.renew(key("a")), 1_000],
  ["renew none", ({ subscriptions }) => subscriptions.renew(key("none"))],
  ["remove one", ({ subscriptions }) => subscriptions.remove(key("a"))],
  ["remove it again", ({ subscriptions }) => subscriptions.remove(key("a"))],
  ["remove none", ({ subscriptions }) => subscriptions.remove(key("none"))],
];

const CONSUMERS: Step[] = [
  ["one, whose secret is made", (w, { receiver }) => w.consumers.put(http("app", `${receiver}/ok`))],
  ["the same, changed", (w) => w.consumers.put({ ...ns, name: "app", type: "http", disableAfter: 3 })],
  [
    "all that one can say",
    (w, { receiver }) =>
      w.consumers.put(
        http("full", `${receiver}/ok?token=x`, {
          ...{ format: "raw", headers: { "X-Key": "secret", "Content-Type": "text/plain" } },
          ...{ secrets: [], disableAfter: 7, retry: { limit: 1, baseMs: 500 }, timeoutMs: 2_000 },
        }),
      ),
  ],
  [
    "slack",
    (w, { receiver }) => w.consumers.put({ ...ns, name: "s", type: "slack", url: `${receiver}/s/e` }),
  ],
  ["log", (w) => w.consumers.put({ ...ns, name: "l", type: "log" })],
  ["no type", (w) => w.consumers.put({ ...ns, name: "x" } as never)],
  ["a bad name", (w) => w.consumers.put({ ...ns, name: "a/b", type: "log" })],
  ["an unknown field", (w) => w.consumers.put({ ...ns, name: "x", type: "log", url: feed } as never)],
  ["a private address", (w) => w.consumers.put(http("x", "http://10.0.0.1/"))],
  ["no secret", (w) => w.consumers.put(http("x", feed, { secrets: ["easy"] }))],
  ["read one", (w) => w.consumers.get({ ...ns, name: "full" })],
  ["read none", (w) => w.consumers.get({ ...ns, name: "none" })],
  ["read with a bad name", (w) => w.consumers.get({ ...ns, name: ".." })],
  ["list them", (w) => w.consumers.list(ns)],
  [
    "page after page",
    (w) =>
      pages(
        (startKey) => w.consumers.list({ ...ns, limit: 2, ...from(startKey) }),
        ({ name }) => name,
      ),
  ],
  ["disable one", (w) => w.consumers.disable({ ...ns, name: "s" })],
  ["enable it", (w) => w.consumers.enable({ ...ns, name: "s" })],
  ["enable none", (w) => w.consumers.enable({ ...ns, name: "none" })],
  [
    "rotate",
    async (w) => {
      const rotated = await w.consumers.rotateSecret({ ...ns, name: "app", oldSecretMs: 60_000 });
      return { ...rotated, secret: /^whsec_[A-Za-z0-9+/]{43}=$/.test(rotated?.secret ?? "") };
    },
  ],
  [
    "rotate to one's own",
    (w) => w.consumers.rotateSecret({ ...ns, name: "app", secret: `whsec_${"A".repeat(44)}` }),
  ],
  ["rotate to a bad one", (w) => w.consumers.rotateSecret({ ...ns, name: "app", secret: "easy" })],
  ["rotate where nothing is signed", (w) => w.consumers.rotateSecret({ ...ns, name: "s" })],
  ["rotate none", (w) => w.consumers.rotateSecret({ ...ns, name: "none" })],
  ["delete one", (w) => w.consumers.delete({ ...ns, name: "l" })],
  ["delete it again", (w) => w.consumers.delete({ ...ns, name: "l" })],
];

const replayIn = (notes: Room["notes"]) => ({ ...ns, id: notes.get("replay") ?? "" });
const a = { source: { subscription: "a" } } as const;
const orders = { source: { event: "orders.*" } } as const;
const HANDLERS: Step[] = [
  ["one", (w) => w.consumers.link({ ...ns, ...a, consumer: "app" })],
  ["the same again", (w) => w.consumers.link({ ...ns, ...a, consumer: "app" })],
  [
    "all that one can say",
    (w) =>
      w.consumers.link({
        ...{ ...ns, ...orders, consumer: "full", id: "big", description: "of the shop" },
        filter: { all: [{ path: "payload.amount", atLeast: 10 }] },
        template: "{{payload.amount}}",
      }),
  ],
  [
    "exactly one topic",
    (w) => w.consumers.link({ ...ns, source: { event: "a.b" }, consumer: "s", exact: true }),
  ],
  ["exactly many", (w) => w.consumers.link({ ...ns, ...orders, consumer: "s", exact: true })],
  ["no source", (w) => w.consumers.link({ ...ns, source: { feed } as never, consumer: "s" })],
  ["a bad filter", (w) => w.consumers.link({ ...ns, ...a, consumer: "s", filter: { path: "x" } as never })],
  ["a bad template", (w) => w.consumers.link({ ...ns, ...a, consumer: "s", template: "{{" })],
  ["an unknown field", (w) => w.consumers.link({ ...ns, ...a, consumer: "s", topic: 1 } as never)],
  ["list them", (w) => w.consumers.listHandlers(ns)],
  ["list those of a source", (w) => w.consumers.listHandlers({ ...ns, ...orders })],
  ["list those of a consumer", (w) => w.consumers.listHandlers({ ...ns, consumer: "app" })],
  ["list those of a bad source", (w) => w.consumers.listHandlers({ ...ns, source: { event: "a..b" } })],
  ["unlink one", (w) => w.consumers.unlink({ ...ns, source: { event: "a.b" }, id: "s" })],
  ["unlink it again", (w) => w.consumers.unlink({ ...ns, source: { event: "a.b" }, id: "s" })],
  ["unlink of a bad source", (w) => w.consumers.unlink({ ...ns, source: {} as never, id: "s" })],
];

const DELIVERIES: Step[] = [
  ["tell a text", (w) => w.consumers.tell({ ...ns, consumer: "app", message: "hello", id: "t1" })],
  ["tell it again", (w) => w.consumers.tell({ ...ns, consumer: "app", message: "hello", id: "t1" })],
  ["tell more", (w) => w.consumers.tell({ ...ns, consumer: "app", message: { a: [1, null, "ü"] } })],
  ["tell nobody", (w) => w.consumers.tell({ ...ns, consumer: "none", message: "anyone?" })],
  ["tell nothing", (w) => w.consumers.tell({ ...ns, consumer: "app", message: "" })],
  ["tell what is no JSON", (w) => w.consumers.tell({ ...ns, consumer: "app", message: Number.NaN })],
  [
    "an event",
    (w) => w.events.publish({ ...ns, predicate: "orders.paid", payload: { amount: 17 }, id: "e1" }),
  ],
  [
    "the same event",
    (w) => w.events.publish({ ...ns, predicate: "orders.paid", payload: { amount: 17 }, id: "e1" }),
  ],
  [
    "another under its id",
    (w) => w.events.publish({ ...ns, predicate: "orders.paid", payload: 1, id: "e1" }),
  ],
  ["an event of no topic", (w) => w.events.publish({ ...ns, predicate: "a..b", payload: null })],
  ["all of it arrives", (_w, room) => run(room), 1_000],
  ["and is counted", (w) => w.consumers.stats(ns)],
  [
    "a failing one",
    (w, { receiver }) => w.consumers.put(http("app", `${receiver}/down`, { retry: { limit: 0 } })),
  ],
  [
    "is told three times",
    async (w) => {
      for (const id of ["f1", "f2", "f3"])
        await w.consumers.tell({ ...ns, consumer: "app", message: id, id });
    },
  ],
  ["in vain", (_w, room) => run(room), 1_000],
  ["until it is disabled", (_w, room) => run(room), 1_000],
  ["which shows", (w) => w.consumers.get({ ...ns, name: "app" })],
  ["a replay of a disabled one", (w) => w.consumers.replay({ ...ns, consumer: "app", from: "2030-01-01" })],
  ["mended", (w, { receiver }) => w.consumers.put(http("app", `${receiver}/ok`))],
  ["and enabled", (w) => w.consumers.enable({ ...ns, name: "app" })],
  [
    "a dry run",
    (w) => w.consumers.replay({ ...ns, consumer: "app", from: new Date("2030-01-01"), dryRun: true }),
  ],
  [
    "a replay",
    async (w, { notes }) => {
      const started = await w.consumers.replay({
        ...{ ...ns, consumer: "app", from: "2030-01-01", ratePerSecond: 2 },
      });
      notes.set("replay", started.id ?? "");
      return started;
    },
  ],
  ["its first second", (_w, room) => run(room), 1_000],
  ["has brought back two of three", (w, { notes }) => w.consumers.getReplay(replayIn(notes))],
  ["its next one", (_w, room) => run(room), 1_000],
  ["and one to find the end", (_w, room) => run(room), 1_000],
  ["it is done", (w, { notes }) => w.consumers.getReplay(replayIn(notes))],
  ["and all is delivered", (w) => w.consumers.stats(ns)],
  ["a replay of nobody", (w) => w.consumers.replay({ ...ns, consumer: "none", from: "2030-01-01" })],
  [
    "a replay of the future",
    (w) => w.consumers.replay({ ...ns, consumer: "app", from: "2031-01-01", to: "2030-01-01" }),
  ],
  ["a replay without a beginning", (w) => w.consumers.replay({ ...ns, consumer: "app" } as never)],
  ["no such replay", (w) => w.consumers.getReplay({ ...ns, id: "none" })],
];

const HUB: Step[] = [
  [
    "content",
    (w) =>
      w.hub.publishContent({ ...ns, topic: feed, contentType: "text/plain", bytes: bytes("x"), id: "c1" }),
  ],
  [
    "the same again",
    (w) =>
      w.hub.publishContent({ ...ns, topic: feed, contentType: "text/plain", bytes: bytes("x"), id: "c1" }),
  ],
  [
    "another under its id",
    (w) =>
      w.hub.publishContent({ ...ns, topic: feed, contentType: "text/plain", bytes: bytes("y"), id: "c1" }),
  ],
  [
    "of no topic",
    (w) => w.hub.publishContent({ ...ns, topic: "nonsense", contentType: "text/plain", bytes: bytes("x") }),
  ],
  ["of no type", (w) => w.hub.publishContent({ ...ns, topic: feed, contentType: "text", bytes: bytes("x") })],
  [
    "of a type that no header can carry",
    (w) => w.hub.publishContent({ ...ns, topic: feed, contentType: "text/plain\r\nx: y", bytes: bytes("x") }),
  ],
  ["no subscribers", (w) => w.hub.list({ ...ns, limit: 100 })],
  ["none of a topic", (w) => w.hub.list({ ...ns, topic: "orders.paid", limit: 100 })],
  [
    "deny nobody",
    (w) => w.hub.deny({ ...ns, topic: feed, callback: "https://example.com/cb", reason: "no" }),
  ],
];
function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export const SCENARIOS: Record<string, readonly Step[]> = {
  ...{ SUBSCRIPTIONS, CONSUMERS, HANDLERS, DELIVERIES, HUB },
};
