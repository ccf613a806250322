import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, startEmbedded } from "@hookclock/local";
import { type Receiver, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTest, type TestIoOptions } from "./test-io.ts";

// The commands of WebSub on a database, whole command lines.
let database: Embedded;
let receiver: Receiver;
let env: Record<string, string>;
const nowhere = mkdtempSync(join(tmpdir(), "hookclock-nowhere-"));
const BASE = ["--base-url", "https://hooks.example.com"];
const FEED = "https://example.com/feed";

beforeAll(async () => {
  database = await startEmbedded({ dataDir: null, port: 0 });
  receiver = await startReceiver(({ url }) => ({ status: url === "/down" ? 500 : 200 }));
  env = { HOOKCLOCK_ENDPOINT: database.endpoint, HOOKCLOCK_DATA: nowhere };
  expect((await hookclock(["tables", "create"])).code).toBe(0);
});
afterAll(async () => {
  await database.stop();
  await receiver.close();
  rmSync(nowhere, { recursive: true });
});

const hookclock = (args: string[], options: TestIoOptions = {}) =>
  runTest(args, { ...options, env: { ...env, ...options.env } });
/** Runs a command that must succeed and parses the one document it prints. */
const json = async (args: string[], options: TestIoOptions = {}) => {
  const { code, stdout, stderr } = await hookclock([...args, "--json"], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};
const run = (...more: string[]) => json(["trigger", ...BASE, ...more]);

test("a subscription is added, shown, renewed and ended; its consumer is linked", async () => {
  const add = [
    "subscription",
    "add",
    FEED,
    "--hub",
    "https://hub.example.com/",
    "--id",
    "blog",
    "-n",
    "subs",
  ];
  const added = await json([...add, "--lease", "5d", "--consumer", "app", "--poll", "15m"]);
  expect(added).toMatchObject({
    ...{ id: "blog", url: FEED, state: "pending", leaseSeconds: 432_000, poll: { everySeconds: 900 } },
  });
  expect(await json(["handler", "list", "-n", "subs"])).toMatchObject({
    items: [{ id: "app", source: { subscription: "blog" }, consumer: "app" }],
  });
  const shown = await hookclock(["subscription", "show", "blog", "-n", "subs"]);
  expect(shown.stdout).toMatch(/^subscription +subs\/blog\nstate +pending$/m);
  expect(shown.stdout).toMatch(/^hub +https:\/\/hub\.example\.com\/$/m);
  const renewed = await hookclock(["subscription", "renew", "blog", "-n", "subs"]);
  expect(renewed).toMatchObject({ code: 0, stdout: "subs/blog is asked for: pending\n" });
  const removed = await hookclock(["subscription", "remove", "blog", "-n", "subs"]);
  expect(removed).toMatchObject({ code: 0, stdout: "subs/blog is ended: unsubscribed\n" });
  expect(await json(["subscription", "list", "--state", "pending", "-n", "subs"])).toMatchObject({
    count: 0,
  });
  const list = await hookclock(["get-subscriptions", "-n", "subs"]);
  expect(list.stdout).toMatch(/^blog +unsubscribed .*https:\/\/example\.com\/feed/m);
});

test("added again, a subscription leaves its handler's filter alone; refused, it leaves nothing behind", async () => {
  const ns = ["-n", "again"];
  const add = ["subscription", "add", FEED, "--id", "blog", "--consumer", "app", ...ns];
  await json(add);
  const filter = { path: "entry.title", contains: "release" };
  const link = ["handler", "add", "app", "--subscription", "blog", "--filter", JSON.stringify(filter)];
  await json([...link, ...ns]);
  await json(add);
  expect(await json(["handler", "list", ...ns])).toMatchObject({ items: [{ consumer: "app", filter }] });
  const refused = await hookclock([
    "subscription",
    "add",
    FEED,
    "--id",
    "b2",
    "--consumer",
    "no name",
    ...ns,
  ]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("consumer") });
  expect(await json(["subscription", "list", ...ns])).toMatchObject({ items: [{ id: "blog" }], count: 1 });
});

