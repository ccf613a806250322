import type { LogRow } from "@hookclock/core";
import { expect, test } from "vitest";
import { itemBytes } from "./attributes.ts";
import { decodeDigest, groupLogs } from "./log-digests.ts";

const AT = 1_900_000_000_000;
const aLog = (fields: Partial<LogRow>): LogRow => ({
  namespace: "shop",
  taskId: "t",
  kind: "http",
  occurrence: 0,
  attempt: 1,
  rev: 5,
  retryLimit: 3,
  status: "SUCCESS",
  outcome: "ok",
  scheduledAt: AT,
  dueAt: AT,
  startedAt: AT,
  createdAt: AT,
  ttl: 1_900_000_500,
  ...fields,
});

test("logs of one namespace and instant share a digest that names them and lives as long as the longest", () => {
  const logs = [aLog({ taskId: "a" }), aLog({ taskId: "b", status: "FAIL", ttl: 1_900_000_900 })];
  const groups = groupLogs([...logs, aLog({ namespace: "other" }), aLog({ createdAt: AT + 1 })]);
  expect(groups.map((group) => group.logs.length)).toEqual([2, 1, 1]);
  const digest = groups[0]?.digest ?? {};
  expect(digest).toMatchObject({ ttl: 1_900_000_900, pk: expect.stringMatching(/^time#shop#[0-3]$/) });
  expect(decodeDigest(digest)?.entries).toEqual([
    { taskId: "a", occurrence: 0, attempt: 1, rev: 5, status: "SUCCESS" },
    { taskId: "b", occurrence: 0, attempt: 1, rev: 5, status: "FAIL" },
  ]);
});

test("the same batch makes the same digest, another batch another one", () => {
  const batch = [aLog({ taskId: "a" }), aLog({ taskId: "b" })];
  expect(groupLogs(batch)).toEqual(groupLogs(structuredClone(batch)));
  expect(groupLogs(batch)[0]?.batch).not.toBe(groupLogs(batch.slice(1))[0]?.batch);
});

test("digests spread over all four parts", () => {
  const parts = new Set<unknown>();
  for (let index = 0; index < 100; index += 1)
    parts.add(groupLogs([aLog({ taskId: `t-${index}` })])[0]?.digest["pk"]);
  expect(parts.size).toBe(4);
});

test("large batches are cut: no digest comes near the size of an item", () => {
  const many = Array.from({ length: 1_201 }, (_, index) => aLog({ taskId: `t-${index}` }));
  expect(groupLogs(many).map((group) => group.logs.length)).toEqual([500, 500, 201]);
  const long = Array.from({ length: 500 }, (_, index) => aLog({ taskId: `${index}${"é".repeat(250)}` }));
  for (const { digest } of groupLogs(long)) expect(itemBytes(digest)).toBeLessThan(300 * 1024);
  expect(groupLogs(long).flatMap((group) => group.logs)).toEqual(long);
  expect(groupLogs([])).toEqual([]);
});

test("an item that is no digest is told", () => {
  expect(decodeDigest({ sk: "x", logs: "{" })).toBeNull();
  expect(decodeDigest({})).toBeNull();
});
