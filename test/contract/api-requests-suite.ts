// What holds for records of idempotent requests on every database.
import { randomBytes } from "node:crypto";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import type { LocalDatabase } from "@hookclock/testkit";
import { createApiState, type IdempotencyResult } from "hookclock";
import { describe, expect, test } from "vitest";
import { apiTable } from "./api-table.ts";
import { scriptedClient } from "./scripted-client.ts";

const request = { scope: "app k1", key: "order-42", fingerprint: "f1" };
const answer = { status: 201, headers: { location: "/v1/x" }, body: '{"id":"é"}' };
const MINUTE = 60_000;

function tokenOf(result: IdempotencyResult): string {
  if (result.state !== "new") throw new Error(`the request is ${result.state}, not new`);
  return result.token;
}

function setup(database: () => LocalDatabase) {
  const table = apiTable(database);
  return { ...table, records: table.state.idempotency };
}
type Setup = () => ReturnType<typeof setup>;

export function describeIdempotency(name: string, database: () => LocalDatabase): void {
  const fresh: Setup = () => setup(database);
  describe(`idempotent requests on ${name}`, () => {
    testStates(fresh);
    testOwners(fresh);
    testAnswers(fresh);
    testMishaps(fresh, database);
  });
}

function testStates(setup: Setup): void {
  test("new, in progress, done; other content is a mismatch in both states", async () => {
    const { records, open } = setup();
    const token = tokenOf(await records.begin(request));
    const other = open().idempotency;
    expect(await other.begin(request)).toStrictEqual({ state: "in-progress" });
    expect(await other.begin({ ...request, fingerprint: "f2" })).toStrictEqual({ state: "mismatch" });
    expect(await records.finish(token, answer)).toBe(true);
    expect(await other.begin(request)).toStrictEqual({ state: "done", answer });
    expect(await other.begin({ ...request, fingerprint: "f2" })).toStrictEqual({ state: "mismatch" });
  });

  test("the same key elsewhere is another one, whatever the names", async () => {
    const { records } = setup();
    await records.begin(request);
    for (const [scope, key] of [
      ["app k2", "order-42"],
      ["app k1o", "rder-42"],
      ["app k", "1order-42"],
      ["app k1", "order-43"],
    ] as const)
      expect(await records.begin({ ...request, scope, key })).toMatchObject({ state: "new" });
  });

  test("of many at the same moment one gets it", async () => {
    const { open } = setup();
    const states = await Promise.all(
      Array.from({ length: 12 }, async () => (await open().idempotency.begin(request)).state),
    );
    expect(states.filter((state) => state === "new")).toHaveLength(1);
    expect(states.filter((state) => state === "in-progress")).toHaveLength(11);
  });
}

function testOwners(setup: Setup): void {
  test("one left unfinished is handed on after a minute, once, and its first owner decides nothing any more", async () => {
    const { records, clock } = setup();
    const lost = tokenOf(await records.begin(request));
    clock.jump(MINUTE - 1);
    expect(await records.begin(request)).toStrictEqual({ state: "in-progress" });
    clock.jump(1);
    expect(await records.begin({ ...request, fingerprint: "f2" })).toStrictEqual({ state: "mismatch" });
    const results = await Promise.all([1, 2, 3, 4].map(() => records.begin(request)));
    expect(results.map(({ state }) => state).sort()).toStrictEqual([
      "in-progress",
      "in-progress",
      "in-progress",
      "new",
    ]);
    const token = results.flatMap((result) => (result.state === "new" ? [result.token] : []))[0] ?? "";
    expect(await records.finish(lost, { ...answer, status: 200 })).toBe(false);
    await records.abandon(lost);
    expect(await records.begin(request)).toStrictEqual({ state: "in-progress" });
    expect(await records.finish(token, answer)).toBe(true);
    expect(await records.finish(lost, { ...answer, status: 200 })).toBe(false);
    await records.abandon(lost);
    expect(await records.begin(request)).toStrictEqual({ state: "done", answer });
  });

  test("what was abandoned is as if it had never been; what was answered stays", async () => {
    const { records } = setup();
    await records.abandon(tokenOf(await records.begin(request)));
    const token = tokenOf(await records.begin({ ...request, fingerprint: "f2" }));
    await records.finish(token, answer);
    await records.abandon(token);
    expect(await records.begin({ ...request, fingerprint: "f2" })).toStrictEqual({ state: "done", answer });
    // The first answer counts, also for its own maker.
    await records.finish(token, { ...answer, status: 409 });
    expect(await records.begin({ ...request, fingerprint: "f2" })).toStrictEqual({ state: "done", answer });
  });
}

