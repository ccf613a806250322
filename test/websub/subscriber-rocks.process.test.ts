import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Site, startSite } from "./rocks/site.ts";
import { SUBSCRIBER_TESTS } from "./rocks/subscriber-tests.ts";
import { type Product, startProduct } from "./support.ts";

// Our subscriber, led through the suite's tests of a subscriber over HTTP.

// A whole installation with its database in one process: on a busy machine each step takes its time.
vi.setConfig({ testTimeout: 120_000 });

let database: LocalDatabase;
let product: Product;
let site: Site;
beforeAll(async () => {
  database = await startDynalite();
  product = await startProduct(database);
  site = await startSite();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await product[Symbol.asyncDispose]();
  await database.stop();
});

test.concurrent.each(SUBSCRIBER_TESTS.map(({ id, name, run }) => ({ id, name, run })))(
  "$id $name",
  async ({ id, run }) => {
    const namespace = `rocks-${id}`;
    const result = await run(site, {
      subscribe: async (url, { secret }) => {
        await product.webSub.subscriptions.add({ namespace, id: "topic", url, secret });
      },
      timeoutMs: 60_000,
    });
    expect(result, JSON.stringify(result.steps)).toMatchObject({ passed: true });
    const delivery = result.steps.find(({ step }) => step === "delivery")?.detail;
    expect(delivery).toBe(id === 205 ? undefined : id === 301 || id === 302 ? "403" : "202");
    await product.settled(namespace);
    const view = await product.webSub.subscriptions.get({ namespace, id: "topic" });
    expect(view?.state).toBe(id === 205 ? "failed" : "active");
    expect(view?.pushes).toMatchObject(delivery === "202" ? { received: 1, refused: 0 } : { received: 0 });
  },
);
