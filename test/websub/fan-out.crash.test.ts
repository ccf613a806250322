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
  createState,
  createWebSub,
  Hooks,
  type HooksOptions,
  type Task,
  type WebSub,
  type WebSubOptions,
} from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Child, workerFactory } from "../crash/children.ts";
import { freshOptions } from "../library/support.ts";
import { copySubscription } from "./copied-subscriptions.ts";

const SUBSCRIBERS = 1_000;
/** Deliveries are made in pages of a hundred: here one page is behind the fan-out, and the next half made. */
const PAGE_AND_A_HALF = 150;
const CLAIM_MS = 2_000;
/** What one worker has under way at most: attempts that run, and ended ones whose results wait to be written. */
const IN_FLIGHT_MAX = 25 + 120;
const namespace = "app";
const PATHS = Array.from({ length: SUBSCRIBERS }, (_, index) => `/callback/${index}`);
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

/** One goes through the hub's door and its check; the others are written like it, which takes a second instead of a minute. */
async function subscribeAll(
  webSub: WebSub,
  hooks: Hooks,
  url: string,
  { endpoint = "", stateTableName = "" }: WebSubOptions,
): Promise<void> {
  const topic = `${url}/topic`;
  const [first, ...others] = PATHS.map((path) => ({ callback: `${url}${path}`, secret: secretOf(path) }));
  const { callback = "", secret = "" } = first ?? {};
  const terms = { "hub.topic": topic, "hub.callback": callback, "hub.secret": secret };
  expect((await webSub.hub.request(form({ "hub.mode": "subscribe", ...terms }))).status).toBe(202);
  await hooks.trigger();
  const state = createState({ endpoint, stateTableName });
  await copySubscription(state.documents, { namespace, topic, copies: others });
  await state.close();
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

/** How often each delivery was sent. */
function sentOf({ requests }: Others): Map<string, number> {
  const sent = new Map<string, number>();
  for (const id of requests.filter(isDelivery).map(deliveryIdOf)) sent.set(id, (sent.get(id) ?? 0) + 1);
  return sent;
}

/** How far it had come when a worker was killed: tasks made, and what was sent and is not recorded as done. */
async function atKill(hooks: Hooks, others: Others) {
  const tasks = await distributions(hooks);
  const done = tasks.filter(({ status }) => status === "DONE");
  const finished = new Set(done.map(({ id, occurrence }) => deliveryId(namespace, id, occurrence)));
  const inFlight = new Set([...sentOf(others).keys()].filter((id) => !finished.has(id)));
  return { tasks, done, inFlight };
}

/** Every callback has the update whole, under its own signature, and no other delivery than its own. */
function expectAllToHaveIt({ requests }: Others): void {
  const byPath = new Map(PATHS.map((path) => [path, new Set<string>()]));
  for (const request of requests.filter(isDelivery)) {
    const { url, headers, body } = request;
    byPath.get(url)?.add(deliveryIdOf(request));
    const signature = createHmac("sha256", secretOf(url)).update(UPDATE).digest("hex");
    const isRight = body.equals(UPDATE) && headers["x-hub-signature"] === `sha256=${signature}`;
    expect(isRight, `what came to ${url}`).toBe(true);
  }
  expect([...byPath].filter(([, ids]) => ids.size !== 1)).toEqual([]);
}

const run = async (options: HooksOptions, webSubOptions: WebSubOptions): Promise<Child> => {
  const worker = await factory.open(options, webSubOptions);
  worker.tell({ do: "run", pollMs: 200 });
  return worker;
};

test("H-C7: killed in mid fan-out, and again in mid distribution: 1,000 callbacks have the update, twice only what was in flight", async () => {
  await using others = await startOthers();
  const { endpoint } = database;
  const options = freshOptions(endpoint, { claimMs: CLAIM_MS });
  const webSubOptions: WebSubOptions = {
    ...{ endpoint, createTable: true, egress: { allow: ["127.0.0.1"] } },
    ...{ baseUrl: "http://hub.example", stateTableName: `fan-out-${process.pid}` },
  };
  const webSub = createWebSub(webSubOptions);
  const hooks = new Hooks({ ...options, handlers: webSub.attach });
  await subscribeAll(webSub, hooks, others.url, webSubOptions);
  const ping = form({ "hub.mode": "publish", "hub.topic": `${others.url}/topic` });
  expect((await webSub.hub.request(ping)).status).toBe(204);

  const first = await run(options, webSubOptions);
  const limit = PAGE_AND_A_HALF;
  const made = async () => (await hooks.fetch({ namespace, id: "hub/distribute/", limit })).count;
  await expect.poll(made, { timeout: 60_000, interval: 20 }).toBe(limit);
  await first.kill("SIGKILL");
  const inFanOut = await atKill(hooks, others);
  // Otherwise the kill proves nothing.
  expect(inFanOut.tasks.length).toBeLessThan(SUBSCRIBERS);

  const second = await run(options, webSubOptions);
  await others.received(others.requests.length + SUBSCRIBERS / 3);
  await second.kill("SIGKILL");
  const inDistribution = await atKill(hooks, others);
  expect(inDistribution.done.length).toBeGreaterThan(0);
  expect(inDistribution.done.length).toBeLessThan(SUBSCRIBERS);

  const heir = await run(options, webSubOptions);
  const isOpen = async () =>
    sentOf(others).size < SUBSCRIBERS ||
    (await hooks.fetch({ namespace, id: "hub/distribute/", status: "ACTIVE", limit: 1 })).count > 0;
  await expect.poll(isOpen, { timeout: 100_000, interval: 200 }).toBe(false);
  expect(await heir.kill("SIGTERM")).toBe(0);

  expectAllToHaveIt(others);
  const times = (id: string) =>
    1 + [inFanOut, inDistribution].filter(({ inFlight }) => inFlight.has(id)).length;
  const sent = [...sentOf(others)];
  expect(sent.filter(([id, count]) => count > times(id))).toEqual([]);
  expect(sent.filter(([, count]) => count > 1).length).toBeLessThanOrEqual(2 * IN_FLIGHT_MAX);
  const tasks = await distributions(hooks);
  expect(tasks).toHaveLength(SUBSCRIBERS);
  expect(tasks.filter(({ status, execution }) => status !== "DONE" || execution.count !== 1)).toEqual([]);
  await hooks.close();
  await webSub.close();
}, 180_000);
