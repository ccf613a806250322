import { HookclockError, type TaskRow } from "@hookclock/core";
import { expect, test } from "vitest";
import { makeFanOutHandler } from "./fan-out-handler.ts";
import { makeHubParts } from "./hub-parts.ts";
import { publishUpdate } from "./publish.ts";
import { confirmed, type HubSubscription, requested } from "./subscription.ts";
import { pairOf } from "./subscription-repository.ts";
import { createTestHub, type TestHub, TOPIC } from "./test-hub.ts";
import { collectionOfUrl } from "./url-identity.ts";

const COUNT = 1_000;
const SINK = { accept: async () => ({ accepted: 0 }) };
const callbackOf = (n: number): string => `https://s${n % 40}.example/cb/${n}`;

/** Subscriptions as they are after their check; made directly, since a thousand checks are not what is tested here. */
async function subscribeMany(hub: TestHub, count: number, leaseSeconds = 864_000): Promise<void> {
  const { subscriptions, topics } = makeHubParts(hub.world);
  const now = hub.clock.now();
  await topics.keep("app", { topic: TOPIC, collection: collectionOfUrl(TOPIC) }, now + leaseSeconds * 1_000);
  for (let n = 0; n < count; n += 1) {
    const callback = callbackOf(n);
    const terms = { topic: TOPIC, callback, leaseSeconds, secret: null, exact: false } as const;
    const request = { ...terms, mode: "subscribe", id: `r${n}`, requestedAt: now } as const;
    const row: HubSubscription | null = confirmed(requested(null, request, now), request.id, now);
    await subscriptions.change(pairOf("app", collectionOfUrl(TOPIC), callback), () => row);
  }
}
const publish = (hub: TestHub, id = "u1") =>
  publishUpdate(makeHubParts(hub.world), {
    ...{ namespace: "app", id, name: id, kind: "url", topic: TOPIC, contentType: "text/plain", since: null },
    bytes: Buffer.from("news"),
    collections: [collectionOfUrl(TOPIC)],
    links: { hub: "https://hub.example/hub", self: TOPIC },
  });

type Tasks = TestHub["world"]["tasks"];
const outage = () => new HookclockError("store-unavailable", "the store is down");

/** Runs the fan-out as often as it takes; resolves with how often that was. */
async function drive(hub: TestHub, tasks: Tasks = hub.world.tasks): Promise<number> {
  const handler = makeFanOutHandler(makeHubParts({ ...hub.world, tasks }), SINK);
  const task = { namespace: "app", payload: { update: "u1", part: 0 } } as unknown as TaskRow;
  const context = { signal: new AbortController().signal, deliveryId: "d", startedAt: 0, attempt: 1 };
  for (let attempts = 1; attempts < 10; attempts += 1) {
    const outcome = await handler.run(task, context).catch(() => null);
    if (outcome?.class === "ok") return attempts;
  }
  throw new Error("never done");
}

/** Tasks that are counted and no more: forty thousand of them in an engine would take their time. */
function countingTasks(hub: TestHub): { tasks: Tasks; made: Map<string, string> } {
  const made = new Map<string, string>();
  const tasks: Tasks = {
    ...hub.world.tasks,
    registerMany: async (given) => {
      for (const task of given) {
        const content = JSON.stringify(task);
        if ((made.get(task.id ?? "") ?? content) !== content)
          throw new Error(`two tasks of one id: ${task.id}`);
        made.set(task.id ?? "", content);
      }
      return given.map(() => ({ ok: true }) as const);
    },
  };
  return { tasks, made };
}

const PAGES = Array.from({ length: COUNT / 100 }, (_, page) => page);
type Crash = { name: string; set: (hub: TestHub, tasks: Tasks) => Tasks };

/** Breaks one call of `registerMany`: before it, after it, or in its middle. */
const breaking =
  (how: "before" | "half" | "after", at: number): Crash["set"] =>
  (_hub, tasks) => {
    let calls = 0;
    return {
      ...tasks,
      async registerMany(given) {
        const isIt = calls++ === at;
        if (isIt && how === "before") throw outage();
        const results = await tasks.registerMany(isIt && how === "half" ? given.slice(0, 50) : given);
        if (isIt && how === "after") throw outage();
        const rest = isIt ? given.slice(50).map(() => ({ ok: false, error: outage() }) as const) : [];
        return [...results.slice(0, given.length - rest.length), ...rest];
      },
    };
  };
/** Breaks the saving of the cursor behind one page. */
const unsaved =
  (at: number): Crash["set"] =>
  (hub, tasks) => {
    let saves = 0;
    hub.documents.beforeWrite = (method) => {
      if (method === "save" && saves++ === at) throw outage();
    };
    return tasks;
  };
