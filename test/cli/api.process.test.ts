import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildIfStale, linesOf, run, start, startDev, temporaryFolder } from "./support.ts";

// The command against an API, from a folder where no instance runs: keys, logins, refusals.
const home = temporaryFolder();
const elsewhere = temporaryFolder();
const receiver = await startReceiver(200);
let dev: Awaited<ReturnType<typeof startDev>>;

beforeAll(async () => {
  buildIfStale();
  dev = await startDev(home.path, ["--memory"]);
});
afterAll(async () => {
  await dev[Symbol.asyncDispose]();
  await receiver.close();
  home[Symbol.dispose]();
  elsewhere[Symbol.dispose]();
});

const remote = (args: string[], env: Record<string, string> = {}, input?: string) =>
  run(args, { cwd: elsewhere.path, env, ...(input === undefined ? {} : { input }) });
const withKey = (token: string) => ({ HOOKCLOCK_URL: dev.apiUrl, HOOKCLOCK_KEY: token });
const ownKey = () => readFileSync(join(home.path, ".hookclock/api-key"), "utf8").trim();
const TOKEN = /^hc_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

/** A key made in the tables of the instance, and its id. */
async function makeKey(...args: string[]) {
  const { code, stdout, stderr } = await run(["key", "create", "--name", "test", "--quiet", ...args], {
    cwd: home.path,
  });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: "the token is not shown again: keep it where secrets are kept\n",
  });
  const token = stdout.trim();
  return { token, id: TOKEN.exec(token)?.[1] ?? "not a token" };
}

test("a key opens its namespaces, to do what it may, and ends when it is revoked", async () => {
  const writer = await makeKey("-n", "shop", "--permission", "write", "--expires", "90d");
  const env = withKey(writer.token);
  const register = (namespace: string) =>
    remote(
      [
        "--url",
        dev.apiUrl,
        "task",
        "register",
        "-n",
        namespace,
        "--id",
        "a",
        "--url",
        receiver.url,
        "--at",
        "in 1 day",
      ],
      env,
    );
  expect(await register("shop")).toMatchObject({ code: 0, stderr: "" });
  for (const args of [
    ["task", "get", "a", "-n", "billing"],
    ["task", "list"],
    ["stats", "-n", "nobody"],
    ["trigger"],
    ["key", "list"],
    ["tables", "check"],
  ]) {
    const refused = await remote(args, env);
    expect(refused).toMatchObject({
      code: 5,
      stdout: "",
      stderr: expect.stringMatching(/^error\[forbidden\]: /),
    });
  }
  expect(await register("billing")).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("hookclock login --show"),
  });
  const emptied = await remote(["task", "delete", "--many", "--yes", "-n", "shop"], env);
  expect(emptied).toMatchObject({ code: 5, stderr: expect.stringContaining("error[forbidden]") });

  const revoked = await remote(["key", "revoke", writer.id], withKey(ownKey()));
  expect(revoked).toEqual({ code: 0, stdout: `test (${writer.id}) is revoked\n`, stderr: "" });
  const after = await remote(["stats", "-n", "shop"], env);
  expect(after).toMatchObject({
    code: 5,
    stdout: "",
    stderr: expect.stringMatching(/^error\[unauthenticated\]: /),
  });
  const list = await remote(["key", "list"], withKey(ownKey()));
  expect(list.stdout).toMatch(new RegExp(`^${writer.id} +test +write +shop +revoked +20`, "m"));
  expect(list.stdout).not.toContain(writer.token);
});

