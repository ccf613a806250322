// One update to a thousand subscribers of our hub, whose worker is killed twice: while it makes the deliveries, and while they
// go out. Everybody gets it; twice only what was in flight when a worker was killed.
import { createHmac } from "node:crypto";
import { deliveryId } from "@hookclock/core";
import {
  type Answer,
  type LocalDatabase,
  type ReceivedRequest,
  startDynalite,
  startReceiver,
} from "@hookclock/testkit";
import {
  createWebSub,
  Hooks,
  type HooksOptions,
  type Task,
  type WebSub,
  type WebSubOptions,
} from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workerFactory } from "../crash/children.ts";
import { freshOptions } from "../library/support.ts";

const SUBSCRIBERS = 1_000;
/** As many as the hub lets wait for their check at one host. */
const ASKED_AT_ONCE = 50;
const CLAIM_MS = 2_000;
const namespace = "app";
const UPDATE = Buffer.from("The news of today, as it was published.");

let database: LocalDatabase;
let factory: Awaited<ReturnType<typeof workerFactory>>;
beforeAll(async () => {
  [database, factory] = await Promise.all([startDynalite(), workerFactory()]);
});
afterAll(async () => {
  await factory.close();
  await database.stop();
});

const form = (fields: Record<string, string>) => ({
  namespace,
  contentType: "application/x-www-form-urlencoded",
  body: Buffer.from(new URLSearchParams(fields).toString()),
});
const secretOf = (path: string): string => `the secret of ${path}`;
const signatureFor = (path: string): string =>
  `sha256=${createHmac("sha256", secretOf(path)).update(UPDATE).digest("hex")}`;

/** The topic, and the callbacks: each agrees to its subscription, and answers content after a moment. */
const startOthers = () =>
  startReceiver(async ({ method, url }): Promise<Answer> => {
    if (url === "/topic") return { headers: { "content-type": "text/plain" }, body: UPDATE };
    if (method === "GET")
      return { body: new URL(url, "http://localhost").searchParams.get("hub.challenge") ?? "" };
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 200;
  });
type Others = Awaited<ReturnType<typeof startOthers>>;

/** Through the hub's own door, and with its check of each callback. */
async function subscribeAll(webSub: WebSub, hooks: Hooks, url: string): Promise<void> {
  for (let from = 0; from < SUBSCRIBERS; from += ASKED_AT_ONCE) {
    const asked = Array.from({ length: ASKED_AT_ONCE }, async (_, index) => {
      const path = `/callback/${from + index}`;
      const terms = { "hub.topic": `${url}/topic`, "hub.callback": `${url}${path}` };
      const request = form({ "hub.mode": "subscribe", ...terms, "hub.secret": secretOf(path) });
      return (await webSub.hub.request(request)).status;
    });
    expect(new Set(await Promise.all(asked))).toEqual(new Set([202]));
    await hooks.trigger();
  }
}

async function distributions(hooks: Hooks): Promise<Task[]> {
  const tasks: Task[] = [];
  await hooks.fetch({
    ...{ namespace, id: "hub/distribute/", limit: 10_000 },
    onChunk: ({ items }) => tasks.push(...items),
  });
  return tasks;
}

const isDelivery = ({ method }: ReceivedRequest): boolean => method === "POST";
const deliveryIdOf = ({ headers }: ReceivedRequest): string => String(headers["hookclock-delivery-id"]);

/** What was sent and not recorded as done, and how often each was sent, by the ids of the deliveries. */
async function looked(hooks: Hooks, others: Others) {
  const tasks = await distributions(hooks);
  const sent = new Map<string, number>();
  for (const id of others.requests.filter(isDelivery).map(deliveryIdOf))
    sent.set(id, (sent.get(id) ?? 0) + 1);
  const done = new Set(
    tasks
      .filter(({ status }) => status === "DONE")
      .map(({ id, occurrence }) => deliveryId(namespace, id, occurrence)),
  );
  const inFlight = new Set([...sent.keys()].filter((id) => !done.has(id)));
  return { tasks, sent, done, inFlight };
}

test("H-C7: a worker killed in mid fan-out and another in mid distribution: 1,000 callbacks have the update, twice only what was in flight", async () => {
  await using others = await startOthers();
  const options: HooksOptions = freshOptions(database.endpoint, { claimMs: CLAIM_MS });
  const webSubOptions: WebSubOptions = {
    ...{ endpoint: database.endpoint, createTable: true, egress: { allow: ["127.0.0.1"] } },
    ...{ baseUrl: "http://hub.example", stateTableName: `fan-out-${process.pid}` },
  };
  const webSub = createWebSub(webSubOptions);
  const hooks = new Hooks({ ...options, handlers: webSub.attach });
  const t0 = performance.now();
  await subscribeAll(webSub, hooks, others.url);
  console.log("subscribed", performance.now() - t0);
  const ping = form({ "hub.mode": "publish", "hub.topic": `${others.url}/topic` });
  expect((await webSub.hub.request(ping)).status).toBe(204);

  const inFanOut = await factory.open(options, webSubOptions);
  inFanOut.tell({ do: "run", pollMs: 200 });
  await expect
    .poll(async () => (await distributions(hooks)).length, { timeout: 30_000, interval: 10 })
    .toBeGreaterThan(0);
  await inFanOut.kill("SIGKILL");
  const first = await looked(hooks, others);
  console.log("first", performance.now() - t0, first.tasks.length, first.sent.size, first.inFlight.size);
  // Otherwise the kill proves nothing.
  expect(first.tasks.length).toBeLessThan(SUBSCRIBERS);

  const inDistribution = await factory.open(options, webSubOptions);
  inDistribution.tell({ do: "run", pollMs: 200 });
  const before = others.requests.length;
  await others.received(before + 400);
  await inDistribution.kill("SIGKILL");
  const second = await looked(hooks, others);
  console.log("second", performance.now() - t0, second.tasks.length, second.sent.size, second.inFlight.size);

  const heir = await factory.open(options, webSubOptions);
  heir.tell({ do: "run", pollMs: 200 });
  await expect
    .poll(async () => (await looked(hooks, others)).done.size, { timeout: 60_000, interval: 200 })
    .toBe(SUBSCRIBERS);
  await heir.kill("SIGTERM");
  const last = await looked(hooks, others);
  console.log("last", performance.now() - t0, [...last.sent.values()].filter((n) => n > 1).length);
  await hooks.close();
  await webSub.close();
}, 120_000);
