// The API's own table on every database: keys, records of requests, the cursor secret, the table itself.
import { randomBytes } from "node:crypto";
import { CreateTableCommand, DescribeTimeToLiveCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createApiStore } from "@hookclock/store-dynamodb";
import { createFakeClock, type LocalDatabase, loudSkip } from "@hookclock/testkit";
import { createApiState } from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases } from "../library/support.ts";
import { badWishes, describeApiKeys } from "./api-keys-suite.ts";
import { describeIdempotency } from "./api-requests-suite.ts";
import { apiTable } from "./api-table.ts";

for (const { name, start, missing } of await databases()) {
  const describeHere = loudSkip<typeof describe.skip>(describe, missing);
  describeHere(`state of the API on ${name}`, () => {
    let database: LocalDatabase;
    beforeAll(async () => {
      database = await start();
    });
    afterAll(() => database?.stop());

    describeApiKeys(name, () => database);
    describeIdempotency(name, () => database);

    test("rows go by their ttl attribute", async () => {
      const { state, client, apiTableName } = apiTable(() => database);
      await state.ready();
      expect(await state.checkTable()).toStrictEqual([]);
      // dynalite has no TTL; readers leave out what has expired anyway.
      if (name === "dynalite") return;
      const { TimeToLiveDescription } = await client.send(
        new DescribeTimeToLiveCommand({ TableName: apiTableName }),
      );
      expect(TimeToLiveDescription).toMatchObject({ AttributeName: "ttl", TimeToLiveStatus: "ENABLED" });
    });

    test("the secret that signs cursors is made once and the same for all", async () => {
      const { open, state } = apiTable(() => database);
      const secrets = await Promise.all([state, open(), open(), open()].map((one) => one.cursorSecret()));
      const later = await open().cursorSecret();
      expect(later).toHaveLength(32);
      expect(new Set([...secrets, later].map((one) => Buffer.from(one).toString("hex"))).size).toBe(1);
      // Nobody who has it can change it for the others.
      secrets[0]?.fill(0);
      expect(await state.cursorSecret()).toStrictEqual(later);
      const foreign = await apiTable(() => database).state.cursorSecret();
      expect(Buffer.from(foreign)).not.toStrictEqual(Buffer.from(later));
    });

    test("a secret that is not what it should be is not used", async () => {
      const { state, client, apiTableName } = apiTable(() => database);
      await state.ready();
      const broken = { pk: { S: "secrets" }, sk: { S: "cursor" }, value: { S: "c2hvcnQ" } };
      await client.send(new PutItemCommand({ TableName: apiTableName, Item: broken }));
      await expect(state.cursorSecret()).rejects.toMatchObject({ code: "row-unreadable" });
      await expect(state.cursorSecret()).rejects.not.toMatchObject({
        message: expect.stringContaining("c2hvcnQ"),
      });
      const value = randomBytes(32).toString("base64url");
      await client.send(
        new PutItemCommand({ TableName: apiTableName, Item: { ...broken, value: { S: value } } }),
      );
      expect(Buffer.from(await state.cursorSecret()).toString("base64url")).toBe(value);
    });

    test("more keys than a list may hold are not made", async () => {
      const { client, apiTableName } = apiTable(() => database);
      const sleep = async () => {};
      const store = createApiStore({ client, apiTableName, keysMax: 3, sleep, random: () => 0.5 });
      await store.tables.ensure({ create: true });
      const row = (n: number) => ({
        ...{ id: String(n).padStart(16, "0"), hash: String(n).repeat(64), name: "n", createdAt: n },
        ...{ namespaces: ["a"], permission: "read" as const },
      });
      for (const n of [1, 2, 3]) expect(await store.keys.insert(row(n))).toBe("inserted");
      expect(await store.keys.insert(row(4))).toBe("full");
      expect(await store.keys.list(0)).toStrictEqual([1, 2, 3].map(row));
    });

    test("a missing table and one of another make are named, not used, and tried again later", async () => {
      const { open, client, apiTableName } = apiTable(() => database);
      const state = open({ createTable: false });
      expect(await state.checkTable()).toStrictEqual([{ table: apiTableName, problem: "does not exist" }]);
      for (const call of [
        () => state.ready(),
        () => state.keys.list(),
        () => state.keys.verify(`hc_${"0".repeat(16)}_${"A".repeat(43)}`),
        () => state.cursorSecret(),
      ])
        await expect(call()).rejects.toMatchObject({ code: "table-missing" });
      // What cannot be a token is answered without asking.
      expect(await state.keys.verify("hc_")).toBeNull();
      await open().ready();
      expect(await state.keys.list()).toStrictEqual([]);

      const other = apiTable(() => database);
      await client.send(
        new CreateTableCommand({
          TableName: other.apiTableName,
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        }),
      );
      await expect(other.state.ready()).rejects.toMatchObject({ code: "table-mismatch" });
    });
  });
}

test.each(badWishes)("a key with %s is refused before anything is sent", async (_what, wish, field) => {
  // Nobody answers there: a request would fail with another code.
  const { keys } = createApiState({ endpoint: "http://127.0.0.1:1" }, { clock: createFakeClock() });
  const code = field === "admin" ? "unknown-option" : "invalid-input";
  await expect(keys.create(wish as never)).rejects.toMatchObject({ code, field });
});
