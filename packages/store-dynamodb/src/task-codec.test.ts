import { type Json, newRow, settle, type TaskRow } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromAttributes, type Item, itemBytes, toAttributes } from "./attributes.ts";
import { decodeTask, encodeTask } from "./task-codec.ts";

const instant = fc.integer({ min: 0, max: 253_402_300_799_999 });
const count = fc.nat({ max: 1_000_000 });
const headers = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), fc.string(), { maxKeys: 4 });
const json = fc.jsonValue().map((value) => value as Json);
const reason = fc.constantFrom("retrying" as const, "max-repeat" as const, "unreadable" as const);

const execution = fc.record(
  {
    count,
    failed: count,
    successful: count,
    firstAt: instant,
    lastAt: instant,
    firstScheduledAt: instant,
    response: fc.record(
      { status: count, headers, body: fc.string() },
      { requiredKeys: ["status"], noNullPrototype: true },
    ),
  },
  { requiredKeys: ["count", "failed", "successful"], noNullPrototype: true },
);

const taskRow = fc.record(
  {
    namespace: fc.string({ minLength: 1, unit: "grapheme" }),
    id: fc.string({ minLength: 1, unit: "grapheme" }),
    idPrefix: fc.string(),
    kind: fc.constantFrom("http", "slack"),
    rev: fc.maxSafeNat(),
    fence: count,
    scheduleEdit: count,
    status: fc.constantFrom("ACTIVE", "PROCESSING", "DONE", "FAILED", "SUSPENDED"),
    reason,
    request: fc.record(
      { url: fc.webUrl(), method: fc.constantFrom("GET", "POST"), headers, body: json },
      { requiredKeys: ["url", "method"], noNullPrototype: true },
    ),
    payload: json,
    lane: fc.string({ minLength: 1 }),
    scheduledAt: instant,
    dueAt: instant,
    shard: fc.nat({ max: 255 }),
    repeat: fc.record(
      {
        interval: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        unit: fc.constantFrom("minutes", "weeks"),
        max: count,
        cron: fc.string(),
        timeZone: fc.string(),
      },
      { requiredKeys: ["interval", "unit", "max"], noNullPrototype: true },
    ),
    retry: fc.record(
      { limit: count, baseMs: count, maxMs: count, jitter: fc.double({ min: 0, max: 1, noNaN: true }) },
      { noNullPrototype: true },
    ),
    catchUp: fc.constantFrom("skip", "one", "all"),
    timeoutMs: count,
    occurrence: count,
    attempt: count,
    extraRun: fc.boolean(),
    claim: fc.record({ owner: fc.string(), until: instant }, { noNullPrototype: true }),
    lostClaims: count,
    settled: fc.record({ status: fc.constantFrom("DONE", "FAILED"), reason }, { noNullPrototype: true }),
    execution,
    errors: fc.record(
      { count, firstAt: instant, lastAt: instant, last: fc.string() },
      { requiredKeys: ["count"], noNullPrototype: true },
    ),
    fingerprint: fc.string(),
    createdAt: instant,
    updatedAt: instant,
  },
  {
    requiredKeys: [
      "namespace",
      "id",
      "kind",
      "rev",
      "fence",
      "status",
      "scheduledAt",
      "shard",
      "occurrence",
      "attempt",
      "execution",
      "createdAt",
      "updatedAt",
    ],
    noNullPrototype: true,
  },
);

test("every row comes back from its attributes as it was", () => {
  fc.assert(
    fc.property(taskRow, (given) => {
      const row: TaskRow = given;
      const read = decodeTask(fromAttributes(toAttributes(encodeTask(row, "mark"))));
      // JSON knows one zero; as text both rows are compared the way they travel.
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(row)));
    }),
  );
});

test("attributes that make no row are told, never thrown", () => {
  const good = encodeTask(aRow(), "mark");
  const broken: [name: string, value: string | number | undefined][] = [
    ["rev", "seven"],
    ["rev", undefined],
    ["status", "PENDING"],
    ["scheduledAt", undefined],
    ["body", '{"a":'],
    ["repeat", "[]"],
    ["retry", "{}"],
    ["answer", "200"],
    ["dueShard", "first"],
    ["dueShard", undefined],
    ["runs", "3"],
    ["runs", "[1,1]"],
    ["__createdAt", "yesterday"],
  ];
  for (const [name, value] of broken) {
    const item: Item = { ...good };
    if (value === undefined) delete item[name];
    else item[name] = value;
    expect(decodeTask(item), name).toMatchObject({ unreadable: true, namespace: "shop", problem: /./ });
  }
  expect(decodeTask({})).toMatchObject({ unreadable: true });
});

test("a row that was set aside as unreadable is shown with what can be read of it", () => {
  const item = { ...encodeTask(aRow(), "mark"), status: "FAILED", reason: "unreadable", repeat: "{" };
  expect(decodeTask(item)).toMatchObject({ namespace: "shop", status: "FAILED", reason: "unreadable" });
  expect(decodeTask({ status: "FAILED", reason: "unreadable" })).toMatchObject({ rev: 0, scheduledAt: 0 });
});

test("a row with a body of half a kilobyte costs one unit per write, before and after it ran", () => {
  const before = aRow();
  const at = before.createdAt + 5_000;
  const received = {
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"ok":true}',
  };
  const after = settle(before, {
    outcome: { class: "ok", received },
    startedAt: at,
    now: at + 20,
    random: () => 0.5,
    maxErrors: 5,
  });
  expect(after.status).toBe("DONE");
  expect(Buffer.byteLength(JSON.stringify(before.request?.body))).toBeGreaterThanOrEqual(500);
  const mark = "AbCdEfGh1zz";
  expect(itemBytes(encodeTask(before, mark))).toBeLessThan(1_024);
  expect(itemBytes(encodeTask(after, mark))).toBeLessThan(1_024);
});

function aRow(): TaskRow {
  return newRow(
    {
      namespace: "shop",
      kind: "http",
      request: {
        url: "https://receiver.example/hooks/orders",
        method: "POST",
        headers: { "content-type": "application/json" },
        body: { event: "order.paid", text: "x".repeat(470) },
      },
    },
    {
      now: Date.UTC(2030, 0, 1),
      random: () => 0.7,
      newId: () => "0b5d5a1e-7f0c-4a52-9f6e-0f4a4e6e2f11",
      shards: 8,
      lane: "receiver.example",
    },
  );
}
