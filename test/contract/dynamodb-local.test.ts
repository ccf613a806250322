import { type LocalDatabase, missingForDynamoDbLocal, startDynamoDbLocal } from "@hookclock/testkit";
import { describeLeaseStore, describeLogStore, describeTaskStore } from "@hookclock/testkit/contract";
import { afterAll, beforeAll, describe, test } from "vitest";
import { openStores } from "./open-stores.ts";

const missing = await missingForDynamoDbLocal();
// On a laptop without Java the rest of the suite is worth running; where it is the gate, nothing is left out.
if (missing !== null && process.env["CI"]) throw new Error(`DynamoDB Local cannot run: ${missing}`);

if (missing !== null) {
  console.warn(`DynamoDB Local is left out: ${missing}`);
  describe.skip(`stores on DynamoDB Local (left out: ${missing})`, () => {
    test("contract", () => {});
  });
} else {
  let database: LocalDatabase;
  beforeAll(async () => {
    database = await startDynamoDbLocal();
  });
  afterAll(() => database?.stop());

  const open = () => openStores(database.endpoint);
  describeTaskStore("DynamoDB Local", open);
  describeLogStore("DynamoDB Local", open);
  describeLeaseStore("DynamoDB Local", open);
}
