// What every public method refuses at the door: code, field, a message that names value and what is allowed; nothing
// is written and no secret is told.
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import Hooks, { HookclockError, type HooksOptions } from "hookclock";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freshOptions, type OpenedHooks, openHooks } from "./support.ts";

const SECRET = "hunter2-is-secret";
const URL_OK = "https://example.com/hook";
let database: LocalDatabase;
let hooks: OpenedHooks;
let client: DynamoDBClient;
beforeAll(async () => {
  database = await startDynalite();
  hooks = openHooks(database.endpoint);
  await hooks.ready();
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new DynamoDBClient({ endpoint: database.endpoint, region: "us-east-1", credentials });
});
afterAll(async () => {
  client.destroy();
  await hooks.close();
  await database.stop();
});
afterEach(async () => {
  for (const TableName of Object.values(hooks.tables)) {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    expect(Items.filter(({ namespace }) => namespace?.S !== "#hookclock")).toEqual([]);
  }
});

/** The refusal, held to what every refusal owes. */
async function refusal(call: () => unknown): Promise<HookclockError> {
  const error: unknown = await (async () => call())().then(
    () => new Error("it was accepted"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HookclockError)) throw error;
  expect(error.message).not.toContain(SECRET);
  expect(error.message).not.toMatch(/Invalid input|Expected|undefined$/);
  expect(error.message.length).toBeLessThan(2_000);
  return error;
}

const good = { namespace: "app", url: URL_OK, scheduledDate: "2030-01-01T00:00:00Z" };
const key = { namespace: "app", id: "a" };
/** Each method as a function of its one input, with an input it would take. */
const methods: Record<
  string,
  { call: (input: never) => unknown; takes: Record<string, unknown>; strict: boolean }
> = {
  register: { call: (input) => hooks.register(input), takes: good, strict: true },
  update: { call: (input) => hooks.update(input), takes: key, strict: true },
  reschedule: {
    call: (input) => hooks.reschedule(input),
    takes: { ...key, scheduledDate: "2030-01-01" },
    strict: false,
  },
  get: { call: (input) => hooks.get(input), takes: key, strict: false },
  delete: { call: (input) => hooks.delete(input), takes: key, strict: false },
  suspend: { call: (input) => hooks.suspend(input), takes: key, strict: false },
  unsuspend: { call: (input) => hooks.unsuspend(input), takes: key, strict: false },
  runNow: { call: (input) => hooks.runNow(input), takes: key, strict: false },
  retry: { call: (input) => hooks.retry(input), takes: key, strict: false },
  fetch: { call: (input) => hooks.fetch(input), takes: { namespace: "app" }, strict: true },
  fetchLogs: { call: (input) => hooks.fetchLogs(input), takes: { namespace: "app" }, strict: true },
  stats: { call: (input) => hooks.stats(input), takes: { namespace: "app" }, strict: true },
  deleteMany: { call: (input) => hooks.deleteMany(input), takes: { namespace: "app" }, strict: true },
  suspendMany: { call: (input) => hooks.suspendMany(input), takes: { namespace: "app" }, strict: true },
  unsuspendMany: { call: (input) => hooks.unsuspendMany(input), takes: { namespace: "app" }, strict: true },
  retryMany: { call: (input) => hooks.retryMany(input), takes: { namespace: "app" }, strict: true },
  runNowMany: { call: (input) => hooks.runNowMany(input), takes: { namespace: "app" }, strict: true },
  rescheduleMany: {
    call: (input) => hooks.rescheduleMany(input),
    takes: { namespace: "app", scheduledDate: "2030-01-01" },
    strict: true,
  },
};
const HOSTILE_NAMES: [string, unknown][] = [
  ["missing", undefined],
  ["null", null],
  ["a number", 7],
  ["an object", {}],
  ["empty", ""],
  ["NUL", "a\u0000b"],
  ["a line break", "a\nb"],
  ["a lone surrogate", "a\ud800"],
  ["2 KB", "x".repeat(2_048)],
  ["2 KB of emoji", "😀".repeat(512)],
];

