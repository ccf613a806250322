import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildIfStale, run, startDev, temporaryFolder } from "./support.ts";

// The same tour twice: on the tables of a local instance, and through the API that it serves.
const receiver = await startReceiver(200);
beforeAll(() => buildIfStale());
afterAll(() => receiver.close());

const KEY_FILE = ".hookclock/api-key";
type Dev = Awaited<ReturnType<typeof startDev>>;

describe.each<[string, (dev: Dev) => string[]]>([
  ["on its tables", () => []],
  ["through its API", ({ apiUrl }) => ["--url", apiUrl, "--key-file", KEY_FILE]],
])("%s", (_where, targetOf) => {
  const folder = temporaryFolder();
  let dev: Dev;
  beforeAll(async () => {
    dev = await startDev(folder.path, ["--memory"]);
  });
  afterAll(async () => {
    await dev[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const hookclock = (...args: string[]) => run([...targetOf(dev), ...args], { cwd: folder.path });
  /** Runs a command that must succeed and parses the one document it prints. */
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await hookclock(...args, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout);
  };

  const doneWith = (id: string) =>
    dev.event(({ type, task }) => {
      const { id: of, status } = (task ?? {}) as { id?: string; status?: string };
      return type === "attempt" && of === id && status === "DONE";
    });

  test("a task runs and leaves a log; secrets stay hidden", async () => {
    const url = `${receiver.url}/hook`;
    const header = "Authorization: Bearer s3cret";
    const registered = await json(
      "task",
      "register",
      "--id",
      "one",
      "--url",
      url,
      "--body",
      '{"a":1}',
      "--header",
      header,
    );
    expect(registered).toMatchObject({
      id: "one",
      namespace: "default",
      status: "ACTIVE",
      request: { method: "POST", headers: { Authorization: "[redacted]" }, body: { a: 1 } },
    });
    await doneWith("one");
    expect(receiver.requests.at(-1)?.headers.authorization).toBe("Bearer s3cret");

    const people = await hookclock("task", "get", "one");
    expect(people.stdout).toMatch(/^status {2,}DONE$/m);
    expect(people.stdout).not.toContain("s3cret");
    expect(people.stdout).not.toContain("\u001b");
    expect(await json("task", "get", "one", "--show-secrets")).toMatchObject({
      request: { headers: { Authorization: "Bearer s3cret" } },
    });
    const logs = await json("logs", "--task", "one");
    expect(logs).toMatchObject({
      count: 1,
      items: [{ taskId: "one", status: "SUCCESS", response: { status: 200 } }],
    });
    expect(dev.written.stdout + people.stdout + JSON.stringify(logs)).not.toContain("s3cret");
  });

  test("one task through all its moves", { timeout: 60_000 }, async () => {
    const at = "in 1 hour";
    await json(
      "task",
      "register",
      "--id",
      "m",
      "--url",
      receiver.url,
      "--at",
      at,
      "--every",
      "1 day",
      "-n",
      "moves",
    );
    const move = (...args: string[]) => json("task", ...args, "-n", "moves");
    expect(await move("suspend", "m")).toMatchObject({ status: "SUSPENDED", nextAttemptDate: null });
    expect(await move("unsuspend", "m")).toMatchObject({ status: "ACTIVE" });
    expect(await move("update", "m", "--retry-limit", "7")).toMatchObject({
      retryLimit: 7,
      repeat: { interval: 1 },
    });
    expect(await move("reschedule", "m", "--at", "2031-01-01T00:00:00Z")).toMatchObject({
      scheduledDate: "2031-01-01T00:00:00.000Z",
    });
    expect(await move("run", "m")).toMatchObject({ id: "m", scheduledDate: "2031-01-01T00:00:00.000Z" });
    await dev.event(({ type, task }) => type === "attempt" && (task as { id: string }).id === "m");
    expect(await json("stats", "-n", "moves")).toMatchObject({ total: 1, tasks: { ACTIVE: 1 } });
    expect(await move("delete", "m")).toMatchObject({ id: "m" });
    expect((await hookclock("task", "get", "m", "-n", "moves")).code).toBe(3);
  });

  test("retry brings a finished task back", async () => {
    await json("task", "register", "--id", "again", "--url", receiver.url);
    await doneWith("again");
    expect(await json("task", "retry", "again")).toMatchObject({ status: "ACTIVE" });
  });

  test("many at once: from a file, counted, suspended, deleted only with --yes", async () => {
    const lines = Array.from({ length: 30 }, (_, n) =>
      JSON.stringify({ id: `bulk-${n}`, url: receiver.url, scheduledDate: "2031-01-01" }),
    );
    writeFileSync(join(folder.path, "tasks.jsonl"), `${lines.join("\n")}\n`);
    const file = ["task", "register", "--file", "tasks.jsonl", "-n", "bulk"];
    expect(await json(...file)).toMatchObject({ created: 30, known: 0, failed: [] });
    expect(await json(...file)).toMatchObject({ created: 0, known: 30 });

    const many = (name: string, ...more: string[]) =>
      json("task", name, "--many", "--id-prefix", "bulk-1", "-n", "bulk", ...more);
    expect(await many("suspend", "--dry-run")).toMatchObject({ count: 11, dryRun: true });
    expect(await many("suspend")).toMatchObject({ count: 11, dryRun: false });
    expect(await json("task", "list", "-n", "bulk", "--status", "suspended")).toMatchObject({ count: 11 });
    expect(await many("unsuspend")).toMatchObject({ count: 11 });
    const refused = await hookclock("task", "delete", "--many", "-n", "bulk");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    expect(await many("delete", "--yes")).toMatchObject({ count: 11 });
    expect(await json("task", "list", "-n", "bulk")).toMatchObject({ count: 19, lastEvaluatedKey: null });
  });

  test("trigger leaves to the instance what it holds, and says what is due", async () => {
    expect(await json("trigger", "--dry-run")).toMatchObject({ items: expect.any(Array) });
    expect(await json("trigger", "--limit", "1")).toMatchObject({ errors: 0 });
  });

  test("tables are checked wherever they are", async () => {
    expect(await json("tables", "check")).toEqual({ ok: true, problems: [] });
  });

  test.each([
    [["task", "get", "nope"], 3, "error[not-found]"],
    [["task", "unsuspend", "one"], 4, "error[wrong-status]"],
    [["task", "register", "--id", "one", "--url", "https://example.com/other"], 4, "error[id-conflict]"],
    [["task", "register", "--url", "http://10.0.0.1/"], 2, "error[egress-refused]"],
    [["task", "suspen", "one"], 2, "did you mean suspend"],
  ])("%j ends with %i", async (args, code, text) => {
    const ended = await hookclock(...args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toContain(text);
  });
});
