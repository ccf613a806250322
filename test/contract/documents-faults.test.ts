// Documents on a database that fails as a network and a busy table do: each write is done once, or said not to be.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DocumentStore } from "@hookclock/engine";
import { type FaultProxy, type LocalDatabase, startDynalite, startFaultProxy } from "@hookclock/testkit";
import { aDocument, freshPartition, stored, T0 } from "@hookclock/testkit/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openState } from "./open-documents.ts";
import { scriptedClient } from "./scripted-client.ts";

let database: LocalDatabase;
let proxy: FaultProxy;
let documents: DocumentStore;
beforeAll(async () => {
  database = await startDynalite();
  proxy = await startFaultProxy(database.endpoint);
  documents = (await openState(proxy.endpoint)).documents;
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await database?.stop();
});

const freshKey = () => ({ pk: freshPartition(), sk: "a" });
/** How often the operation came in while the work ran. */
async function counted(operation: string, work: () => Promise<unknown>): Promise<number> {
  const start = proxy.operations.length;
  await work();
  return proxy.operations.slice(start).filter((name) => name === operation).length;
}

test("an insert whose answer is lost is inserted, and nobody else's is taken for it", async () => {
  const key = freshKey();
  proxy.next("PutItem", "loseAnswer", 2);
  const sent = await counted("PutItem", async () => {
    expect(await documents.insert(aDocument(key), T0)).toBe("inserted");
  });
  expect(sent).toBe(3);
  proxy.next("PutItem", "loseAnswer");
  expect(await documents.insert(aDocument(key), T0)).toBe("exists");
  expect((await stored(documents, key)).rev).toBe(1);
});

test("an insert over an expired document whose answer is lost is inserted", async () => {
  const key = freshKey();
  await documents.insert(aDocument(key, { expiresAt: T0 - 1 }), T0 - 2);
  proxy.next("PutItem", "loseAnswer");
  const next = aDocument(key, { data: { state: "next" } });
  expect(await documents.insert(next, T0)).toBe("inserted");
  expect(await stored(documents, key)).toStrictEqual({ ...next, rev: 1 });
});

test("a save whose answer is lost is saved, at one version more; one that lost is a conflict", async () => {
  const key = freshKey();
  await documents.insert(aDocument(key), T0);
  const before = await stored(documents, key);
  const after = aDocument(key, { data: { n: 1 } });
  proxy.next("PutItem", "loseAnswer", 2);
  expect(await documents.save({ before, after })).toStrictEqual({ ...after, rev: 2 });
  expect(await stored(documents, key)).toStrictEqual({ ...after, rev: 2 });
  proxy.next("PutItem", "loseAnswer");
  expect(await documents.save({ before, after: aDocument(key) })).toBe("conflict");
});

test("a sum whose answer is lost counts once", async () => {
  const key = freshKey();
  proxy.next("UpdateItem", "loseAnswer", 2);
  const sent = await counted("UpdateItem", async () => {
    expect(await documents.add(key, "n", 5)).toBe(5);
  });
  expect(sent).toBe(3);
  proxy.next("UpdateItem", "loseAnswer");
  expect(await documents.add(key, "n", 5)).toBe(10);
  expect(await stored(documents, key)).toMatchObject({ rev: 2, data: { n: 10 } });
});

test("requests that were refused, throttled or failed are sent again", async () => {
  const key = freshKey();
  for (const fault of ["refuse", "throttle", "fail"] as const) {
    for (const operation of ["PutItem", "GetItem", "Query", "DeleteItem"]) proxy.next(operation, fault);
    expect(await documents.insert(aDocument(key), T0)).toBe("inserted");
    expect(await documents.get(key, T0)).not.toBeNull();
    expect((await documents.list({ pk: key.pk, limit: 1 }, T0)).documents).toHaveLength(1);
    expect(await documents.remove(key)).toBe(true);
  }
});

test("a database that stays away is said to be unavailable, and what it did is found by asking again", async () => {
  const client = new DynamoDBClient({
    ...{ endpoint: proxy.endpoint, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const impatient = (await openState(proxy.endpoint, { client })).documents;
  const document = aDocument(freshKey());
  proxy.next("PutItem", "loseAnswer");
  await expect(impatient.insert(document, T0)).rejects.toMatchObject({ code: "store-unavailable" });
  // The caller, trying again with what it holds, learns that it was its own.
  expect(await impatient.insert(document, T0)).toBe("inserted");
  proxy.next("Query", "throttle");
  const query = { pk: document.pk, limit: 1 };
  await expect(impatient.list(query, T0)).rejects.toMatchObject({ code: "throttled" });
  client.destroy();
});

test("what a batch left undone is sent again until all is done", async () => {
  const script = scriptedClient(database.endpoint);
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  const opened = await openState(database.endpoint, { client: script.client, sleep });
  script.intercept(async (operation, input, send) => {
    if (operation !== "BatchWriteItem") return send(input);
    const [[table, requests]] = Object.entries(input["RequestItems"] as Record<string, unknown[]>) as [
      [string, unknown[]],
    ];
    await send({ ...input, RequestItems: { [table]: requests.slice(0, 10) } });
    const rest = requests.slice(10);
    return { UnprocessedItems: rest.length === 0 ? {} : { [table]: rest } };
  });
  const pk = freshPartition();
  const all = Array.from({ length: 25 }, (_, at) => aDocument({ pk, sk: `d-${at}` }));
  await opened.documents.putMany(all);
  expect((await opened.documents.getMany(all, T0)).every((document) => document !== null)).toBe(true);
  expect(waits).toStrictEqual([12.5, 25]);
  await opened.documents.removeMany(all);
  expect((await opened.documents.getMany(all, T0)).every((document) => document === null)).toBe(true);

  script.intercept(async (_operation, input) => ({ UnprocessedItems: input["RequestItems"] }));
  await expect(opened.documents.putMany(all)).rejects.toMatchObject({ code: "throttled" });
});