describe.each(Object.entries(methods))("%s", (_name, { call, takes }) => {
  test.each([undefined, null, "text", 7, true, [], () => {}] as never[])(
    "refuses %s for an input",
    async (input) => {
      const error = await refusal(() => call(input));
      expect(error.code).toBe("invalid-input");
      expect(error.message).toMatch(/allowed/);
    },
  );

  test.each(HOSTILE_NAMES)("refuses a namespace that is %s", async (_what, namespace) => {
    const error = await refusal(() => call({ ...takes, namespace } as never));
    expect(error).toMatchObject({ code: "invalid-input", field: "namespace" });
    expect(error.message).toMatch(/^namespace of \w+ is .+; allowed: .+/s);
  });

  test("refuses a namespace of our own", async () => {
    const error = await refusal(() => call({ ...takes, namespace: "#hookclock" } as never));
    expect(error).toMatchObject({ code: "invalid-input", field: "namespace" });
    expect(error.message).toContain('"#hookclock"');
  });
});

describe.each(Object.entries(methods).filter(([, { takes }]) => "id" in takes))(
  "%s",
  (_name, { call, takes }) => {
    test.each(HOSTILE_NAMES)("refuses an id that is %s", async (_what, id) => {
      const error = await refusal(() => call({ ...takes, id } as never));
      expect(error).toMatchObject({ code: "invalid-input", field: "id" });
    });
  },
);

test.each(Object.entries(methods).filter(([, { strict }]) => strict))(
  "%s names the nearest option to one it does not know",
  async (name, { call, takes }) => {
    const error = await refusal(() => call({ ...takes, namespase: SECRET } as never));
    expect(error).toMatchObject({ code: "unknown-option", field: "namespase" });
    const what = name === "register" ? "task" : name;
    expect(error.message).toBe(`${what} has no option "namespase"; did you mean "namespace"?`);
  },
);

test.each(["#x", "a#b", "../..", "__proto__", "constructor", "😀", "é", " ", "x".repeat(512)])(
  "an id such as %j is taken, kept and found again",
  async (id) => {
    const task = await hooks.register({ ...good, id });
    expect(await hooks.get({ namespace: "app", id })).toEqual(task);
    expect((await hooks.fetch({ namespace: "app", id })).count).toBe(1);
    expect(await hooks.delete({ namespace: "app", id })).toEqual(task);
  },
);

test("namespaces that look like parts of each other stay apart (also D10)", async () => {
  const names = ["a", "a#b", "a%23b", "__proto__", "a/b", "😀"];
  await hooks.registerMany(names.map((namespace) => ({ ...good, namespace, id: "b#c" })));
  for (const namespace of names) {
    expect((await hooks.fetch({ namespace })).count).toBe(1);
    await hooks.suspend({ namespace, id: "b#c" });
    expect((await hooks.fetch({ namespace, status: "SUSPENDED" })).count).toBe(1);
    expect(await hooks.clear(namespace)).toEqual({ count: 1 });
  }
});

const circle: Record<string, unknown> = {};
circle["self"] = circle;
let deep: unknown = 1;
for (let level = 0; level < 10_000; level += 1) deep = [deep];
const shared = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], 1);

