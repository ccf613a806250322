import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildIfStale, run, startDev, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const receiver = await startReceiver(200);
let dev: Awaited<ReturnType<typeof startDev>>;

beforeAll(async () => {
  buildIfStale();
  dev = await startDev(folder.path, ["--memory"]);
});
afterAll(async () => {
  await dev[Symbol.asyncDispose]();
  await receiver.close();
  folder[Symbol.dispose]();
});

const hookclock = (...args: string[]) => run(args, { cwd: folder.path });
const json = async (...args: string[]) => JSON.parse((await hookclock(...args, "--json")).stdout);

test("a missing table says what to do, and can be made", async () => {
  const names = { tasks: "other-tasks", logs: "other-logs", api: "other-api", state: "other-state" };
  const other = Object.entries(names).flatMap(([table, name]) => [`--${table}-table`, name]);
  const missing = await hookclock("task", "list", ...other);
  expect(missing).toMatchObject({
    ...{ code: 5, stdout: "", stderr: expect.stringContaining("hookclock tables create") },
  });
  const problems = await json("tables", "check", ...other);
  expect(problems.problems.map(({ table }: { table: string }) => table).sort()).toEqual([
    ...["other-api", "other-logs", "other-state", "other-tasks"],
  ]);
  expect(await json("tables", "create", ...other)).toEqual({
    ...{ ok: true, tasksTableName: "other-tasks", logsTableName: "other-logs" },
    ...{ apiTableName: "other-api", stateTableName: "other-state" },
  });
  expect(await json("tables", "check", ...other)).toEqual({ ok: true, problems: [] });
  expect(await json("task", "list", ...other)).toMatchObject({ count: 0 });
});

test("who serves no API needs no table for it", async () => {
  const ended = await hookclock("tables", "check", "--endpoint", dev.endpoint);
  expect(ended.code).toBe(0);
  const env = { HOOKCLOCK_API_TABLE: "none-such" };
  const wanted = await run(["tables", "check"], { cwd: folder.path, env });
  expect(wanted).toMatchObject({ code: 5, stdout: "- table none-such does not exist\n" });
});

test.each([
  [["task", "list", "--endpoint", "http://127.0.0.1:1"], 5, "error[store-unavailable]"],
  [["task", "list", "--data", "nowhere"], 5, "hookclock dev"],
])("%j ends with %i", async (args, code, text) => {
  const ended = await hookclock(...args);
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toContain(text);
});

test("output that cannot be written is an error that says so", async () => {
  // Of a file that is open for reading only.
  const outTo = openSync(fileURLToPath(import.meta.url), "r");
  const ended = await run(["stats", "--json"], { cwd: folder.path, outTo });
  closeSync(outTo);
  expect(ended).toMatchObject({
    code: 1,
    stderr: "error[output-lost]: the output cannot be written (EBADF)\n",
  });
});

test("the environment says what options do not", async () => {
  await hookclock("task", "register", "--id", "a", "--url", receiver.url, "--at", "in 1 day", "-n", "env");
  using elsewhere = temporaryFolder();
  const env = { HOOKCLOCK_ENDPOINT: dev.endpoint, HOOKCLOCK_NAMESPACE: "env" };
  const ended = await run(["stats", "--json"], { cwd: elsewhere.path, env });
  expect(JSON.parse(ended.stdout)).toMatchObject({ namespace: "env", total: 1 });
});