const CRASHES: Crash[] = PAGES.flatMap((at) => [
  { name: `before page ${at}`, set: breaking("before", at) },
  { name: `amid page ${at}`, set: breaking("half", at) },
  { name: `after page ${at}`, set: breaking("after", at) },
  { name: `before the cursor of page ${at} is saved`, set: unsaved(at) },
]);

test("cut off at any page, the fan-out to a thousand makes each delivery a task, and only once", async () => {
  const origin = createTestHub();
  await subscribeMany(origin, COUNT);
  const pristine = origin.documents.dump();
  for (const { name, set } of CRASHES) {
    const hub = createTestHub();
    await hub.documents.putMany(pristine);
    await publish(hub);
    const { tasks, made } = countingTasks(hub);
    const attempts = await drive(hub, set(hub, tasks));
    expect([name, attempts, made.size]).toEqual([name, 2, COUNT]);
    const update = await hub.documents.get({ pk: "app/update", sk: "u1" }, 0);
    expect(update?.data).toMatchObject({ deliveries: COUNT, isDone: true });
  }
});

test("no two of a thousand deliveries are due at the same moment, and all of them at once", async () => {
  const hub = createTestHub();
  await subscribeMany(hub, COUNT);
  await publish(hub);
  await drive(hub);
  const due = hub.stores
    .dump()
    .tasks.filter(({ kind }) => kind === "hub.distribute")
    .map(({ scheduledAt }) => scheduledAt);
  expect(new Set(due).size).toBe(COUNT);
  expect(Math.max(...due)).toBe(hub.clock.now());
});

test("two that fan out the same update at the same time make each delivery once", async () => {
  const hub = createTestHub();
  await subscribeMany(hub, 350);
  await publish(hub);
  await Promise.all([drive(hub), drive(hub)]);
  expect(hub.taskIds("hub/distribute/u1/")).toHaveLength(350);
});

test("a whole life: each of a thousand gets the update once, though stores fail in the middle", async () => {
  const hub = createTestHub();
  await subscribeMany(hub, COUNT);
  const got = new Map<string, number>();
  for (let n = 0; n < COUNT; n += 1) {
    hub.peers.set(callbackOf(n), () => {
      got.set(callbackOf(n), (got.get(callbackOf(n)) ?? 0) + 1);
      return { status: 204 };
    });
  }
  await publish(hub);
  hub.stores.faults.failBefore("tasks.insertMany", 1);
  hub.stores.faults.failAfter("tasks.insertMany", 1);
  let saves = 0;
  hub.documents.beforeWrite = (method) => {
    if (method === "save" && ++saves % 3 === 0 && saves < 10) throw outage();
  };
  await hub.pass(60_000, 1_000);
  expect(got.size).toBe(COUNT);
  expect([...got.values()].every((times) => times === 1)).toBe(true);
});

test("a fan-out that is too long for one task goes on in another", async () => {
  const hub = createTestHub();
  const parts = makeHubParts(hub.world);
  await subscribeMany(hub, 5_050);
  await publish(hub);
  const { tasks, made } = countingTasks(hub);
  const handler = makeFanOutHandler({ ...parts, world: { ...hub.world, tasks } }, SINK);
  const run = (part: number) =>
    handler.run({ namespace: "app", payload: { update: "u1", part } } as unknown as TaskRow, {
      ...{ signal: new AbortController().signal, deliveryId: "d", startedAt: 0, attempt: 1 },
    });
  expect(await run(0)).toMatchObject({ class: "ok", message: expect.stringMatching(/another/) });
  expect(hub.taskIds("hub/fanout/u1/")).toEqual(["hub/fanout/u1/0", "hub/fanout/u1/1"]);
  expect(made.size).toBe(5_000);
  expect(await run(1)).toMatchObject({ message: "5050 deliveries" });
  expect(await run(0)).toMatchObject({ message: "5050 deliveries" });
  expect(made.size).toBe(5_050);
});

test("who ended, ran out or cannot be read gets nothing, and holds up nobody", async () => {
  const hub = createTestHub();
  await subscribeMany(hub, 5, 300);
  await hub.pass(301_000);
  await hub.documents.putMany([
    {
      pk: hub.documents.dump().find(({ pk }) => pk.startsWith("app/hub/url"))?.pk ?? "",
      sk: "0",
      data: { odd: 1 },
    },
  ]);
  const parts = makeHubParts(hub.world);
  const pair = pairOf("app", collectionOfUrl(TOPIC), callbackOf(1));
  const request = {
    mode: "subscribe",
    topic: TOPIC,
    callback: callbackOf(1),
    secret: null,
    exact: false,
  } as const;
  const now = hub.clock.now();
  const pending = { ...request, id: "again", leaseSeconds: 600, requestedAt: now };
  await parts.subscriptions.change(pair, (row) => confirmed(requested(row, pending, now), "again", now));
  await publish(hub);
  await hub.run();
  expect(hub.taskIds("hub/distribute/")).toEqual([`hub/distribute/u1/${pair.callbackHash}`]);
});
