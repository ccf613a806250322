// Content as nobody should send it, end to end: from a topic through our hub and our subscriber to a consumer. Each has a
// clear outcome, nothing is lost, nothing is run, and what comes after is as good as ever.
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { atom, type Circle, openCircle } from "./circle-site.ts";

const LIMIT = 2 * 1024 * 1024;
const ATOM = "application/atom+xml";

// Many go on at the same time, and each waits for seconds that the hub gathers pings in.
vi.setConfig({ testTimeout: 120_000 });

let database: LocalDatabase;
let circle: Circle;
beforeAll(async () => {
  database = await startDynalite();
  circle = await openCircle(database, { contentBytesMax: LIMIT });
});
afterAll(async () => {
  await circle[Symbol.asyncDispose]();
  await database.stop();
});

/** Subscribed to a feed that is there, with a consumer behind it. */
async function subscribed(namespace: string): Promise<void> {
  circle.show(namespace, ATOM, atom([]));
  await circle.consume(namespace);
  expect(await circle.subscribe(namespace)).toMatchObject({ state: "active" });
}

/** What the log says of the latest task of a kind. */
async function said(namespace: string, id: string): Promise<string | undefined> {
  const { items } = await circle.product.hooks.fetchLogs({ namespace, id, desc: true, limit: 1 });
  return items[0]?.message ?? undefined;
}

/** After whatever came, an ordinary feed does what it always did. */
async function expectAllWell(namespace: string): Promise<void> {
  circle.show(namespace, ATOM, atom([["urn:after", "after"]]));
  await circle.ping(namespace);
  expect(circle.received(namespace).at(-1)?.data.entry).toMatchObject({ title: "after" });
}

const LAUGHS = Array.from({ length: 12 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("");
const BOMB = atom([["urn:bomb", "&l12;"]], `<!DOCTYPE feed [<!ENTITY l0 "boom">${LAUGHS}]>`);
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, n) => n);
const LATIN = Buffer.from(atom([["urn:1", "caf\u00e9"]]), "latin1");

type Case = {
  what: string;
  type: string;
  body: string | Uint8Array;
  content: Record<string, unknown>;
  /** What the log of the subscriber's task says of it. */
  note?: string;
};
const NO_FEED = "taken as one piece: it is no feed";
const OPAQUE: Case[] = [
  { what: "no feed", type: ATOM, body: "hello", content: { text: "hello" }, note: NO_FEED },
  { what: "an empty body", type: "text/plain", body: "", content: { sizeBytes: 0, text: "" } },
  { what: "an empty feed", type: ATOM, body: "", content: { sizeBytes: 0, text: "" }, note: NO_FEED },
  {
    what: "bytes",
    type: "application/octet-stream",
    body: ALL_BYTES,
    content: { sizeBytes: 256, base64: Buffer.from(ALL_BYTES).toString("base64") },
  },
  {
    what: "bytes that say they are a feed",
    type: ATOM,
    body: ALL_BYTES,
    content: { base64: Buffer.from(ALL_BYTES).toString("base64") },
    note: NO_FEED,
  },
  {
    what: "half a feed",
    type: ATOM,
    body: atom([["urn:1", "a"]]).slice(0, -20),
    content: {},
    note: "taken as one piece: it is not well formed, or not finished",
  },
];

test.concurrent.each(OPAQUE)(
  "$what arrives as one piece, as it is",
  async ({ what, type, body, content, note = "1 of 1 messages were new" }) => {
    const namespace = what.replaceAll(" ", "-");
    await subscribed(namespace);
    circle.show(namespace, type, body);
    expect(await circle.ping(namespace)).toBe(204);
    expect(circle.received(namespace)).toMatchObject([
      { type: "hookclock.content", data: { entry: null, content: { type, ...content } } },
    ]);
    expect(await said(namespace, "websub/receive/")).toContain(note);
  },
);

test.concurrent("letters in another charset than the feed says do not keep its entries back", async () => {
  const namespace = "charset";
  await subscribed(namespace);
  circle.show(namespace, `${ATOM}; charset=utf-8`, LATIN);
  await circle.ping(namespace);
  expect(circle.received(namespace).map(({ data }) => data.entry)).toMatchObject([
    { id: "urn:1", title: "caf\ufffd" },
  ]);
  circle.show(namespace, `${ATOM}; charset=klingon`, atom([["urn:2", "caf\u00e9"]]));
  await circle.ping(namespace);
  expect(circle.received(namespace)[1]?.data.entry).toMatchObject({ id: "urn:2", title: "caf\u00e9" });
});

