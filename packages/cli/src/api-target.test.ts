import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Receiver, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runTest, type TestIoOptions } from "./test-io.ts";

// Which API a command talks to, and with which key: the requests that arrive tell.
const KEY = `hc_0123456789abcdef_${"k".repeat(43)}`;
const OTHER_KEY = `hc_fedcba9876543210_${"o".repeat(43)}`;
const LOGIN_FILE = "/home/me/.config/hookclock/login.json";
const nowhere = mkdtempSync(join(tmpdir(), "hookclock-nowhere-"));

let api: Receiver;
beforeAll(async () => {
  api = await startReceiver(({ url, headers }) => {
    const isKnown =
      headers.authorization === `Bearer ${KEY}` || headers.authorization === `Bearer ${OTHER_KEY}`;
    if (!isKnown) return answer(401, { code: "unauthenticated", detail: "no such key" });
    return isOfWebSub(url)
      ? answer(404, { code: "not-found", detail: "no route" })
      : answer(200, documentFor(url));
  });
});
afterAll(async () => {
  await api.close();
  rmSync(nowhere, { recursive: true });
});
beforeEach(() => void api.requests.splice(0));

/** This API is one without it. */
const isOfWebSub = (url: string | undefined): boolean =>
  /[/](subscriptions[?]|delivery-stats$)/.test(url ?? "");
const answer = (status: number, document: object) => ({
  ...{ status, headers: { "content-type": "application/json" } },
  body: JSON.stringify(document),
});
const documentFor = (url: string) => {
  if (url === "/v1/me") return { key: key() };
  if (url.includes("/stats"))
    return {
      namespace: "default",
      tasks: { ACTIVE: 3 },
      total: 3,
      complete: true,
      overdue: 0,
      nextDueDate: null,
    };
  return { namespace: "default", id: "a", status: "ACTIVE" };
};
const key = () => ({
  ...{ id: "0123456789abcdef", name: "ci", namespaces: ["billing", "shop"], permission: "write" },
  ...{ createdDate: "2030-01-01T00:00:00.000Z", expiresDate: null, revokedDate: null },
});
/** In a folder where no instance runs. */
const hookclock = (args: string[], { env = {}, ...more }: TestIoOptions = {}) =>
  runTest(args, { env: { HOOKCLOCK_DATA: nowhere, HOME: "/home/me", ...env }, ...more });
const asked = () =>
  api.requests
    .filter(({ url }) => !isOfWebSub(url))
    .map(({ url, headers }) => [url, headers.authorization?.slice("Bearer ".length)]);
const STATS = "/v1/namespaces/default/stats";
const loginFile = (more: object = {}) => ({
  [LOGIN_FILE]: JSON.stringify({ url: api.url, key: OTHER_KEY, insecureHttp: false, ...more }),
});

test("address and key stand before the command or after it", async () => {
  const target = ["--url", api.url, "--key", KEY];
  expect(await hookclock([...target, "stats"])).toMatchObject({ code: 0, stderr: "" });
  expect(await hookclock(["stats", ...target])).toMatchObject({ code: 0, stderr: "" });
  expect(
    await hookclock(["--url", "http://127.0.0.1:1", "--key", KEY, "stats", "--url", api.url]),
  ).toMatchObject({ code: 0 });
  expect(asked()).toEqual([
    [STATS, KEY],
    [STATS, KEY],
    [STATS, KEY],
  ]);
});

test("where a task has a --url of its own, the API's stands before the command", async () => {
  const at = ["--at", "2031-01-01"];
  const target = ["--url", api.url, "--key", KEY];
  const hook = "https://example.com/hook";
  await hookclock([...target, "task", "register", "--url", hook, ...at]);
  await hookclock(["--url", api.url, "task", "update", "a", "--url", hook, "--key", KEY]);
  const bodies = api.requests.map(({ url, body }) => [url, JSON.parse(body.toString("utf8")).request.url]);
  expect(bodies).toEqual([
    ["/v1/namespaces/default/tasks", hook],
    ["/v1/namespaces/default/tasks/a", hook],
  ]);
  for (const name of ["register", "update"]) {
    expect((await hookclock(["task", name, "--help"])).stdout).toContain(
      "before the command: hookclock --url",
    );
  }
  // Without one there, the webhook's address is not taken for the API's.
  expect(await hookclock(["task", "register", "--url", api.url, "--key", KEY, ...at])).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("--key goes with --url") },
  });
});

