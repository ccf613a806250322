// What both worlds are asked, in this order: each step builds on the ones before.
import type { HooksLike } from "@hookclock/client";
import type { FetchResult, LogsResult, RegisterInput, TriggerResult } from "hookclock";

/** `thenMs`: so far the clock goes on afterwards. */
export type Step = [name: string, ask: (hooks: HooksLike, room: Room) => Promise<unknown>, thenMs?: number];
export type Room = { receiver: string };

const ns = { namespace: "billing" };
const at = "2030-02-01T00:00:00Z";
const task = (id: string, more: object = {}): RegisterInput => ({
  ...ns,
  id,
  url: "https://example.com/hook",
  scheduledDate: at,
  ...more,
});
const due = ({ receiver }: Room, id: string, path = "/ok"): RegisterInput =>
  task(id, {
    url: `${receiver}${path}`,
    method: "POST",
    scheduledDate: "2030-01-31T11:59:00Z",
    retry: { limit: 1 },
  });

/** Page after page, by the start key of the one before. */
async function pages<Result extends FetchResult | LogsResult>(
  ask: (startKey: Result["lastEvaluatedKey"]) => Promise<Result>,
) {
  const all: string[][] = [];
  let startKey: Result["lastEvaluatedKey"] = null;
  do {
    const page: Result = await ask(startKey);
    all.push(page.items.map(({ id }) => id));
    startKey = page.lastEvaluatedKey;
  } while (startKey !== null && all.length < 20);
  return all;
}

const REGISTERING: Step[] = [
  ["a task", (hooks) => hooks.register(task("one"))],
  ["the same again", (hooks) => hooks.register(task("one"))],
  ["other content under its id", (hooks) => hooks.register(task("one", { method: "PUT" }))],
  [
    "without an id",
    (hooks) =>
      hooks.register({ ...ns, idPrefix: "made", url: "https://example.com/", scheduledDate: new Date(at) }),
  ],
  [
    "everything that a task can say",
    (hooks) =>
      hooks.register({
        ...task("full"),
        request: {
          method: "PUT",
          headers: { "X-One": "1", authorization: "Bearer x" },
          body: { deep: [1, null, "ü\u2028"] },
        },
        repeat: { cron: "0 8 * * 1-5", timeZone: "Europe/Lisbon", max: 3 },
        retry: { limit: 7, baseMs: 500, maxMs: 5_000, jitter: 0 },
        ...{ catchUp: "all", timeoutMs: 2_000, keepSeconds: 86_400 },
      }),
  ],
  ["a bad cron", (hooks) => hooks.register(task("x", { repeat: { cron: "61 * * * *" } }))],
  ["a bad address", (hooks) => hooks.register(task("x", { url: "nonsense" }))],
  ["a private address", (hooks) => hooks.register(task("x", { url: "http://10.0.0.1/" }))],
  ["an unknown kind", (hooks) => hooks.register({ ...ns, kind: "fax", scheduledDate: at })],
  ["an unknown field", (hooks) => hooks.register({ ...task("x"), every: "day" } as never)],
  ["a body that is no JSON", (hooks) => hooks.register(task("x", { request: { body: { a: Number.NaN } } }))],
  ["an id that is too long", (hooks) => hooks.register(task("x".repeat(513)))],
  ["a namespace of our own", (hooks) => hooks.register({ ...task("x"), namespace: "#x" })],
  [
    "many, some of them bad",
    (hooks) =>
      hooks.registerMany([
        ...Array.from({ length: 12 }, (_, n) => task(`many-${String(n).padStart(2, "0")}`)),
        task("one", { method: "PUT" }),
        task("bad", { retryLimit: -1 }),
        { ...task("elsewhere"), namespace: "shop" },
      ]),
  ],
  ["no list", (hooks) => hooks.registerMany("tasks" as never)],
  [
    "strange ids",
    (hooks) => hooks.registerMany(["a/b", "%2F", "a b?c#d", "日本", "...", "batch"].map((id) => task(id))),
  ],
];