test("a secret comes from a flag or a file, and is never shown", async () => {
  const add = (id: string) => ["subscription", "add", FEED, "--id", id, "-n", "secrets"];
  const files = { "s.txt": "s3cret-from-file\n" };
  const all = [
    await hookclock([...add("a"), "--secret-file", "s.txt"], { files }),
    await hookclock([...add("b"), "--secret", "s3cret-said"]),
    await hookclock([...add("c"), "--signed"]),
    await hookclock([...add("d"), "--unsigned"]),
    await hookclock(["subscription", "list", "-n", "secrets", "--json"]),
  ];
  for (const { code, stdout, stderr } of all) {
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain("s3cret");
  }
  const both = await hookclock([...add("e"), "--signed", "--unsigned"]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("exclude each other") });
});

test("a consumer is made by flags, changed, and shows its secret once", async () => {
  const add = ["consumer", "add", "--name", "app", "-n", "made"];
  const url = `${receiver.url}/ok?token=s3cret`;
  const header = ["--header", "X-Key: s3cret"];
  const made = await hookclock([...add, "--url", url, ...header, "--retry-limit", "2", "--timeout", "3s"]);
  expect(made.code).toBe(0);
  expect(made.stdout).toMatch(/^secret +whsec_[A-Za-z0-9+/]{43}=$/m);
  expect(made.stdout).not.toContain("s3cret");
  expect(made.stderr).toBe("the secret is not shown again: its receiver needs it\n");
  const changed = await json([...add, "--disable-after", "3"]);
  expect(changed).toMatchObject({
    ...{ created: false, secret: null },
    consumer: { disableAfter: 3, timeoutMs: 3_000, retry: { limit: 2 }, signing: { secrets: 1 } },
  });
  const rotated = await hookclock(["consumer", "rotate", "app", "--old-for", "12h", "-q", "-n", "made"]);
  expect(rotated.stdout).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
  const shown = await hookclock(["consumer", "show", "app", "-n", "made"]);
  expect(shown.stdout).toMatch(/^signed +yes, by the old secret too until 20/m);
  expect((await hookclock(["consumer", "disable", "app", "-n", "made"])).stdout).toBe(
    "made/app is disabled\n",
  );
  expect((await hookclock(["consumer", "list", "-n", "made"])).stdout).toMatch(
    /^app +http +disabled by-hand/m,
  );
  expect((await hookclock(["consumer", "enable", "app", "-n", "made"])).stdout).toBe("made/app is enabled\n");
  expect((await hookclock(["consumer", "remove", "app", "-n", "made"])).stdout).toBe("made/app is gone\n");
});

test("consumers come from a file, one or many", async () => {
  const slack = { name: "team", type: "slack", url: `${receiver.url}/services/x` };
  const files = {
    "one.json": JSON.stringify(slack),
    "many.json": JSON.stringify([slack, { name: "l", type: "log" }]),
  };
  expect(await json(["add-consumer", "one.json", "-n", "files"], { files })).toMatchObject({
    ...{ created: true, secret: null, consumer: { name: "team", namespace: "files" } },
  });
  expect(await json(["consumer", "add", "many.json", "-n", "files"], { files })).toMatchObject({
    items: [{ created: false }, { created: true, consumer: { type: "log" } }],
  });
  for (const input of ["{", "[]", "[1]", "5"]) {
    const refused = await hookclock(["add-consumer", "-"], { input });
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("standard input") });
  }
});