test("the environment says them too, and an option goes first", async () => {
  const env = { HOOKCLOCK_URL: api.url, HOOKCLOCK_KEY: KEY };
  expect(await hookclock(["stats"], { env })).toMatchObject({ code: 0, stderr: "" });
  await hookclock(["stats", "--key", OTHER_KEY], { env });
  await hookclock(["stats", "--url", api.url], { env: { ...env, HOOKCLOCK_URL: "http://127.0.0.1:1" } });
  expect(asked()).toEqual([
    [STATS, KEY],
    [STATS, OTHER_KEY],
    [STATS, KEY],
  ]);
});

test("a key comes from a file or standard input", async () => {
  const target = ["--url", api.url, "stats", "--key-file"];
  expect((await hookclock([...target, "key.txt"], { files: { "key.txt": `${KEY}\n` } })).code).toBe(0);
  expect((await hookclock([...target, "-"], { input: `${KEY}\n` })).code).toBe(0);
  expect(asked()).toEqual([
    [STATS, KEY],
    [STATS, KEY],
  ]);
});

test("the login counts when nothing else is said, and it is said that it does", async () => {
  const ended = await hookclock(["stats"], { files: loginFile() });
  expect(ended).toMatchObject({ code: 0, stderr: `on ${api.url}, by your login\n` });
  expect(await hookclock(["stats", "--json"], { files: loginFile() })).toMatchObject({ code: 0, stderr: "" });
  await hookclock(["stats", "--key", KEY], { files: loginFile() });
  expect(asked()).toEqual([
    [STATS, OTHER_KEY],
    [STATS, OTHER_KEY],
    [STATS, KEY],
  ]);
});

test("the key of the login is for its own address and no other", async () => {
  const own = await hookclock(["stats", "--url", `${api.url}/`], { files: loginFile() });
  expect(own).toMatchObject({ code: 0, stderr: "" });
  const other = await hookclock(["stats", "--url", api.url], {
    files: loginFile({ url: "http://127.0.0.1:1" }),
  });
  expect(other).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("error[no-key]: there is no key for"),
  });
  expect(asked()).toEqual([[STATS, OTHER_KEY]]);
});

test("an instance that runs here goes before the login, and that is said", async () => {
  const dev = {
    pid: process.pid,
    tasksTableName: "t",
    logsTableName: "l",
    startedAt: new Date().toISOString(),
  };
  const folder = mkdtempSync(join(tmpdir(), "hookclock-instance-"));
  writeFileSync(join(folder, "dev.json"), JSON.stringify({ endpoint: api.url, apiUrl: null, ...dev }));
  const ended = await hookclock(["stats"], { files: loginFile(), env: { HOOKCLOCK_DATA: folder } });
  rmSync(folder, { recursive: true });
  expect(ended.stderr).toContain(
    `on the local instance (pid ${process.pid}); --url ${api.url} goes by your login\n`,
  );
  expect(asked().filter(([url]) => url === STATS)).toEqual([]);
});

test.each([
  [["stats", "--url", "http://127.0.0.1:1"], 5, "error[no-key]"],
  [["stats", "--url", "http://hooks.example.com", "--key", KEY], 2, "must not travel in the clear"],
  [["stats", "--url", "nonsense", "--key", KEY], 2, 'url is "nonsense"'],
  [["stats", "--url", "https://me:pa55@example.com", "--key", KEY], 2, "no user, password"],
  [["stats", "--url", "", "--key", KEY], 2, "--url cannot be used"],
  [["stats", "--key", KEY], 2, "--key goes with --url"],
  [["stats", "--url", "http://127.0.0.1:1", "--key", KEY, "--key-file", "f"], 2, "exclude each other"],
  [["stats", "--url", "http://127.0.0.1:1", "--key-file", "none"], 2, "none cannot be read (ENOENT)"],
  [["stats", "--url", "http://127.0.0.1:1", "--key-file", "-"], 2, "there is no key in standard input"],
  [["stats", "--url", "http://127.0.0.1:1", "--key", "two words"], 2, "key of options is [not shown]"],
  [["stats", "--url", "http://127.0.0.1:1", "--key", KEY], 5, "error[api-unreachable]"],
  [["stats", "--url", "http://127.0.0.1:1", "--key", KEY, "--aws"], 2, "--aws is about a database"],
  [
    ["stats", "--url", "http://127.0.0.1:1", "--key", KEY, "--tasks-table", "t"],
    2,
    "--tasks-table is about a database",
  ],
  [["stats", "--endpoint", "http://127.0.0.1:1", "--key", KEY], 2, "--key goes with --url"],
  [["--url", "http://127.0.0.1:1", "dev"], 2, "dev serves its own"],
  [["tables", "create", "--url", "http://127.0.0.1:1", "--key", KEY], 2, "tables create is not for an API"],
  [
    ["trigger", "--concurrency", "5", "--url", "http://127.0.0.1:1", "--key", KEY],
    2,
    "--concurrency is not for an API",
  ],
])("%j ends with %i", async (args, code, text) => {
  const ended = await hookclock(args);
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toContain(text);
  expect(ended.stderr).toMatch(/^error\[[a-z-]+\]: /);
  expect(ended.stderr).not.toMatch(/k{43}|pa55|two words/);
});