const READING: Step[] = [
  ["a task", (hooks) => hooks.get({ ...ns, id: "full" })],
  ["one with a strange id", (hooks) => hooks.get({ ...ns, id: "a b?c#d" })],
  ["none", (hooks) => hooks.get({ ...ns, id: "none" })],
  ["no id", (hooks) => hooks.get({ ...ns, id: "" })],
  ["a list", (hooks) => hooks.fetch({ ...ns, limit: 1_000 })],
  [
    "a list, latest first, in pages",
    (hooks) => pages<FetchResult>((startKey) => hooks.fetch({ ...ns, desc: true, limit: 4, startKey })),
  ],
  [
    "a list by id, in pages",
    (hooks) => pages<FetchResult>((startKey) => hooks.fetch({ ...ns, id: "many-", limit: 5, startKey })),
  ],
  ["the first of a list", (hooks) => hooks.fetch({ ...ns, id: "many-", limit: 3 })],
  [
    "a list between two dates",
    (hooks) => hooks.fetch({ ...ns, from: "2030-02-01", to: new Date("2030-02-01T00:00:00Z"), limit: 3 }),
  ],
  ["a list of one status", (hooks) => hooks.fetch({ ...ns, status: "SUSPENDED" })],
  [
    "chunks",
    async (hooks) => {
      const chunks: number[] = [];
      const result = await hooks.fetch({
        ...ns,
        limit: 10,
        chunkLimit: 4,
        onChunk: ({ count }) => void chunks.push(count),
      });
      return { ...result, chunks };
    },
  ],
  ["too many at once", (hooks) => hooks.fetch({ ...ns, limit: 1_001 })],
  ["a list the wrong way round", (hooks) => hooks.fetch({ ...ns, from: "2031-01-01", to: "2030-01-01" })],
  ["an unknown option", (hooks) => hooks.fetch({ ...ns, order: "desc" } as never)],
  ["an empty namespace", (hooks) => hooks.fetch({ namespace: "" })],
  ["counts", (hooks) => hooks.stats(ns)],
  ["counts of nothing", (hooks) => hooks.stats({ namespace: "nobody" })],
];

const key = (id: string) => ({ ...ns, id });
const CHANGING: Step[] = [
  [
    "update",
    (hooks) =>
      hooks.update({
        ...key("full"),
        request: { headers: null, body: [2] },
        retry: { limit: 2 },
        scheduledDate: "2030-03-01",
      }),
  ],
  ["keep it longer", (hooks) => hooks.update({ ...key("full"), keepSeconds: 2 * 86_400 })],
  ["keep it for ever", (hooks) => hooks.update({ ...key("full"), keepSeconds: null })],
  ["keep it too long", (hooks) => hooks.update({ ...key("full"), keepSeconds: 10 ** 9 })],
  ["update nothing", (hooks) => hooks.update({ ...key("none"), retryLimit: 1 })],
  ["update badly", (hooks) => hooks.update({ ...key("full"), repeat: { cron: "* * * * *", unit: "hours" } })],
  ["update to a private address", (hooks) => hooks.update({ ...key("full"), url: "http://192.168.1.1/" })],
  ["suspend", (hooks) => hooks.suspend(key("one"))],
  ["suspend again", (hooks) => hooks.suspend(key("one"))],
  ["run what is suspended", (hooks) => hooks.runNow(key("one"))],
  ["unsuspend", (hooks) => hooks.unsuspend(key("one"))],
  ["unsuspend again", (hooks) => hooks.unsuspend(key("one"))],
  ["retry what has not failed", (hooks) => hooks.retry(key("one"))],
  ["reschedule", (hooks) => hooks.reschedule({ ...key("one"), scheduledDate: "2030-05-01T10:00:00+02:00" })],
  ["reschedule to no date", (hooks) => hooks.reschedule({ ...key("one"), scheduledDate: "soon" })],
  [
    "moves of what is not there",
    async (hooks) => [
      await hooks.suspend(key("none")),
      await hooks.retry(key("none")),
      await hooks.delete(key("none")),
    ],
  ],
  ["delete", (hooks) => hooks.delete(key("a/b"))],
];

