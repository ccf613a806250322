import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, startEmbedded } from "@hookclock/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTest, type TestIoOptions } from "./test-io.ts";

let database: Embedded;
let env: Record<string, string>;
const nowhere = mkdtempSync(join(tmpdir(), "hookclock-nowhere-"));
const URL_HERE = "http://127.0.0.1:1/hook";

beforeAll(async () => {
  database = await startEmbedded({ dataDir: null, port: 0 });
  env = { HOOKCLOCK_ENDPOINT: database.endpoint };
  expect((await hookclock(["tables", "create"])).code).toBe(0);
  await hookclock(["task", "register", "--id", "there", "--url", URL_HERE, "--at", "in 1 day"]);
});
afterAll(async () => {
  await database.stop();
  rmSync(nowhere, { recursive: true });
});

const hookclock = (args: string[], options: TestIoOptions = {}) => runTest(args, { env, ...options });

test.each([
  [["task", "get", "nope"], 3, "error[not-found]"],
  [["task", "delete", "nope"], 3, "error[not-found]"],
  [["task", "update", "nope", "--timeout", "1s"], 3, "error[not-found]"],
  [["task", "unsuspend", "there"], 4, "error[wrong-status]"],
  [["task", "register", "--id", "there", "--url", `${URL_HERE}/other`], 4, "error[id-conflict]"],
  [["task", "suspen", "there"], 2, "did you mean suspend"],
  [["task", "list", "--jsn"], 2, "did you mean --json"],
  [["task", "list", "--status", "SLEEPING"], 2, "ACTIVE, PROCESSING"],
  [["task", "register", "--url", "ftp://x/"], 2, "error["],
  [["task", "register", "--url", "http://10.1.2.3/"], 2, "error[egress-refused]"],
  [["task", "register"], 2, "--url is missing"],
  [["task", "register", "--url", URL_HERE, "--body", "hello"], 2, "the body from --body is not JSON"],
  [["task", "register", "--url", URL_HERE, "--body", '{"a":9007199254740993}'], 2, "would lose digits"],
  [["task", "register", "--url", URL_HERE, "--body", "@none.json"], 2, "none.json cannot be read (ENOENT)"],
  [["task", "register", "--url", URL_HERE, "--cron", "61 * * * *"], 2, "repeat.cron"],
  [["task", "register", "--url", URL_HERE, "--every", "often"], 2, "An interval is expected"],
  [["task", "register", "--url", URL_HERE, "--every", "1d", "--cron", "* * * * *"], 2, "exclude each other"],
  [["task", "register", "--url", URL_HERE, "--max", "3"], 2, "--max goes with"],
  [["task", "register", "--url", URL_HERE, "--header", "nameless"], 2, 'written as "name: value"'],
  [["task", "register", "--url", URL_HERE, "--retry-limit", "-1"], 2, "whole number"],
  [["task", "register", "--url", URL_HERE, "--keep", "long"], 2, "A length of time is expected"],
  [["task", "register", "--url", URL_HERE, "--keep", "20000 days"], 2, "keepSeconds"],
  [["task", "update", "there"], 2, "nothing to change"],
  [["task", "reschedule", "there", "--at", "someday"], 2, "A time is expected"],
  [["task", "reschedule", "there"], 2, "--at"],
  [["task", "reschedule", "--at", "now"], 2, "--many"],
  [["task", "run", "--many", "there"], 2, "exclude each other"],
  [["task", "suspend"], 2, "--many"],
  [["task", "suspend", "there", "--status", "ACTIVE"], 2, "exclude each other"],
  [["task", "delete", "--many"], 2, "--yes"],
  [["logs", "--limit", "many"], 2, "whole number"],
  [["trigger", "--budget", "long"], 2, "A length of time is expected"],
  [["tables", "grow", "0"], 2, "whole number"],
  [["task", "list", "--endpoint", "nonsense"], 2, "--endpoint"],
  [["task", "list", "--endpoint", "http://127.0.0.1:1", "--aws"], 2, "exclude each other"],
  [["task", "list", "--tasks-table", "none-such"], 5, "hookclock tables create"],
  [["dev", "--port", "70000"], 2, "0 to 65535"],
  [["dev", "--demo", "--for", "3s"], 2, "at least 10 s"],
  [["nonsense"], 2, "unknown command"],
])("%j ends with %i", async (args, code, text) => {
  const ended = await hookclock(args);
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toContain(text);
  expect(ended.stderr).toMatch(/^error\[[a-z-]+\]: /);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
});

