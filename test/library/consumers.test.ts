// Consumers on a real database and through class Hooks: failing, disabled, enabled, replayed.
import { type LocalDatabase, startDynalite, startReceiver } from "@hookclock/testkit";
import { createWebSub, Hooks } from "hookclock";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshOptions, travelClock } from "./support.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

let tables = 0;
async function open() {
  tables += 1;
  const clock = travelClock();
  const egress = { allow: ["127.0.0.1"] };
  const place = { endpoint: database.endpoint, createTable: true, egress };
  const webSub = createWebSub(
    { ...place, baseUrl: "http://127.0.0.1:1", stateTableName: `consumers-${process.pid}-${tables}` },
    { clock },
  );
  const hooks = new Hooks(freshOptions(database.endpoint, { handlers: webSub.attach }), { clock });
  return {
    ...{ webSub, hooks, clock, consumers: webSub.consumers },
    /** Runs what is due, second after second, until nothing was for three of them. */
    async settle() {
      for (let idle = 0; idle < 3; clock.jump(1_100)) {
        idle = (await hooks.trigger()).processed === 0 ? idle + 1 : 0;
      }
    },
    async [Symbol.asyncDispose]() {
      await hooks.close();
      await webSub.close();
    },
  };
}

test("a consumer that fails is disabled and announced; enabled, a replay brings all of it, once each", async () => {
  await using world = await open();
  const { consumers, clock, hooks } = world;
  let status = 500;
  await using receiver = await startReceiver(() => status);
  const key = { namespace: "my app", name: "mine" };
  const { secret } = await consumers.put({
    ...{ ...key, type: "http", url: `${receiver.url}/in`, disableAfter: 3 },
    retry: { limit: 0 },
  });
  await consumers.put({ namespace: "my app", name: "audit", type: "log" });
  const told = { namespace: "my app", source: { event: "hookclock.consumer" }, consumer: "audit" };
  await consumers.link(told);
  await consumers.link({ namespace: "my app", source: { event: "orders" }, consumer: "mine" });
  const from = new Date(clock.now() - 1_000);
  for (let order = 1; order <= 12; order += 1) {
    await world.webSub.events.publish({ namespace: "my app", predicate: "orders.paid", payload: { order } });
    if (order <= 3 || order === 12) await world.settle();
  }
  expect(await consumers.get(key)).toMatchObject({ enabled: false, disabled: { reason: "failures" } });
  expect(receiver.requests).toHaveLength(3);
  const failed = await hooks.fetch({ namespace: "my app", id: "deliver/mine/", status: "FAILED" });
  expect(failed.count).toBe(12);
  const { items: logs } = await hooks.fetchLogs({ namespace: "my app", id: "deliver/audit/" });
  expect(logs.map(({ request }) => request.body)).toEqual([
    expect.objectContaining({ payload: expect.objectContaining({ consumer: "mine", reason: "failures" }) }),
  ]);

  status = 204;
  await consumers.enable(key);
  const asked = { namespace: "my app", consumer: "mine", from, ratePerSecond: 5 };
  expect(await consumers.replay({ ...asked, dryRun: true })).toEqual({ id: null, count: 12 });
  const { id } = await consumers.replay(asked);
  await world.settle();
  const bodies = receiver.requests.slice(3);
  const orders = bodies.map(({ body }) => JSON.parse(body.toString()).data.payload.order as number);
  expect(orders.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  expect(await consumers.getReplay({ namespace: "my app", id: id ?? "" })).toMatchObject({
    ...{ state: "done", total: 12, retried: 12 },
  });
  expect((await hooks.fetch({ namespace: "my app", id: "replay/" })).count).toBe(0);
  const { consumers: counted } = await consumers.stats({ namespace: "my app" });
  expect(counted.find(({ name }) => name === "mine")?.deliveries).toMatchObject({ delivered: 12, failed: 0 });
  const last = bodies.at(-1);
  const headers = last?.headers as Record<string, string>;
  const at = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  const expected = new Webhook(secret ?? "").sign(
    headers["webhook-id"] ?? "",
    at,
    last?.body.toString() ?? "",
  );
  expect(headers["webhook-signature"]).toBe(expected);
});

test("a large message is stored in pieces and arrives whole; lists have their pages", async () => {
  await using world = await open();
  const { consumers } = world;
  await using receiver = await startReceiver(204);
  const names = ["c", "a", "b"];
  for (const name of names) {
    await consumers.put({ namespace: "app", name, type: "http", url: receiver.url, format: "raw" });
    await consumers.link({ namespace: "app", source: { subscription: "s" }, consumer: name });
  }
  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 31) % 256);
  const message = {
    ...{ namespace: "app", id: "m/1", source: { subscription: "s" }, topic: "https://a.example/" },
    ...{ receivedAt: world.clock.now(), entry: null, content: { type: "image/png", bytes } },
  };
  expect(await consumers.sink.accept([message])).toEqual({ accepted: 1 });
  expect(await consumers.sink.accept([message])).toEqual({ accepted: 0 });
  await world.settle();
  expect(receiver.requests.map(({ body }) => body.equals(bytes))).toEqual([true, true, true]);
  const first = await consumers.list({ namespace: "app", limit: 2 });
  expect(first.items.map(({ name }) => name)).toEqual(["a", "b"]);
  const rest = await consumers.list({ namespace: "app", limit: 2, startKey: first.nextKey ?? "" });
  expect(rest).toMatchObject({ items: [{ name: "c" }], nextKey: null });
  const links = await consumers.listHandlers({ namespace: "app", consumer: "b", limit: 1 });
  expect(links.items.map(({ consumer }) => consumer)).toEqual(["b"]);
});