test("handlers link sources to consumers, with filter and template", async () => {
  const filter = '{"path":"payload.amount","atLeast":10}';
  const linked = await hookclock(
    [
      ...["handler", "add", "nobody", "--event", "orders", "-n", "links"],
      ...["--filter", filter, "--template", "@t.txt", "--description", "of the shop"],
      ...["--id", "big"],
    ],
    { files: { "t.txt": "{{payload.amount}}" } },
  );
  expect(linked).toMatchObject({ code: 0, stderr: expect.stringContaining('no consumer "nobody" yet') });
  expect(linked.stdout).toMatch(/^template +\{\{payload\.amount\}\}$/m);
  for (const name of ["add-handler", "create-handler"]) {
    expect(await json([name, "blog", "nobody", "the blog", "-n", "links"])).toMatchObject({
      ...{ source: { subscription: "blog" }, consumer: "nobody", description: "the blog" },
    });
  }
  const list = await hookclock(["handler", "list", "-n", "links", "--event", "ORDERS.*"]);
  expect(list.stdout).toMatch(/^big +event orders +nobody +\{"path"/m);
  const removed = await hookclock(["handler", "remove", "big", "--event", "orders", "-n", "links"]);
  expect(removed.stdout).toBe("event orders does not go to nobody any more\n");
});

test("messages and events arrive, failures are counted, replayed and watched", async () => {
  const ns = ["-n", "flow"];
  await json([
    "consumer",
    "add",
    "--name",
    "app",
    "--url",
    `${receiver.url}/down`,
    "--retry-limit",
    "0",
    ...ns,
  ]);
  await json(["handler", "add", "app", "--event", "orders", ...ns]);
  await json(["event", "publish", "orders.paid", '{"order": 17}', "--id", "o17", ...BASE, ...ns]);
  const told = await hookclock(["tell", "app", "hello", ...ns]);
  expect(told.stdout).toMatch(/^on its way to flow\/app: task deliver\/app\//);
  await run(...ns);
  await run(...ns);
  const stats = await json(["stats", ...ns]);
  expect(stats).toMatchObject({ consumers: [{ name: "app", handlers: 1, deliveries: { failed: 2 } }] });
  await json(["consumer", "add", "--name", "app", "--url", `${receiver.url}/ok`, ...ns]);
  const replay = ["consumer", "replay", "app", "--from", "-1h", ...ns];
  expect((await hookclock([...replay, "--dry-run"])).stdout).toBe(
    "2 would be brought back; nothing was changed\n",
  );
  const started = await json([...replay, "--no-wait", "--rate", "100"]);
  expect(started).toMatchObject({ count: 2, dryRun: false });
  const watching = hookclock(["consumer", "replay", "app", "--follow", started.id, ...ns], {
    terminal: true,
  });
  for (let runs = 0; runs < 5; runs += 1) await run(...ns, "--limit", "1");
  const watched = await watching;
  expect(watched).toMatchObject({ code: 0, stdout: "2 of 2 brought back: done\n" });
  expect(watched.stderr).toMatch(/replaying [█░]{24} 0\/2/);
  await run(...ns);
  const people = await hookclock(["stats", ...ns]);
  expect(people.stdout).toMatch(/^CONSUMER +STATE +HANDLERS +WAITING +DELIVERED +FAILED/m);
  expect(people.stdout).toMatch(/^app +enabled +1 +0 +2 +0/m);
  expect((await hookclock(replay)).stdout).toBe("there is nothing to bring back\n");
}, 60_000);

test("stats count subscriptions by state, and say nothing of what there is not", async () => {
  await json(["subscription", "add", FEED, "--id", "a", "-n", "counts"]);
  await json(["subscription", "add", FEED, "--id", "b", "-n", "counts"]);
  await json(["subscription", "remove", "b", "-n", "counts"]);
  expect(await json(["stats", "-n", "counts"])).toMatchObject({
    subscriptions: { pending: 1, unsubscribed: 1 },
  });
  const people = await hookclock(["stats", "-n", "counts"]);
  expect(people.stdout).toMatch(/^subscriptions +2\n {2}pending +1\n {2}unsubscribed +1$/m);
  const bare = await json(["stats", "-n", "empty"]);
  expect(Object.keys(bare)).not.toEqual(expect.arrayContaining(["subscriptions"]));
  const without = await json(["stats", "-n", "counts", "--state-table", "none-such"]);
  expect(Object.keys(without)).not.toEqual(expect.arrayContaining(["subscriptions"]));
});

test("a missing or disabled consumer is remarked on", async () => {
  const missing = await hookclock(["tell", "nobody", "anyone?", "-n", "quiet"]);
  expect(missing).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("is missing: the message waits"),
  });
  const parsed = await json(["tell", "nobody", '{"a":1}', "--parse", "--id", "one", "-n", "quiet"]);
  expect(parsed).toMatchObject({ consumer: "missing" });
});