test("without any database it says what to do next", async () => {
  const { code, stderr } = await runTest(["task", "list", "--data", nowhere]);
  expect(code).toBe(5);
  expect(stderr).toBe(
    `error[no-database]: nothing to talk to: no hookclock dev runs on ${nowhere}\n` +
      "hint: start one with `hookclock dev`, or say --url URL for a deployed API, --endpoint URL, or --aws for the tables of your AWS account\n",
  );
});

test("debugging shows where an error came from, and the environment is checked", async () => {
  const debug = await hookclock(["task", "get", "nope"], { env: { ...env, HOOKCLOCK_DEBUG: "1" } });
  expect(debug.stderr).toMatch(/^\s+at /m);
  const broken = await hookclock(["task", "list"], { env: { HOOKCLOCK_ENDPOINT: "here" } });
  expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining("HOOKCLOCK_ENDPOINT") });
});

test("colour on a terminal only, and never with NO_COLOR", async () => {
  const list = ["task", "list"];
  expect((await hookclock(list, { terminal: true })).stdout).toContain("\u001b[1mthere");
  expect((await hookclock(list)).stdout).not.toContain("\u001b");
  const noColour = await hookclock(list, { terminal: true, env: { ...env, NO_COLOR: "1" } });
  expect(noColour.stdout).not.toContain("\u001b");
});

test("a table fits the terminal", async () => {
  for (const columns of [200, 80, 40, 10]) {
    const { stdout } = await hookclock(["task", "list"], { columns });
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
  }
});

test("a body comes from the flag, a file or standard input, and makes it a POST", async () => {
  const files = { "body.json": '{"from":"file"}' };
  const base = ["task", "register", "--url", URL_HERE, "--at", "2031-01-01", "--json", "--body"];
  const bodyOf = async (source: string, options: TestIoOptions = {}) =>
    JSON.parse((await hookclock([...base, source], options)).stdout).request;
  expect(await bodyOf('"text"')).toMatchObject({ method: "POST", body: "text" });
  expect(await bodyOf("@body.json", { files })).toMatchObject({ method: "POST", body: { from: "file" } });
  expect(await bodyOf("-", { input: "[1]" })).toMatchObject({ method: "POST", body: [1] });
});

test("every is without end unless --max says otherwise; times are seen from now", async () => {
  const base = ["task", "register", "--url", URL_HERE, "--json", "--at", "in 2 hours", "--every"];
  const every = JSON.parse((await hookclock([...base, "30 seconds"])).stdout);
  expect(every.repeat).toEqual({ interval: 30, unit: "seconds", max: 0 });
  expect(Date.parse(every.scheduledDate) - Date.now()).toBeGreaterThan(7_190_000);
  const twice = JSON.parse((await hookclock([...base, "day", "--max", "2"])).stdout);
  expect(twice.repeat).toEqual({ interval: 1, unit: "days", max: 2 });
});

test("times in the past may start with a minus", async () => {
  const { code, stdout } = await hookclock(["task", "list", "--from", "-1h", "--to", "+2d", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).items.map(({ id }: { id: string }) => id)).toContain("there");
});

