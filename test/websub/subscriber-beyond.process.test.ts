import { type LocalDatabase, type Receiver, startDynalite, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ask } from "./rocks/client.ts";
import { sign } from "./rocks/sign.ts";
import { type Product, startProduct } from "./support.ts";

// Our subscriber over HTTP, where the suite does not look: a hub by hand, which tells the truth or does not.

// A whole installation with its database in one process: on a busy machine each step takes its time.
vi.setConfig({ testTimeout: 120_000 });

let database: LocalDatabase;
let product: Product;
beforeAll(async () => {
  database = await startDynalite();
  product = await startProduct(database);
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await database.stop();
});

let subscribed = 0;

/** A topic with a hub that takes every request and then does nothing by itself. */
const startByHand = async () => {
  const receiver: Receiver = await startReceiver(({ method, url }) =>
    method === "POST"
      ? 202
      : { headers: { link: `<${receiver.url}/hub>; rel="hub", <${receiver.url}${url}>; rel="self"` } },
  );
  subscribed += 1;
  const key = { namespace: `by-hand-${subscribed}`, id: "one" };
  const topic = `${receiver.url}/topic`;
  await product.webSub.subscriptions.add({ ...key, url: topic, secret: true });
  await product.settled(key.namespace);
  /** What the hub was asked last. */
  const asked = (): { [name: string]: string } => {
    const form = receiver.requests.findLast(({ method }) => method === "POST")?.body.toString();
    return Object.fromEntries(new URLSearchParams(form));
  };
  const callback = asked()["hub.callback"] ?? "";
  const secret = asked()["hub.secret"] ?? "";

  const check = async (query: { [name: string]: string }, at = callback) => {
    const whole = { "hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "prove it", ...query };
    return fetch(`${at}?${new URLSearchParams({ "hub.lease_seconds": "86400", ...whole })}`);
  };
  const push = async (
    signature: string | null,
    headers: { [name: string]: string } = {},
    at = callback,
    body = CONTENT,
  ) => {
    const signed = signature === null ? {} : { "x-hub-signature": signature };
    const answer = await ask({ method: "POST", url: at, headers: { ...headers, ...signed }, body }, 0);
    return answer?.status;
  };
  const view = async () => {
    const found = await product.webSub.subscriptions.get(key);
    if (found === null) throw new Error("there is no such subscription");
    return found;
  };
  return {
    ...{ key, topic, asked, callback, secret, check, push, view },
    [Symbol.asyncDispose]: receiver.close,
  };
};

const CONTENT = Buffer.from([60, 0, 255, 13, 10]);

test("S-R4: a callback cannot be guessed, and belongs to one subscription", async () => {
  await using one = await startByHand();
  await using other = await startByHand();
  const tokens = [one, other].map(({ callback }) => callback.split("/").at(-1) ?? "");
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{22,}$/);
  expect(one.secret).not.toBe(other.secret);
});

test("S-V1, S-V2, S-V3, S-V7: only what was asked for is agreed to, and the challenge alone comes back", async () => {
  await using hub = await startByHand();
  const otherCallback = hub.callback.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  for (const refused of [
    await hub.check({ "hub.topic": `${hub.topic}?` }),
    await hub.check({ "hub.topic": hub.topic.toUpperCase() }),
    await hub.check({ "hub.mode": "unsubscribe" }),
    await hub.check({ "hub.mode": "" }),
    await hub.check({}, otherCallback),
  ]) {
    expect(refused.status).toBe(404);
    expect(await refused.text()).not.toContain("prove it");
  }
  expect((await hub.view()).state).toBe("pending");

  const challenge = "<b>prove</b>\u00fc +%";
  const agreed = await hub.check({ "hub.challenge": challenge });
  expect(agreed.status).toBe(200);
  expect(await agreed.text()).toBe(challenge);
  expect(agreed.headers.get("content-type")).toMatch(/^text\/plain/);
  expect(agreed.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await hub.view()).toMatchObject({ state: "active", lease: { leaseSeconds: 86_400 } });
});

