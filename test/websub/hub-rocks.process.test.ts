import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { HUB_TESTS } from "./rocks/hub-tests.ts";
import { type Site, startSite } from "./rocks/site.ts";
import { type Product, startProduct } from "./support.ts";

// Our hub, led through the suite's tests of a hub over HTTP.

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

test.concurrent.each(HUB_TESTS.map(({ id, name, run }) => ({ id, name, run })))(
  "$id $name",
  async ({ id, run }) => {
    const namespace = `rocks-${id}`;
    const result = await run(site, {
      url: product.hubUrl(namespace),
      settled: () => product.settled(namespace),
      timeoutMs: 60_000,
    });
    expect(result, JSON.stringify(result.steps)).toMatchObject({ passed: true });
  },
);