function testAnswers(setup: Setup): void {
  test("an answer is given again for a day, though the row may be there for longer", async () => {
    const { records, clock } = setup();
    await records.finish(tokenOf(await records.begin(request)), answer);
    clock.jump(24 * 60 * MINUTE - 1);
    expect(await records.begin(request)).toMatchObject({ state: "done" });
    clock.jump(1_001);
    const token = tokenOf(await records.begin({ ...request, fingerprint: "f2" }));
    await records.finish(token, { ...answer, body: "second" });
    expect(await records.begin({ ...request, fingerprint: "f2" })).toMatchObject({
      answer: { body: "second" },
    });
  });

  test("answers of every size come back as they were, or say that they cannot", async () => {
    const { records } = setup();
    const again = async (body: string) => {
      const one = { ...request, key: `size-${body.length}-${body.slice(0, 3)}` };
      await records.finish(tokenOf(await records.begin(one)), { ...answer, body });
      const result = await records.begin(one);
      return result.state === "done" ? result.answer : result.state;
    };
    const tasks = JSON.stringify(Array.from({ length: 3_000 }, (_, n) => ({ ok: true, id: `task-${n}`, n })));
    const noise = randomBytes(120 * 1024).toString("hex");
    for (const body of ["", "x", "é".repeat(1_024), tasks, tasks.repeat(3), noise])
      expect(await again(body)).toStrictEqual({ ...answer, body });
    const tooMuch = randomBytes(300 * 1024).toString("hex");
    const left = await again(tooMuch);
    expect(left).toMatchObject({
      status: 201,
      bodyLeftOut: true,
      headers: { location: "/v1/x", "content-type": "application/json" },
    });
    expect(JSON.parse((left as { body: string }).body)).toStrictEqual({
      bodyLeftOut: true,
      detail: expect.stringContaining(`${600 * 1024} bytes`),
    });
    // Beyond what may be packed at all, however well that would go.
    expect(await again("z".repeat(17 * 1024 * 1024))).toMatchObject({ status: 201, bodyLeftOut: true });
  });
}

function testMishaps(setup: Setup, database: () => LocalDatabase): void {
  test("an answer that holds a token is kept without it", async () => {
    const { records, state, client, apiTableName } = setup();
    const { token: secret } = await state.keys.create({ name: "n", namespaces: ["a"], permission: "read" });
    const token = tokenOf(await records.begin(request));
    await records.finish(token, { ...answer, body: JSON.stringify({ token: secret }) });
    const result = await records.begin(request);
    const body = JSON.stringify({ token: `${secret.slice(0, 20)}(shown once)` });
    expect(result).toMatchObject({ state: "done", answer: { body } });
    const { Items } = await client.send(new ScanCommand({ TableName: apiTableName }));
    expect(JSON.stringify(Items)).not.toContain(secret);
  });

  test("answers that are lost on the way change nothing", async () => {
    const { apiTableName, clock } = setup();
    const script = scriptedClient(database().endpoint);
    const options = { client: script.client, apiTableName, createTable: true };
    const { idempotency: records, ready } = createApiState(options, { clock });
    await ready();
    script.loseAnswer("UpdateItem");
    const token = tokenOf(await records.begin(request));
    script.loseAnswer("UpdateItem");
    expect(await records.finish(token, answer)).toBe(true);
    expect(await records.begin(request)).toStrictEqual({ state: "done", answer });
    const other = { ...request, key: "other" };
    const second = tokenOf(await records.begin(other));
    script.loseAnswer("DeleteItem");
    await records.abandon(second);
    expect(await records.begin(other)).toMatchObject({ state: "new" });
  });

  test("tokens and requests of another form are refused", async () => {
    const { records } = setup();
    const bad = { code: "invalid-input" };
    for (const token of ["", "x.y", `${"0".repeat(64)}.short`, null, 7]) {
      await expect(records.finish(token as string, answer)).rejects.toMatchObject(bad);
      await expect(records.abandon(token as string)).rejects.toMatchObject(bad);
    }
    for (const change of [
      { key: "" },
      { scope: "" },
      { fingerprint: "" },
      { key: 1 },
      { key: "k".repeat(1_025) },
    ])
      await expect(records.begin({ ...request, ...change } as never)).rejects.toMatchObject(bad);
    const token = tokenOf(await records.begin(request));
    for (const change of [{ status: 99 }, { status: "200" }, { body: null }, { headers: { a: 1 } }])
      await expect(records.finish(token, { ...answer, ...change } as never)).rejects.toMatchObject(bad);
    expect(await records.finish(token, answer)).toBe(true);
  });
}