test("S-V4: a check that is played again prolongs nothing", async () => {
  await using hub = await startByHand();
  await hub.check({});
  const { lease } = await hub.view();
  await hub.check({ "hub.lease_seconds": "8640000" });
  expect((await hub.view()).lease).toEqual(lease);
});

test("S-S2, S-S3, S-S4, S-C4: content is taken with the right signature alone", async () => {
  await using hub = await startByHand();
  await hub.check({});
  const right = sign("sha256", hub.secret, CONTENT);
  const bad = [
    null,
    "",
    "sha256",
    "sha256=",
    right.slice(0, -1),
    `${right}0`,
    right.replace("sha256", "sha512"),
    right.replace("sha256=", "sha256=0x"),
    sign("sha256", `${hub.secret}x`, CONTENT),
    sign("sha256", hub.secret, Buffer.from("other")),
    sign("md5", hub.secret, CONTENT),
  ];
  for (const signature of bad) expect([signature, await hub.push(signature)]).toEqual([signature, 403]);
  expect((await hub.view()).pushes).toMatchObject({ received: 0, refused: bad.length });
  for (const method of ["sha256", "sha384", "sha512"]) {
    // The same content at once again would be the same push.
    const body = Buffer.concat([CONTENT, Buffer.from(method)]);
    expect(await hub.push(sign(method, hub.secret, body), {}, hub.callback, body)).toBe(202);
  }
  expect((await hub.view()).pushes).toMatchObject({ received: 3, refused: bad.length });
});

test("S-S6, S-C5: what headers say of a push changes nothing", async () => {
  await using hub = await startByHand();
  await using other = await startByHand();
  await hub.check({});
  await other.check({});
  const headers = {
    link: `<http://localhost/>; rel="hub", <${other.topic}>; rel="self"`,
    "content-type": "not/a type; at=all",
  };
  expect(await hub.push(sign("sha256", hub.secret, CONTENT), headers)).toBe(202);
  expect(await hub.push(sign("sha256", other.secret, CONTENT), headers)).toBe(403);
  expect((await hub.view()).pushes).toMatchObject({ received: 1, refused: 1 });
  expect((await other.view()).pushes).toMatchObject({ received: 0, refused: 0 });
});

test("S-L3, S-V5, S-C3: it unsubscribes as the pair that the hub knows, and takes nothing after that", async () => {
  await using hub = await startByHand();
  await hub.check({});
  await product.webSub.subscriptions.remove(hub.key);
  await product.settled(hub.key.namespace);
  expect(hub.asked()).toMatchObject({
    "hub.mode": "unsubscribe",
    "hub.topic": hub.topic,
    "hub.callback": hub.callback,
  });
  expect((await hub.check({})).status).toBe(404);
  const agreed = await hub.check({ "hub.mode": "unsubscribe", "hub.lease_seconds": "86400" });
  expect(await agreed.text()).toBe("prove it");
  expect(await hub.view()).toMatchObject({ state: "unsubscribed", lease: null });
  expect(await hub.push(sign("sha256", hub.secret, CONTENT))).toBe(410);
});

test("S-V6: a denial ends it at any time", async () => {
  await using hub = await startByHand();
  await hub.check({});
  expect((await hub.check({ "hub.mode": "denied", "hub.topic": "http://localhost/" })).status).toBe(404);
  expect((await hub.view()).state).toBe("active");
  expect((await hub.check({ "hub.mode": "denied", "hub.reason": "moved away" })).ok).toBe(true);
  expect(await hub.view()).toMatchObject({ state: "denied" });
  expect(await hub.push(sign("sha256", hub.secret, CONTENT))).toBe(410);
});

test("S-C3: where nothing is, nothing is taken", async () => {
  await using hub = await startByHand();
  const signature = sign("sha256", hub.secret, CONTENT);
  expect(await hub.push(signature)).toBe(404);
  await hub.check({});
  expect(await hub.push(signature, {}, `${hub.callback}x`)).toBe(404);
  expect(await hub.push(signature, {}, hub.callback.replace("/one/", "/two/"))).toBe(404);
  expect(await hub.push(signature)).toBe(202);
});
