import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hooks } from "hookclock";
import { expect, test } from "vitest";
import { startEmbedded } from "./embedded.ts";

const tables = { tasksTableName: "tasks", logsTableName: "logs", createTable: true };

test("data in a folder is there again after a restart", async () => {
  const dir = mkdtempSync(join(tmpdir(), "hookclock-embedded-"));
  const first = await startEmbedded({ dataDir: dir, port: 0 });
  const writer = new Hooks({ endpoint: first.endpoint, ...tables });
  await writer.register({
    namespace: "n",
    id: "kept",
    url: "https://example.com/",
    scheduledDate: "2030-01-01",
  });
  await writer.close();
  await first.stop();

  const second = await startEmbedded({ dataDir: dir, port: 0 });
  const reader = new Hooks({ endpoint: second.endpoint, ...tables });
  expect(await reader.get({ namespace: "n", id: "kept" })).toMatchObject({ status: "ACTIVE" });
  await reader.close();
  await second.stop();
  rmSync(dir, { recursive: true, force: true });
});

test("a port that is taken is refused with a way out", async () => {
  await using stack = new AsyncDisposableStack();
  const first = await startEmbedded({ dataDir: null, port: 0 });
  stack.defer(() => first.stop());
  await expect(startEmbedded({ dataDir: null, port: first.port })).rejects.toMatchObject({
    code: "port-taken",
    message: `port ${first.port} of 127.0.0.1 is taken by another process`,
    hint: expect.stringContaining("--port 0"),
  });
});

test("a client that goes away in the middle of a request does not take the database with it", async () => {
  const database = await startEmbedded({ dataDir: null, port: 0 });
  const socket = connect(database.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
  // The answer to a later request on another connection proves that the first one was read.
  await fetch(database.endpoint);
  socket.resetAndDestroy();
  expect((await fetch(database.endpoint)).status).toBe(200);
  await database.stop();
});

/** One call of DynamoDB's, by hand. */
const call = (endpoint: string, operation: string, body: object) =>
  fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20300101T000000Z",
      authorization: "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=e",
    },
    body: JSON.stringify(body),
  });

test("stopped under load it finishes what it is at; a fault of its own would end the whole process", async () => {
  const faults: unknown[] = [];
  const onFault = (error: unknown) => void faults.push(error);
  process.on("uncaughtException", onFault);
  const database = await startEmbedded({ dataDir: null, port: 0 });
  const key = { AttributeName: "pk", AttributeType: "S" };
  const table = await call(database.endpoint, "CreateTable", {
    ...{ TableName: "rows", AttributeDefinitions: [key], BillingMode: "PAY_PER_REQUEST" },
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  });
  expect(table.status).toBe(200);
  const put = (id: string) => {
    const Item = { pk: { S: id }, content: { S: "x".repeat(20_000) } };
    return call(database.endpoint, "PutItem", { TableName: "rows", Item }).then(
      ({ status }) => status,
      () => "cut",
    );
  };
  const answers = Array.from({ length: 60 }, (_, n) => put(`row-${n}`));
  await Promise.race(answers);
  await database.stop();
  // Those that it had not read yet are cut.
  expect(["200", "200 cut", "cut 200"]).toContain([...new Set(await Promise.all(answers))].join(" "));
  process.off("uncaughtException", onFault);
  expect(faults).toEqual([]);
});
