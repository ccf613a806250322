// What holds for keys of the HTTP API on every database.
import { randomBytes } from "node:crypto";
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { createFakeClock, type LocalDatabase } from "@hookclock/testkit";
import { createApiState, type NewApiKey } from "hookclock";
import { describe, expect, test } from "vitest";
import { apiTable, isoAfter } from "./api-table.ts";
import { scriptedClient } from "./scripted-client.ts";

const DAY = 24 * 3_600_000;
const wanted: NewApiKey = { name: "billing", namespaces: ["app"], permission: "write" };

type Setup = () => ReturnType<typeof apiTable>;

export function describeApiKeys(name: string, database: () => LocalDatabase): void {
  const setup: Setup = () => apiTable(database);
  describe(`API keys on ${name}`, () => {
    testMaking(setup);
    testEnding(setup);
    testReading(setup, database);
    testMishaps(setup, database);
  });
}

function testMaking(setup: Setup): void {
  test("what was made is verified, and its token is nowhere but in that one answer", async () => {
    const { state, client, clock, apiTableName } = setup();
    const { key, token } = await state.keys.create({ ...wanted, expiresDate: isoAfter(clock, DAY) });
    expect(token).toMatch(/^hc_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(key).toStrictEqual({
      id: token.slice(3, 19),
      ...wanted,
      createdDate: isoAfter(clock, 0),
      expiresDate: isoAfter(clock, DAY),
      revokedDate: null,
    });
    expect(await state.keys.verify(token)).toStrictEqual(key);
    expect(await state.keys.list()).toStrictEqual([key]);
    const { Item } = await client.send(
      new GetItemCommand({ TableName: apiTableName, Key: { pk: { S: "keys" }, sk: { S: key.id } } }),
    );
    expect(Item).toBeDefined();
    expect(JSON.stringify(Item)).not.toContain(token.slice(20));
  });

  test("other secrets, other ids and what has not the form of a token open nothing", async () => {
    const { state } = setup();
    const { token } = await state.keys.create(wanted);
    const other = await state.keys.create(wanted);
    const last = token.endsWith("A") ? "B" : "A";
    const bad: unknown[] = [
      `${token.slice(0, -1)}${last}`,
      `hc_${"0".repeat(16)}${token.slice(19)}`,
      `${token.slice(0, 19)}${other.token.slice(19)}`,
      ...["", token.slice(3), `${token} `, `${token}A`, token.slice(0, -1), token.toUpperCase()],
      ...[null, undefined, 1, {}, [token], { toString: () => token }],
    ];
    for (const one of bad) expect(await state.keys.verify(one as string)).toBeNull();
    expect(await state.keys.verify(token)).not.toBeNull();
  });
}

function testEnding(setup: Setup): void {
  test("an expired key opens nothing from its instant on, stays listed for 30 days, and goes", async () => {
    const { state, clock } = setup();
    const { key, token } = await state.keys.create({ ...wanted, expiresDate: isoAfter(clock, 5_000) });
    clock.jump(4_999);
    expect(await state.keys.verify(token)).not.toBeNull();
    clock.jump(1);
    expect(await state.keys.verify(token)).toBeNull();
    expect(await state.keys.list()).toStrictEqual([key]);
    clock.jump(30 * DAY - 1_000);
    expect(await state.keys.list()).toStrictEqual([key]);
    clock.jump(2_001);
    expect(await state.keys.list()).toStrictEqual([]);
  });

  test("a revoked key opens nothing here at once, elsewhere within ten seconds, and is listed for 30 days", async () => {
    const { state, clock, open } = setup();
    const elsewhere = open();
    const { key, token } = await state.keys.create(wanted);
    expect(await state.keys.verify(token)).toStrictEqual(key);
    expect(await elsewhere.keys.verify(token)).toStrictEqual(key);
    await clock.advance(1_000);
    const revoked = { ...key, revokedDate: isoAfter(clock, 0) };
    expect(await state.keys.revoke(key.id)).toStrictEqual(revoked);
    expect(await state.keys.verify(token)).toBeNull();
    expect(await elsewhere.keys.verify(token)).toStrictEqual(key);
    await clock.advance(9_000);
    expect(await elsewhere.keys.verify(token)).toBeNull();
    // Again: the first time counts.
    expect(await elsewhere.keys.revoke(key.id)).toStrictEqual(revoked);
    clock.jump(29 * DAY);
    expect(await state.keys.list()).toStrictEqual([revoked]);
    clock.jump(2 * DAY);
    expect(await state.keys.list()).toStrictEqual([]);
  });
}

function testReading(setup: Setup, database: () => LocalDatabase): void {
  test("a read that began before the revocation is not remembered after it", async () => {
    const { apiTableName, clock, open } = setup();
    const { key, token } = await open().keys.create(wanted);
    const script = scriptedClient(database().endpoint);
    const state = createApiState({ client: script.client, apiTableName }, { clock });
    await state.ready();
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    script.intercept(async (operation, input, send) => {
      const answer = await send(input);
      if (operation === "GetItem") {
        begun.resolve();
        await held.promise;
      }
      return answer;
    });
    const early = state.keys.verify(token);
    await begun.promise;
    script.intercept((_operation, input, send) => send(input));
    await state.keys.revoke(key.id);
    const late = state.keys.verify(token);
    held.resolve();
    await early;
    expect(await late).toBeNull();
    expect(await state.keys.verify(token)).toBeNull();
  });

  test("revoking what is not there is null", async () => {
    const { state } = setup();
    for (const id of ["0".repeat(16), "", "x", "keys", "../secrets"])
      expect(await state.keys.revoke(id)).toBeNull();
    await expect(state.keys.revoke(7 as never)).rejects.toMatchObject({
      code: "invalid-input",
      field: "id",
    });
    expect(await state.keys.list()).toStrictEqual([]);
  });

  test("a row that cannot be read opens nothing and hides no other", async () => {
    const { state, client, apiTableName } = setup();
    const { key, token } = await state.keys.create(wanted);
    const broken = await state.keys.create(wanted);
    await client.send(
      new UpdateItemCommand({
        TableName: apiTableName,
        Key: { pk: { S: "keys" }, sk: { S: broken.key.id } },
        UpdateExpression: "SET namespaces = :broken",
        ExpressionAttributeValues: { ":broken": { S: '["*"' } },
      }),
    );
    await client.send(
      new PutItemCommand({ TableName: apiTableName, Item: { pk: { S: "keys" }, sk: { S: "foreign" } } }),
    );
    expect(await state.keys.list()).toStrictEqual([key]);
    expect(await state.keys.verify(broken.token)).toBeNull();
    expect(await state.keys.verify(token)).toStrictEqual(key);
  });
}

function testMishaps(setup: Setup, database: () => LocalDatabase): void {
  test("of an answer that is lost no second key comes", async () => {
    const { apiTableName, clock } = setup();
    const script = scriptedClient(database().endpoint);
    const state = createApiState({ client: script.client, apiTableName, createTable: true }, { clock });
    await state.ready();
    script.loseAnswer("UpdateItem");
    const { key, token } = await state.keys.create(wanted);
    expect(await state.keys.list()).toStrictEqual([key]);
    script.loseAnswer("UpdateItem");
    expect(await state.keys.revoke(key.id)).toMatchObject({ id: key.id, revokedDate: isoAfter(clock, 0) });
    expect(await state.keys.verify(token)).toBeNull();
  });

  test("an id that is taken is not overwritten", async () => {
    const { apiTableName, client, clock } = setup();
    const same = randomBytes(8);
    let made = 0;
    const bytes = (size: number) => {
      made += 1;
      return made <= 2 ? Buffer.concat([same, randomBytes(size - 8)]) : randomBytes(size);
    };
    const options = { client, apiTableName, createTable: true };
    const { keys } = createApiState(options, { clock, randomBytes: bytes });
    const first = await keys.create(wanted);
    const second = await keys.create(wanted);
    expect(second.key.id).not.toBe(first.key.id);
    expect(await keys.verify(first.token)).toStrictEqual(first.key);
    const sameId = (size: number) => Buffer.concat([new Uint8Array(8), randomBytes(size - 8)]);
    const stuck = createApiState(options, { clock, randomBytes: sameId });
    const zero = await stuck.keys.create(wanted);
    expect(zero.key.id).toBe("0".repeat(16));
    await expect(stuck.keys.create(wanted)).rejects.toMatchObject({ code: "store-refused" });
  });

  test("several make the table and keys at the same moment", async () => {
    const { open } = setup();
    const made = await Promise.all(Array.from({ length: 5 }, () => open().keys.create(wanted)));
    const listed = await open().keys.list();
    expect(listed.map(({ id }) => id).sort()).toStrictEqual(made.map(({ key }) => key.id).sort());
  });
}

/** Wishes that are refused before anything is asked of the table. */
export const badWishes: [string, unknown, string][] = [
  ["no name", { ...wanted, name: "" }, "name"],
  ["a name on two lines", { ...wanted, name: "a\nb" }, "name"],
  ["a long name", { ...wanted, name: "é".repeat(129) }, "name"],
  ["no namespaces", { ...wanted, namespaces: [] }, "namespaces"],
  ["namespaces as a text", { ...wanted, namespaces: "app" }, "namespaces"],
  ["an empty namespace", { ...wanted, namespaces: ["app", ""] }, "namespaces.1"],
  ["a namespace of our own", { ...wanted, namespaces: ["#hookclock"] }, "namespaces.0"],
  ["all and one more", { ...wanted, namespaces: ["*", "app"] }, "namespaces"],
  ["too many", { ...wanted, namespaces: Array.from({ length: 101 }, (_, n) => `n${n}`) }, "namespaces"],
  ["an unknown permission", { ...wanted, permission: "owner" }, "permission"],
  ["no permission", { name: "a", namespaces: ["app"] }, "permission"],
  ["an expiry in the past", { ...wanted, expiresDate: "2029-12-31T23:59:59Z" }, "expiresDate"],
  [
    "an expiry at this very moment",
    { ...wanted, expiresDate: new Date(createFakeClock().now()) },
    "expiresDate",
  ],
  ["an expiry that is no date", { ...wanted, expiresDate: "tomorrow" }, "expiresDate"],
  ["something else", { ...wanted, admin: true }, "admin"],
  ["nothing", undefined, "keys.create"],
  ["a list", [wanted], "keys.create"],
];
