// The state table on every database: the contract of documents, and the table itself.
import { CreateTableCommand, DescribeTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { createDocumentStore } from "@hookclock/store-dynamodb";
import { createMemoryDocuments, type LocalDatabase, loudSkip } from "@hookclock/testkit";
import { describeDocumentStore } from "@hookclock/testkit/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases } from "../library/support.ts";
import { openState } from "./open-documents.ts";
import { localClient } from "./open-stores.ts";

describeDocumentStore("memory", async () => createMemoryDocuments());

for (const { name, start, missing } of await databases()) {
  const describeHere = loudSkip<typeof describe.skip>(describe, missing);
  describeHere(`documents on ${name}`, () => {
    let database: LocalDatabase;
    beforeAll(async () => {
      database = await start();
    });
    afterAll(() => database?.stop());

    describeDocumentStore(name, async () => (await openState(database.endpoint)).documents);

    test("rows go by their ttl attribute", async () => {
      const { tables, stateTableName } = await openState(database.endpoint);
      await tables.ensure({ create: true });
      expect(await tables.check()).toStrictEqual([]);
      // dynalite has no TTL; readers leave out what has expired anyway.
      if (name === "dynalite") return;
      const { TimeToLiveDescription } = await localClient(database.endpoint).send(
        new DescribeTimeToLiveCommand({ TableName: stateTableName }),
      );
      expect(TimeToLiveDescription).toMatchObject({ AttributeName: "ttl", TimeToLiveStatus: "ENABLED" });
    });

    test("a missing table and one of another make are named and not used", async () => {
      const options = { endpoint: database.endpoint, sleep: async () => {}, random: () => 0.5 };
      const missingOne = createDocumentStore({ ...options, stateTableName: "state-none" });
      expect(await missingOne.tables.check()).toStrictEqual([
        { table: "state-none", problem: "does not exist" },
      ]);
      const code = "table-missing";
      await expect(missingOne.tables.ensure({ create: false })).rejects.toMatchObject({ code });
      const { documents } = missingOne;
      const key = { pk: "p", sk: "s" };
      for (const call of [
        () => documents.get(key, 0),
        () => documents.insert({ ...key, data: {} }, 0),
        () => documents.add(key, "n", 1),
        () => documents.list({ pk: "p", limit: 1 }, 0),
        () => documents.remove(key),
      ])
        await expect(call()).rejects.toMatchObject({ code, message: expect.stringContaining("state-none") });
      await localClient(database.endpoint).send(
        new CreateTableCommand({
          TableName: "state-other",
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        }),
      );
      const other = createDocumentStore({ ...options, stateTableName: "state-other" });
      await expect(other.tables.ensure({ create: true })).rejects.toMatchObject({ code: "table-mismatch" });
    });
  });
}