describe("bodies", () => {
  test.each<[string, unknown, string, RegExp]>([
    ["over 256 KB", { a: "x".repeat(256 * 1024) }, "request.body", /262\d{3} bytes.*at most 262144/],
    ["10,000 levels deep", deep, "request.body", /a list of 1.*64 levels deep/],
    ["a circle", circle, "request.body", /an object.*64 levels deep/],
    ["a graph that unfolds without end", shared, "request.body", /262144 values/],
    ["a bigint", { list: [1, 2n] }, "request.body.list.1", /is 2n;/],
    ["NaN", { a: { b: Number.NaN } }, "request.body.a.b", /is NaN;/],
    ["Infinity", [Number.POSITIVE_INFINITY], "request.body.0", /is Infinity;/],
    ["a function", { f: () => SECRET }, "request.body.f", /is a function;/],
    ["a symbol", { s: Symbol("s") }, "request.body.s", /Symbol\(s\)/],
    ["undefined in a list", [undefined], "request.body.0", /missing/],
    ["a Map", { m: new Map([[SECRET, 1]]) }, "request.body.m", /an object/],
    [
      "a toJSON without an answer",
      {
        toJSON: undefined,
        x: new (class {
          toJSON() {}
        })(),
      }.x,
      "request.body",
      /allowed: JSON/,
    ],
    [
      "a toJSON that throws",
      new (class {
        toJSON() {
          throw new Error(SECRET);
        }
      })(),
      "request.body",
      /cannot be turned into JSON/,
    ],
    [
      "a toJSON deeper than allowed",
      new (class {
        toJSON() {
          return JSON.parse("[".repeat(99) + "]".repeat(99));
        }
      })(),
      "request.body",
      /64 levels/,
    ],
    [
      "a toJSON of a bigint",
      new (class {
        toJSON() {
          return 1n;
        }
      })(),
      "request.body",
      /cannot be turned into JSON/,
    ],
  ])("%s is refused", async (_what, body, field, message) => {
    const error = await refusal(() => hooks.register({ ...good, method: "POST", request: { body } }));
    expect(error).toMatchObject({ code: "invalid-input", field });
    expect(error.message).toMatch(message);
  });

  test.each<[string, unknown, unknown]>([
    ["a date", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
    ["minus zero", { n: -0 }, { n: 0 }],
    ["2^53 + 1", { n: 2 ** 53 + 1 }, { n: 9_007_199_254_740_992 }],
    ["undefined in an object", { a: undefined, b: 1 }, { b: 1 }],
    ["a key __proto__", JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"__proto__":{"x":1}}')],
    ["nothing in it", {}, {}],
    ["a lone surrogate", { s: "\ud800" }, { s: "\ud800" }],
    ["text", "text", "text"],
    ["a list", [1, null, "x"], [1, null, "x"]],
    ["null", null, null],
    ["just under 256 KB", { a: "x".repeat(256 * 1024 - 8) }, { a: "x".repeat(256 * 1024 - 8) }],
  ])("%s is kept as JSON keeps it", async (_what, body, kept) => {
    const { id } = await hooks.register({ ...good, method: "POST", request: { body } });
    expect((await hooks.get({ namespace: "app", id }))?.request.body).toEqual(kept);
    await hooks.delete({ namespace: "app", id });
  });
});

describe("the constructor", () => {
  const make = (options: unknown) => () => new Hooks(options as HooksOptions);
  const base = () => freshOptions(database.endpoint);
  test.each<[string, Record<string, unknown>, string, string]>([
    ["concurrency 0", { concurrency: 0 }, "invalid-input", "concurrency"],
    ["concurrency of text", { concurrency: "25" }, "invalid-input", "concurrency"],
    ["maxErrors below 0", { maxErrors: -1 }, "invalid-input", "maxErrors"],
    ["maxErrors that is no whole number", { maxErrors: 1.5 }, "invalid-input", "maxErrors"],
    ["a claim too short", { claimMs: 999 }, "invalid-input", "claimMs"],
    ["no table name", { tasksTableName: undefined }, "invalid-input", "tasksTableName"],
    ["a table name DynamoDB refuses", { logsTableName: "a b" }, "invalid-input", "logsTableName"],
    ["one key without the other", { secretAccessKey: SECRET }, "invalid-input", "accessKeyId"],
    [
      "a secret that is no text",
      { secretAccessKey: [SECRET], accessKeyId: "a" },
      "invalid-input",
      "secretAccessKey",
    ],
    ["an endpoint that is no URL", { endpoint: "ftp://x" }, "invalid-input", "endpoint"],
    ["an unknown option", { concurency: 3 }, "unknown-option", "concurency"],
    ["an unknown egress option", { egress: { alow: [] } }, "unknown-option", "egress.alow"],
    ["a secret that cannot sign", { signing: { secrets: [SECRET] } }, "invalid-input", "signing.secrets"],
    [
      "two handlers of one kind",
      { handlers: [{ kind: "http", run: () => {} }] },
      "invalid-input",
      "handlers",
    ],
    ["handlers that are no list", { handlers: 1 }, "invalid-input", "handlers"],
    ["a handler that cannot run", { handlers: [{ kind: "a" }] }, "invalid-input", "handlers.0"],
    [
      "a handler without a kind from a function",
      { handlers: () => [{ kind: "a", run: () => {} }, { run: () => {} }] },
      "invalid-input",
      "handlers.1",
    ],
    ["a function that returns no handlers", { handlers: () => "a" }, "invalid-input", "handlers"],
    [
      "two handlers of one kind from a function",
      { handlers: () => [1, 2].map(() => ({ kind: "a", run: () => {} })) },
      "invalid-input",
      "handlers",
    ],
    ["a client and keys", { client: { send() {} }, region: "x" }, "invalid-input", "client"],
    ["onEvent that is no function", { onEvent: 1 }, "invalid-input", "onEvent"],
  ])("refuses %s", async (_what, more, code, field) => {
    const error = await refusal(make({ ...base(), ...more }));
    expect(error).toMatchObject({ code, field });
  });

  test.each([undefined, null, 7, "text"])("refuses %s for options", async (options) => {
    expect(await refusal(make(options))).toMatchObject({ code: "invalid-input" });
  });
});
