// The calls of the first generation's manual, as they are printed there: only the import, the tables, the endpoint and
// the host of what is really sent differ.
import { type LocalDatabase, loudSkip, type Receiver, startReceiver } from "@hookclock/testkit";
import Hooks from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, freshOptions } from "./support.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

for (const { name, start, missing } of await databases()) {
  loudSkip(describe, missing)(`the printed samples on ${name}`, () => {
    let database: LocalDatabase;
    let receiver: Receiver;
    let hooks: Hooks;

    beforeAll(async () => {
      [database, receiver] = await Promise.all([start(), startReceiver(200)]);
      hooks = new Hooks({
        ...freshOptions(database.endpoint),
        // DynamoDB Local takes letters and digits only, as those of AWS are.
        accessKeyId: name === "dynalite" ? "YOUR_ACCESS_KEY" : "YOURACCESSKEY",
        concurrency: 25, // Optional: default concurrent webhook execution limit
        createTable: true, // Optional: automatically create table
        logsTableName: "YOUR_LOGS_TABLE_NAME",
        logsTtlInSeconds: 86400, // Optional: TTL for log entries
        maxErrors: 5, // Optional: max errors before marking task as FAILED
        region: "us-east-1",
        secretAccessKey: "YOUR_SECRET_KEY",
        tasksTableName: "YOUR_TABLE_NAME",
      });
      await hooks.ready();
    });
    afterAll(async () => {
      await hooks.close();
      await receiver.close();
      await database.stop();
    });

    test("register a simple webhook: the whole task comes back with every default", async () => {
      const webhook = await hooks.register({
        namespace: "my-app",
        method: "POST",
        url: "https://api.example.com/endpoint",
        scheduledDate: new Date("2024-03-20T10:00:00Z").toISOString(),
        request: {
          headers: {
            "Content-Type": "application/json",
          },
          body: {
            key: "value",
          },
        },
      });
      expect(webhook).toEqual({
        namespace: "my-app",
        id: expect.stringMatching(UUID),
        idPrefix: "",
        kind: "http",
        status: "ACTIVE",
        reason: null,
        url: "https://api.example.com/endpoint",
        method: "POST",
        request: {
          url: "https://api.example.com/endpoint",
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: { key: "value" },
        },
        payload: null,
        scheduledDate: "2024-03-20T10:00:00.000Z",
        nextAttemptDate: "2024-03-20T10:00:00.000Z",
        repeat: { interval: 1, unit: "minutes", max: 1 },
        retryLimit: 3,
        retry: { limit: 3, baseMs: 1_000, maxMs: 3_600_000, jitter: 0.2 },
        catchUp: "skip",
        timeoutMs: 15_000,
        keepSeconds: null,
        ttl: null,
        occurrence: 0,
        attempt: 0,
        errors: { count: 0, firstErrorDate: null, lastErrorDate: null, lastError: null },
        execution: {
          count: 0,
          failed: 0,
          successful: 0,
          firstExecutionDate: null,
          firstScheduledDate: "2024-03-20T10:00:00.000Z",
          lastExecutionDate: null,
          lastResponseBody: "",
          lastResponseHeaders: {},
          lastResponseStatus: 0,
        },
        __createdAt: expect.stringMatching(ISO),
        __updatedAt: webhook.__createdAt,
      });
      expect(await hooks.get(webhook)).toEqual(webhook);
    });

    test("register a recurring webhook", async () => {
      const recurringWebhook = await hooks.register({
        namespace: "my-app",
        method: "GET",
        url: "https://api.example.com/status",
        scheduledDate: new Date("2024-03-20T10:00:00Z").toISOString(),
        repeat: {
          interval: 30,
          max: 5,
          unit: "minutes",
        },
      });
      expect(recurringWebhook.repeat).toEqual({ interval: 30, max: 5, unit: "minutes" });
      expect(recurringWebhook.request).toEqual({
        url: "https://api.example.com/status",
        method: "GET",
        headers: null,
        body: null,
      });
    });

    test("the other shape, with url and method inside request, is the same task", async () => {
      const shape = { namespace: "shapes", scheduledDate: "2024-03-20T10:00:00Z" };
      const url = "https://api.example.com/endpoint";
      const top = await hooks.register({ ...shape, id: "one", url, method: "PUT" });
      const nested = await hooks.register({ ...shape, id: "one", request: { url, method: "PUT" } });
      expect(nested).toEqual(top);
      await hooks.clear("shapes");
    });

    test("dry run to see what would be triggered", async () => {
      const dryrun = await hooks.triggerDryrun({
        namespace: "my-app",
        limit: 100,
        date: new Date().toISOString(), // Optional: specific date
      });
      const item = { namespace: "my-app", id: expect.any(String), scheduledDate: "2024-03-20T10:00:00.000Z" };
      expect(dryrun).toEqual({ count: 2, items: [item, item] });
    });

    test("fetch webhooks by namespace and with filters", async () => {
      const { items, count, lastEvaluatedKey } = await hooks.fetch({
        namespace: "my-app",
        limit: 100,
      });
      expect(count).toBe(2);
      expect(items).toHaveLength(2);
      expect(lastEvaluatedKey).toBeNull();
      const filteredWebhooks = await hooks.fetch({
        namespace: "my-app",
        status: "ACTIVE",
        from: "2024-03-01T00:00:00Z",
        to: "2024-03-31T23:59:59Z",
      });
      expect(filteredWebhooks.items).toEqual(items);
    });

    test("get, delete, suspend and unsuspend of a webhook that does not exist are null", async () => {
      const key = { namespace: "my-app", id: "webhook-id" };
      const webhook = await hooks.get({
        namespace: "my-app",
        id: "webhook-id",
      });
      expect(webhook).toBeNull();
      expect(await hooks.delete(key)).toBeNull();
      expect(await hooks.suspend(key)).toBeNull();
      expect(await hooks.unsuspend(key)).toBeNull();
    });

    test("suspend and unsuspend a webhook", async () => {
      const registered = await hooks.register({
        namespace: "my-app",
        id: "webhook-id",
        method: "POST",
        url: "https://api.example.com/endpoint",
        scheduledDate: "2024-03-21T10:00:00Z",
      });
      const suspendedWebhook = await hooks.suspend({
        namespace: "my-app",
        id: "webhook-id",
      });
      expect(suspendedWebhook).toMatchObject({ status: "SUSPENDED", nextAttemptDate: null });
      const unsuspendedWebhook = await hooks.unsuspend({
        namespace: "my-app",
        id: "webhook-id",
      });
      expect(unsuspendedWebhook).toEqual({ ...registered, __updatedAt: expect.stringMatching(ISO) });
    });

    test("delete a single webhook", async () => {
      const deletedWebhook = await hooks.delete({
        namespace: "my-app",
        id: "webhook-id",
      });
      expect(deletedWebhook).toMatchObject({ id: "webhook-id", status: "ACTIVE" });
      expect(await hooks.get({ namespace: "my-app", id: "webhook-id" })).toBeNull();
    });

    test("suspend multiple webhooks based on criteria", async () => {
      const { count, items } = await hooks.suspendMany({
        namespace: "my-app",
        from: "2024-03-01T00:00:00Z",
        to: "2024-03-31T23:59:59Z",
        chunkLimit: 100, // Optional: process in chunks
      });
      expect(count).toBe(2);
      expect(items).toEqual([
        { namespace: "my-app", id: expect.any(String) },
        { namespace: "my-app", id: expect.any(String) },
      ]);
      expect((await hooks.fetch({ namespace: "my-app", status: "SUSPENDED" })).count).toBe(2);
    });

    test("trigger due webhooks, and fetch their execution logs", async () => {
      const registered = await hooks.register({
        namespace: "my-app",
        method: "POST",
        url: `${receiver.url}/endpoint`,
        scheduledDate: new Date("2024-03-20T10:00:00Z").toISOString(),
        request: { headers: { "Content-Type": "application/json" }, body: { key: "value" } },
      });
      const { processed, errors } = await hooks.trigger();
      expect({ processed, errors }).toEqual({ processed: 1, errors: 0 });
      expect(receiver.requests.map(({ method, url, body }) => [method, url, String(body)])).toEqual([
        ["POST", "/endpoint", '{"key":"value"}'],
      ]);
      const done = await hooks.get(registered);
      expect(done).toMatchObject({
        status: "DONE",
        nextAttemptDate: null,
        execution: { count: 1, successful: 1, failed: 0, lastResponseStatus: 200 },
      });
      const range = { from: "2024-03-01T00:00:00Z", to: "2024-03-31T23:59:59Z" };
      const logs = await hooks.fetchLogs({
        namespace: "my-app",
        from: "2024-03-01T00:00:00Z",
        to: "2024-03-31T23:59:59Z",
      });
      // Logs are found by when they were written, which is today.
      expect(logs).toEqual({ items: [], count: 0, lastEvaluatedKey: null });
      const today = await hooks.fetchLogs({ namespace: "my-app", from: range.from });
      expect(today.items).toEqual([
        expect.objectContaining({
          taskId: registered.id,
          status: "SUCCESS",
          request: expect.objectContaining({ method: "POST", body: { key: "value" } }),
          response: expect.objectContaining({ status: 200, ok: true }),
          retry: { count: 0, limit: 3 },
        }),
      ]);
      expect(today.items[0]?.ttl).toBeLessThanOrEqual(Math.ceil(Date.now() / 1_000) + 86_400);
    });

    test("delete multiple webhooks based on criteria, then clear the namespace", async () => {
      const deleted = await hooks.deleteMany({
        namespace: "my-app",
        status: "DONE",
        from: "2024-03-01T00:00:00Z",
        to: "2024-03-31T23:59:59Z",
      });
      expect(deleted).toEqual({
        count: 1,
        items: [expect.objectContaining({ status: "DONE" })],
        lastEvaluatedKey: null,
      });
      const { count } = await hooks.clear("my-app");
      expect(count).toBe(2);
      expect((await hooks.fetch({ namespace: "my-app" })).count).toBe(0);
    });
  });
}