test("content goes to the hub from the line, a file or standard input", async () => {
  const publish = ["hub", "publish", FEED, "--type", "text/plain", ...BASE, "-n", "hub"];
  const files = { "feed.xml": "<feed/>" };
  expect(await json([...publish, "--id", "one", "hello"])).toEqual({ id: "one" });
  expect(await json([...publish, "@feed.xml", "--id", "two"], { files })).toEqual({ id: "two" });
  expect(await json([...publish, "-", "--id", "three"], { input: "<feed/>" })).toEqual({ id: "three" });
  const other = await hookclock([...publish, "other", "--id", "one"]);
  expect(other).toMatchObject({ code: 4, stderr: expect.stringContaining("choose another --id") });
  const list = await hookclock(["hub", "list", "-n", "hub"]);
  expect(list.stdout).toBe('nobody is subscribed to anything in namespace "hub"\n');
});

test.each([
  [["subscription", "add", "nonsense"], 2, "error[invalid-input]"],
  [["subscription", "add", "http://10.0.0.1/"], 2, "error[egress-refused]"],
  [["subscription", "add", FEED, "--lease", "1500ms"], 2, "whole seconds"],
  [["subscription", "add", FEED, "--secret-file", "none"], 2, "none cannot be read"],
  [["subscription", "add"], 2, "missing required argument"],
  [["subscription", "show", "nope"], 3, "hookclock subscription list"],
  [["subscription", "renew", "nope"], 3, "error[not-found]"],
  [["subscription", "list", "--state", "asleep"], 2, "Allowed choices"],
  [["consumer", "add"], 2, "--name is missing"],
  [["consumer", "add", "--name", "a/b", "--url", FEED], 2, "letters, digits"],
  [["consumer", "add", "--name", "x", "--type", "log", "--url", FEED], 2, "error[unknown-option]"],
  [["consumer", "add", "f.json", "--name", "x"], 2, "exclude each other"],
  [["consumer", "add", "none.json"], 2, "none.json cannot be read"],
  [["consumer", "show", "nope"], 3, "hookclock consumer list"],
  [["consumer", "rotate", "nope"], 3, "error[not-found]"],
  [["consumer", "replay", "nope"], 2, "--from is missing"],
  [["consumer", "replay", "nope", "--from", "-1h"], 3, "error[not-found]"],
  [["consumer", "replay", "nope", "--follow", "x"], 3, 'there is no replay "x"'],
  [["consumer", "replay", "nope", "--from", "-1h", "--rate", "0"], 2, "whole number"],
  [["handler", "add", "x"], 2, "its source is missing"],
  [["handler", "add", "--subscription", "a"], 2, "missing required argument"],
  [["handler", "add", "x", "--subscription", "a", "--event", "b"], 2, "exclude each other"],
  [["handler", "add", "x", "--subscription", "a", "--filter", "{"], 2, "--filter is not JSON"],
  [["handler", "remove", "x", "--event", "a"], 3, "hookclock handler list"],
  [["tell", "x", "{", "--parse"], 2, "the message is not JSON"],
  [["tell", "x", ""], 2, "error[invalid-input]"],
  [["event", "publish", "a.b", "1"], 2, "--base-url is missing"],
  [["event", "publish", "a.b", "{", ...BASE], 2, "the payload is not JSON"],
  [["event", "publish", "a..b", "1", ...BASE], 2, "has an empty part"],
  [["hub", "publish", FEED, "x"], 2, "--type"],
  [["hub", "publish", FEED, "@none", "--type", "a/b", ...BASE], 2, "none cannot be read"],
  [["hub", "deny", FEED, "https://example.com/cb"], 3, "hookclock hub list"],
  [["subscription", "list", "--state-table", "none-such"], 5, "hookclock tables create"],
  [["subscription", "list", "--url", "http://127.0.0.1:1", "--key", "k", ...BASE], 2, "is about a database"],
  [
    ["subscription", "list", "--url", "http://127.0.0.1:1", "--key", "k", "--state-table", "t"],
    2,
    "--state-table",
  ],
  [["subscription", "list", "--base-url", "here"], 2, "--base-url"],
])("%j ends with %i", async (args, code, text) => {
  const ended = await hookclock(args);
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toContain(text);
  expect(ended.stderr).toMatch(/^error\[[a-z-]+\]: /);
});