test.concurrent("what a feed names outside of it is neither fetched nor read", async () => {
  const namespace = "outside";
  await subscribed(namespace);
  const secret = `${circle.site.url}/secret`;
  circle.showAt("/secret", { type: "text/plain", body: "a secret of the network" });
  const entities = `<!DOCTYPE feed SYSTEM "${secret}" [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b SYSTEM "${secret}">]>`;
  circle.show(namespace, ATOM, atom([["urn:1", "&a;&b;"]], entities));
  await circle.ping(namespace);
  const [message] = circle.received(namespace);
  expect(message?.data.content?.text ?? message?.data.entry?.title).toContain("&a;&b;");
  expect(JSON.stringify(message)).not.toMatch(/root:|a secret/);
  expect(circle.site.requests.filter(({ url }) => url === "/secret")).toEqual([]);
  await expectAllWell(namespace);
});

test.concurrent("entities that would grow a billion times stay what they are", async () => {
  const namespace = "bomb";
  await subscribed(namespace);
  circle.show(namespace, ATOM, BOMB);
  await circle.ping(namespace);
  expect(circle.received(namespace).map(({ data }) => data.entry?.title)).toEqual(["&l12;"]);
  await expectAllWell(namespace);
});

test.concurrent("script in an entry is passed on as text", async () => {
  const namespace = "script";
  await subscribed(namespace);
  const title = "<![CDATA[<script>alert(1)</script>]]>";
  circle.show(
    namespace,
    ATOM,
    atom([
      ["urn:1", title],
      ["__proto__", "constructor"],
    ]),
  );
  await circle.ping(namespace);
  const entries = circle.received(namespace).map(({ data }) => data.entry);
  expect(entries.find((entry) => entry?.id === "urn:1")?.title).toBe("<script>alert(1)</script>");
  expect(entries.map((entry) => entry?.id).sort()).toEqual(["__proto__", "urn:1"]);
  expect({}).not.toHaveProperty("title");
});

test.concurrent("more than the limit is not passed on by the hub, nor taken by the subscriber", async () => {
  const namespace = "large";
  await subscribed(namespace);
  circle.show(namespace, "text/plain", "x".repeat(LIMIT + 1));
  expect(await circle.ping(namespace)).toBe(204);
  const { items } = await circle.product.hooks.fetch({ namespace, id: "hub/fetch/", status: "ACTIVE" });
  expect(items[0]?.errors.lastError ?? items[0]).toMatch(/too-large|more than 2097152 bytes/);
  const callback = await circle.callback(namespace);
  const pushed = await fetch(callback, { method: "POST", body: "x".repeat(LIMIT + 1) });
  expect([pushed.status, await pushed.text()]).toEqual([
    413,
    expect.stringContaining("more than 2097152 bytes"),
  ]);
  expect(circle.received(namespace)).toEqual([]);
  const publishing = circle.webSub.hub.publishContent({
    ...{ namespace, topic: circle.topicOf(namespace), contentType: "text/plain" },
    bytes: new Uint8Array(LIMIT + 1),
  });
  await expect(publishing).rejects.toMatchObject({ code: "body-too-large" });
  await expectAllWell(namespace);
});

test("ten thousand entries in one push are ten thousand messages, and none twice", async () => {
  const namespace = "many";
  circle.show(namespace, ATOM, atom([]));
  // All are kept; the first and the last are delivered.
  await circle.consume(namespace, { path: "entry.title", in: ["T0", "T9999"] });
  await circle.subscribe(namespace);
  circle.show(
    namespace,
    ATOM,
    atom(Array.from({ length: 10_000 }, (_, n) => [`urn:${n}`, `T${n}`] as const)),
  );
  await circle.ping(namespace);
  expect(await said(namespace, "websub/receive/")).toContain("10000 of 10000 messages were new");
  const titles = () => circle.received(namespace).map(({ data }) => data.entry?.title);
  expect(titles().sort()).toEqual(["T0", "T9999"]);
});