test("the environment may not mean two places", async () => {
  const env = { HOOKCLOCK_URL: api.url, HOOKCLOCK_KEY: KEY, HOOKCLOCK_ENDPOINT: "http://127.0.0.1:1" };
  expect(await hookclock(["stats"], { env })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("unset HOOKCLOCK_URL"),
  });
  expect(api.requests).toHaveLength(0);
});

test("login checks the key, keeps it, and says what it may do", async () => {
  for (const [args, more] of [
    [["--key", KEY], {}],
    [["--key-file", "k"], { files: { k: KEY } }],
    [[], { input: `${KEY}\n` }],
    [[], { typed: KEY }],
    [[], { env: { HOOKCLOCK_KEY: KEY } }],
  ] as [string[], TestIoOptions][]) {
    const files = { ...more.files };
    const ended = await hookclock(["login", "--url", `${api.url}/`, ...args], { ...more, files });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^key +ci \(0123456789abcdef\)\nmay +write\nnamespaces +billing, shop$/m);
    expect(ended.stdout + ended.stderr).not.toContain(KEY);
    expect(JSON.parse(files[LOGIN_FILE] ?? "")).toEqual({ url: api.url, key: KEY, insecureHttp: false });
  }
});

test("a login that does not hold is not kept", async () => {
  const files = {};
  const wrong = await hookclock(["login", "--url", api.url], { input: "hc_wrong", files });
  expect(wrong).toMatchObject({ code: 5, stderr: expect.stringContaining("error[unauthenticated]") });
  expect(await hookclock(["login", "--url", api.url], { input: "", files })).toMatchObject({ code: 2 });
  expect(await hookclock(["login", "--url", api.url], { typed: null, files })).toMatchObject({ code: 130 });
  expect(await hookclock(["login"], { input: KEY, files })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--url is missing"),
  });
  expect(files).toEqual({});
});

test("login --show tells of the login or of what is said instead; logout forgets", async () => {
  const files: Record<string, string> = loginFile();
  const shown = await hookclock(["login", "--show", "--json"], { files });
  expect(JSON.parse(shown.stdout)).toEqual({ url: api.url, path: LOGIN_FILE, key: key(), from: "login" });
  expect(shown.stdout).not.toContain(OTHER_KEY);
  const said = await hookclock(["login", "--show"], {
    files,
    env: { HOOKCLOCK_URL: api.url, HOOKCLOCK_KEY: KEY },
  });
  expect(said.stdout).toContain("nothing: it is from the environment");
  expect(await hookclock(["logout"], { files })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${LOGIN_FILE} is gone`),
  });
  expect(files).toEqual({});
  expect(await hookclock(["logout"], { files })).toMatchObject({
    code: 0,
    stdout: "there was nothing to forget\n",
  });
  expect(await hookclock(["login", "--show"], { files })).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("not-logged-in"),
  });
});

test("a login file is where XDG says, and one that cannot be understood is named", async () => {
  const env = { XDG_CONFIG_HOME: "/etc/xdg" };
  const files = { "/etc/xdg/hookclock/login.json": "{}" };
  expect(await hookclock(["stats"], { env, files })).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("/etc/xdg/hookclock/login.json cannot be understood") },
  });
  expect(
    (await hookclock(["stats"], { env: { XDG_CONFIG_HOME: "relative" }, files: loginFile() })).code,
  ).toBe(0);
});