test("keys are made through the API too, and only within one's own", async () => {
  const admin = await makeKey("-n", "team", "--permission", "admin");
  const create = (...more: string[]) =>
    remote(
      ["key", "create", "--name", "sub", "--permission", "read", "--json", ...more],
      withKey(admin.token),
    );
  const made = await create("-n", "team");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const { token, key } = JSON.parse(made.stdout);
  expect(token).toMatch(TOKEN);
  expect(key).toMatchObject({ name: "sub", namespaces: ["team"], permission: "read", expiresDate: null });
  expect(await remote(["stats", "-n", "team"], withKey(token))).toMatchObject({ code: 0 });
  expect(await create("-n", "*")).toMatchObject({ code: 5, stdout: "" });
  expect(await create("-n", "team", "--expires", "2001-01-01")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("expiresDate"),
  });
  expect(await create()).toMatchObject({ code: 2, stderr: expect.stringContaining("--namespace") });
  // Of a token that leaked, the whole of it is what is at hand.
  const leaked = await makeKey("-n", "team", "--permission", "read");
  const ended = { code: 0, stdout: `test (${leaked.id}) is revoked\n`, stderr: "" };
  expect(await remote(["key", "revoke", leaked.token], withKey(admin.token))).toEqual(ended);
  expect(await remote(["key", "revoke", "0".repeat(16)], withKey(admin.token))).toMatchObject({ code: 3 });
});

test("a login is kept for its owner alone, counts until the logout, and never shows its key", async () => {
  const { token } = await makeKey("-n", "default", "--permission", "write");
  const wrong = await remote(["login", "--url", dev.apiUrl], {}, `${token.slice(0, -1)}\n`);
  expect(wrong).toMatchObject({
    code: 5,
    stdout: "",
    stderr: expect.stringContaining("error[unauthenticated]"),
  });
  const ended = await remote(["login", "--url", dev.apiUrl], {}, `${token}\n`);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const file = join(elsewhere.path, "config/hookclock/login.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const stats = await remote(["stats"]);
  expect(stats).toMatchObject({ code: 0, stderr: `on ${dev.apiUrl}, by your login\n` });
  const shown = await remote(["login", "--show"]);
  expect(shown.stdout).toMatch(/^may +write\nnamespaces +default$/m);
  expect(ended.stdout + shown.stdout + stats.stdout).not.toContain(token);
  expect((await remote(["logout"])).code).toBe(0);
  expect(await remote(["stats"])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("error[no-database]"),
  });
});

test("an API that is not there, or is none, is named without its key", async () => {
  const key = ownKey();
  const gone = await remote(["stats", "--url", "http://127.0.0.1:1"], { HOOKCLOCK_KEY: key });
  expect(gone).toMatchObject({
    code: 5,
    stdout: "",
    stderr: expect.stringMatching(/^error\[api-unreachable\]: .*127\.0\.0\.1:1 /),
  });
  const other = await remote(["stats", "--url", receiver.url], { HOOKCLOCK_KEY: key });
  expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining("error[api-unreachable]") });
  const database = await remote(["stats", "--url", dev.endpoint], {
    HOOKCLOCK_KEY: key,
    HOOKCLOCK_DEBUG: "1",
  });
  expect(database.code).toBe(5);
  for (const { stderr } of [gone, other, database]) expect(stderr).not.toContain(key.slice(20));
});

test("logs --follow takes them from the stream, each once, and Ctrl-C ends it with 0", async () => {
  const env = { ...withKey(ownKey()), HOOKCLOCK_NAMESPACE: "follow" };
  const register = (n: number) =>
    JSON.stringify({ id: `t${n}`, url: receiver.url, scheduledDate: new Date().toISOString() });
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => register(from + n)).join("\n");
  await remote(["task", "register", "--file", "-"], env, lines(0, 5));
  const follower = start(["logs", "--follow", "--json", "--from", "-1m"], { cwd: elsewhere.path, env });
  await follower.until(({ stdout }) => (linesOf(stdout).length >= 5 ? true : null));
  await remote(["task", "register", "--file", "-"], env, lines(5, 40));
  await follower.until(({ stdout }) => (linesOf(stdout).length >= 40 ? true : null));
  follower.signal("SIGINT");
  const { code, stdout, stderr } = await follower.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const ids = linesOf(stdout).map((line) => String(line["taskId"]));
  expect(ids).toHaveLength(40);
  expect(new Set(ids).size).toBe(40);
}, 60_000);