const RUNNING: Step[] = [
  [
    "due ones",
    (hooks, room) =>
      hooks.registerMany([
        due(room, "ok"),
        due(room, "gone", "/gone"),
        due(room, "down", "/down"),
        due(room, "ok-2"),
      ]),
    1_000,
  ],
  ["a dry run", (hooks) => hooks.triggerDryrun(ns)],
  ["a dry run of everything", (hooks) => hooks.triggerDryrun({ limit: 2 })],
  [
    "a dry run of a later moment",
    (hooks) => hooks.triggerDryrun({ ...ns, id: "many-0", date: "2030-02-02", limit: 3 }),
  ],
  ["one of them", async (hooks) => amount(await hooks.trigger({ ...ns, limit: 1 })), 1_000],
  ["the others", async (hooks) => amount(await hooks.trigger(ns)), 1_000],
  ["with less than no time", (hooks) => hooks.trigger({ budgetMs: -1 })],
  ["what waits for its retry", (hooks) => hooks.fetch({ ...ns, id: "down" }), 60_000],
  ["the retry, due a minute later", (hooks) => hooks.triggerDryrun({ ...ns })],
  ["everything that is due", (hooks) => hooks.trigger()],
  ["what became of them", (hooks) => hooks.fetch({ ...ns, to: "2030-01-31T12:00:00Z" })],
];

/** Which of those that are due goes first is nobody's promise. */
const amount = ({ processed, errors, lost, remaining }: TriggerResult) => ({
  processed,
  errors,
  lost,
  remaining,
});

const LOGS: Step[] = [
  ["of the namespace", async (hooks) => sorted(await hooks.fetchLogs({ ...ns, limit: 1_000 }))],
  ["of one task", (hooks) => hooks.fetchLogs({ ...ns, taskId: "gone" })],
  ["failed ones", async (hooks) => sorted(await hooks.fetchLogs({ ...ns, status: "FAIL" }))],
  [
    "in pages",
    async (hooks) =>
      (await pages<LogsResult>((startKey) => hooks.fetchLogs({ ...ns, desc: true, limit: 1, startKey })))
        .flat()
        .sort(),
  ],
  ["by the start of their id", async (hooks) => sorted(await hooks.fetchLogs({ ...ns, id: "ok" }))],
  [
    "one by its id",
    async (hooks) => {
      const [log] = (await hooks.fetchLogs({ ...ns, taskId: "ok-2" })).items;
      return hooks.fetchLogs({ ...ns, id: log?.id ?? "?", idPrefix: false });
    },
  ],
  ["too many", (hooks) => hooks.fetchLogs({ ...ns, limit: 1_001 })],
];
/** Attempts that were made at once may be written in any order. */
const sorted = ({ items, ...rest }: LogsResult) => ({
  ...rest,
  items: items.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
});

const MANY: Step[] = [
  ["counted only", (hooks) => hooks.suspendMany({ ...ns, id: "many-", dryRun: true })],
  ["suspended", (hooks) => hooks.suspendMany({ ...ns, id: "many-", chunkLimit: 5 })],
  ["in part", (hooks) => hooks.unsuspendMany({ ...ns, id: "many-", limit: 4 })],
  ["the rest", (hooks) => hooks.unsuspendMany({ ...ns })],
  ["retried", (hooks) => hooks.retryMany(ns)],
  ["moved", (hooks) => hooks.rescheduleMany({ ...ns, id: "many-0", scheduledDate: "2030-06-01" })],
  ["due now", (hooks) => hooks.runNowMany({ ...ns, id: "many-1" })],
  ["badly asked", (hooks) => hooks.suspendMany({ ...ns, chunkLimit: 0 })],
  [
    "deleted",
    async (hooks) => {
      const { items, ...rest } = await hooks.deleteMany({ ...ns, id: "many-0" });
      return { ...rest, keys: items.map(({ namespace, id }) => ({ namespace, id })) };
    },
  ],
  ["what is left", (hooks) => hooks.fetch({ ...ns, limit: 1_000 })],
  ["cleared", (hooks) => hooks.clear("billing")],
  ["nothing is left", (hooks) => hooks.stats(ns)],
  ["elsewhere nothing happened", (hooks) => hooks.stats({ namespace: "shop" })],
];

const SYSTEM: Step[] = [
  ["ready", (hooks) => hooks.ready()],
  ["the tables", (hooks) => hooks.checkTables()],
  ["more shards", (hooks) => hooks.growShards(9)],
  ["fewer shards", (hooks) => hooks.growShards(2)],
];

export const SCENARIOS: Record<string, Step[]> = {
  REGISTERING,
  READING,
  CHANGING,
  RUNNING,
  LOGS,
  MANY,
  SYSTEM,
};