test("what one task can do, many can", async () => {
  const file = Array.from(
    { length: 3 },
    (_, n) => `{"id":"m${n}","url":"${URL_HERE}","scheduledDate":"2031-01-01"}`,
  );
  await hookclock(["task", "register", "--file", "-", "-n", "many"], { input: file.join("\n") });
  const many = async (name: string, ...more: string[]) =>
    (await hookclock(["task", name, "--many", "-n", "many", ...more])).stdout;
  expect(await many("reschedule", "--at", "2032-01-01", "--dry-run")).toBe(
    "3 would be rescheduled; nothing was changed\n",
  );
  expect(await many("reschedule", "--at", "2032-01-01", "--id-prefix", "m1")).toBe("1 rescheduled\n");
  expect(await many("run", "--from", "2031-06-01")).toBe("1 due now\n");
  const { stdout } = await hookclock(["task", "reschedule", "m0", "-n", "many", "--at", "2033-01-01"]);
  expect(stdout).toMatch(/^many\/m0 rescheduled for 2033-01-01T00:00:00.000Z: ACTIVE, /);
  expect(await many("delete", "--yes")).toBe("3 deleted\n");
});

test("a bad line registers nothing, a refused one is named", async () => {
  const file = ["task", "register", "--file", "-", "-n", "lines"];
  const good = `{"id":"x","url":"${URL_HERE}","scheduledDate":"2031-01-01"}`;
  const broken = await hookclock(file, { input: `${good}\n{oops\n` });
  expect(broken).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("line 2 is not JSON; nothing was"),
  });
  const inexact = await hookclock(file, { input: `${good}\n{"id":9007199254740993}\n` });
  expect(inexact).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("line 2 has a whole number that would lose digits; nothing was"),
  });
  const list = await hookclock(["task", "list", "-n", "lines", "--json"]);
  expect(JSON.parse(list.stdout)).toMatchObject({ count: 0 });
  const refused = await hookclock(file, { input: `${good}\n\n${good.replace("127.0.0.1", "10.1.2.3")}` });
  expect(refused).toMatchObject({ code: 2, stdout: "1 registered, 0 were there already, 1 failed\n" });
  expect(refused.stderr).toContain("line 3: error[egress-refused]");
});

test("help has examples on every command, the environment and the exit codes", async () => {
  const help = await hookclock(["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const text of ["HOOKCLOCK_ENDPOINT", "Exit codes:", "hookclock dev --demo"])
    expect(help.stdout).toContain(text);
  const groups = {
    task: [
      "register",
      "get",
      "list",
      "update",
      "suspend",
      "unsuspend",
      "run",
      "retry",
      "reschedule",
      "delete",
    ],
    tables: ["create", "check", "grow"],
    key: ["create", "list", "revoke"],
    subscription: ["add", "list", "show", "renew", "remove"],
    consumer: ["add", "list", "show", "remove", "enable", "disable", "rotate", "replay"],
    handler: ["add", "list", "remove"],
    event: ["publish"],
    hub: ["list", "publish", "deny"],
  };
  const commands = [["dev"], ["logs"], ["trigger"], ["stats"], ["login"], ["logout"], ["tell"]];
  for (const name of [
    "add-subscription",
    "get-subscriptions",
    "add-consumer",
    "add-handler",
    "create-handler",
  ])
    commands.push([name]);
  for (const [group, names] of Object.entries(groups)) for (const name of names) commands.push([group, name]);
  for (const command of commands) {
    const { code, stdout } = await hookclock([...command, "--help"]);
    expect({ command, code, hasExample: /Examples?:\n {2}hookclock /.test(stdout) }).toEqual({
      ...{ command, code: 0, hasExample: true },
    });
  }
  expect((await hookclock([])).code).toBe(2);
  expect(await hookclock(["--version"])).toMatchObject({ code: 0, stdout: "1.2.3\n" });
});

test("how long a task is kept is said, shown and taken back", async () => {
  const register = ["task", "register", "--id", "kept", "--url", URL_HERE, "--at", "2031-01-01"];
  const kept = await hookclock([...register, "--keep", "7 days", "--json"]);
  expect(JSON.parse(kept.stdout)).toMatchObject({ keepSeconds: 7 * 86_400, ttl: null });
  expect((await hookclock(["task", "get", "kept"])).stdout).toMatch(/kept +7 d after it is DONE/);
  const changed = await hookclock(["task", "update", "kept", "--keep", "forever", "--json"]);
  expect(JSON.parse(changed.stdout)).toMatchObject({ keepSeconds: null });
  expect((await hookclock(["task", "get", "kept"])).stdout).not.toMatch(/after it is DONE/);
});
