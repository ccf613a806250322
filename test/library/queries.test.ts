// Reading tasks and logs page by page.
import { type LocalDatabase, loudSkip, startReceiver } from "@hookclock/testkit";
import Hooks, { type ExecutionLog, type FetchInput, type LogsInput, type Task } from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, dueTask, freshOptions } from "./support.ts";

const URL = "https://example.com/hook";
const START = Date.UTC(2030, 0, 1);
const iso = (n: number) => new Date(START + n * 60_000).toISOString();
const idOf = (n: number) => `t${String(n).padStart(2, "0")}`;

for (const { name, start, missing } of await databases()) {
  loudSkip(describe, missing)(`queries on ${name}`, () => {
    let database: LocalDatabase;
    let hooks: Hooks;
    beforeAll(async () => {
      database = await start();
      hooks = new Hooks(freshOptions(database.endpoint));
      await hooks.registerMany(
        Array.from({ length: 40 }, (_, n) => ({
          namespace: "app",
          id: idOf(n),
          url: URL,
          scheduledDate: iso(n),
        })),
      );
      await hooks.suspendMany({ namespace: "app", id: "t1" });
    });
    afterAll(async () => {
      await hooks.close();
      await database.stop();
    });

    async function allTasks(input: FetchInput, between: (page: number) => Promise<unknown> = async () => {}) {
      const ids: string[] = [];
      let startKey: FetchInput["startKey"] = null;
      for (let page = 0; page < 100; page += 1) {
        const found: { items: Task[]; lastEvaluatedKey: NonNullable<FetchInput["startKey"]> | null } =
          await hooks.fetch({ ...input, startKey });
        ids.push(...found.items.map(({ id }) => id));
        if (found.lastEvaluatedKey === null) return ids;
        startKey = found.lastEvaluatedKey;
        await between(page);
      }
      throw new Error("the pages have no end");
    }
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => idOf(from + n));

    test.each<[string, Omit<FetchInput, "namespace">, string[]]>([
      ["by time", { limit: 7 }, range(0, 40)],
      ["by time, newest first", { limit: 7, desc: true }, range(0, 40).reverse()],
      ["by id prefix", { limit: 3, id: "t2" }, range(20, 30)],
      ["by id prefix, backwards", { limit: 3, id: "t2", desc: true }, range(20, 30).reverse()],
      ["one status", { limit: 3, status: "SUSPENDED" }, range(10, 20)],
      ["another status", { limit: 4, status: "ACTIVE" }, [...range(0, 10), ...range(20, 40)]],
      ["between two times", { limit: 4, from: iso(5), to: iso(15) }, range(5, 16)],
      [
        "status and time",
        { limit: 2, status: "SUSPENDED", from: iso(15), desc: true },
        range(15, 20).reverse(),
      ],
      ["prefix, status and time", { limit: 2, id: "t1", status: "SUSPENDED", to: iso(12) }, range(10, 13)],
      ["nothing", { limit: 5, id: "zzz" }, []],
    ])("pages %s: each once, in order", async (_what, input, ids) => {
      expect(await allTasks({ namespace: "app", ...input })).toEqual(ids);
    });

    test("a page that ends exactly with the last item knows, or the next one is empty", async () => {
      expect(await allTasks({ namespace: "app", limit: 20 })).toEqual(range(0, 40));
      expect(await allTasks({ namespace: "app", limit: 40 })).toEqual(range(0, 40));
    });

    test("inserts and deletions between pages neither double nor hide what was there", async () => {
      const ids = await allTasks({ namespace: "app", limit: 10 }, async (page) => {
        const extra = { namespace: "app", url: URL };
        await hooks.register({ ...extra, id: `x-early-${page}`, scheduledDate: iso(-5 - page) });
        await hooks.register({ ...extra, id: `x-late-${page}`, scheduledDate: iso(100 + page) });
        await hooks.delete({ namespace: "app", id: `x-early-${page - 1}` });
      });
      expect(ids.filter((id) => id.startsWith("t"))).toEqual(range(0, 40));
      expect(new Set(ids).size).toBe(ids.length);
      await hooks.deleteMany({ namespace: "app", id: "x-" });
    });

    test("onChunk gets everything by chunks, beyond 1,000 if asked; the result holds the count alone", async () => {
      const chunks: number[] = [];
      const result = await hooks.fetch({
        namespace: "app",
        limit: 5_000,
        chunkLimit: 15,
        onChunk: ({ items, count }) => {
          expect(items).toHaveLength(count);
          chunks.push(count);
        },
      });
      expect(result).toEqual({ items: [], count: 40, lastEvaluatedKey: null });
      expect(chunks.reduce((sum, count) => sum + count, 0)).toBe(40);
      expect(Math.max(...chunks)).toBe(15);
      const some = await hooks.fetch({ namespace: "app", limit: 18, chunkLimit: 15, onChunk: () => {} });
      expect(some.count).toBe(18);
    });

    test("cursors of another namespace or another list are refused", async () => {
      const { lastEvaluatedKey } = await hooks.fetch({ namespace: "app", limit: 3 });
      expect(lastEvaluatedKey).toEqual({ namespace: "app", id: "t02", scheduledDate: iso(2) });
      const refused = { code: "invalid-cursor", field: "startKey" };
      const cursor = lastEvaluatedKey as NonNullable<FetchInput["startKey"]>;
      for (const input of [
        { namespace: "other", startKey: cursor },
        { namespace: "app", id: "t", startKey: cursor },
        { namespace: "app", from: iso(10), startKey: cursor },
        { namespace: "app", startKey: { namespace: "app", id: "t02" } },
        { namespace: "app", id: "t1", startKey: { namespace: "app", id: "t02" } },
      ]) {
        await expect(hooks.fetch(input)).rejects.toMatchObject(refused);
      }
      await expect(hooks.fetch({ namespace: "app", startKey: "t02" as never })).rejects.toMatchObject({
        code: "invalid-input",
      });
    });

    describe("execution logs", () => {
      beforeAll(async () => {
        await using receiver = await startReceiver(({ url }) => (url.endsWith("3") ? 400 : 200));
        const add = (n: number, prefix: string) =>
          dueTask(`${receiver.url}/${n}`, { namespace: "logs", id: `${prefix}#${idOf(n)}` });
        await hooks.registerMany(
          Array.from({ length: 30 }, (_, n) => add(n, n % 3 === 0 ? "third" : "rest")),
        );
        await hooks.trigger();
      });

      async function allLogs(input: Omit<LogsInput, "namespace">): Promise<ExecutionLog[]> {
        const logs: ExecutionLog[] = [];
        let startKey: LogsInput["startKey"] = null;
        for (let page = 0; page < 100; page += 1) {
          const found: {
            items: ExecutionLog[];
            lastEvaluatedKey: NonNullable<LogsInput["startKey"]> | null;
          } = await hooks.fetchLogs({ namespace: "logs", ...input, startKey });
          logs.push(...found.items);
          if (found.lastEvaluatedKey === null) return logs;
          startKey = found.lastEvaluatedKey;
        }
        throw new Error("the pages have no end");
      }

      test("all, in order of time, by pages, each once; the other way round as well", async () => {
        const logs = await allLogs({ limit: 7 });
        expect(new Set(logs.map(({ id }) => id)).size).toBe(30);
        const times = logs.map(({ __createdAt }) => __createdAt);
        expect(times).toEqual([...times].sort());
        expect((await allLogs({ limit: 7, desc: true })).map(({ id }) => id)).toEqual(
          logs.map(({ id }) => id).reverse(),
        );
      });

      test("by status, by prefix of the id, by task, by range", async () => {
        expect((await allLogs({ status: "FAIL", limit: 2 })).map(({ taskId }) => taskId).sort()).toEqual([
          "rest#t13",
          "rest#t23",
          "third#t03",
        ]);
        expect(await allLogs({ id: "third#", limit: 3 })).toHaveLength(10);
        expect((await allLogs({ taskId: "rest#t13" })).map(({ status }) => status)).toEqual(["FAIL"]);
        const [first] = await allLogs({});
        expect(await allLogs({ to: new Date(Date.parse(first?.__createdAt ?? "") - 1) })).toEqual([]);
        expect(await allLogs({ from: first?.__createdAt ?? "" })).toHaveLength(30);
      });

      test("one by its very id; a mere beginning of it finds nothing", async () => {
        const [log] = await allLogs({ taskId: "rest#t13" });
        const id = log?.id ?? "";
        expect(await allLogs({ id, idPrefix: false })).toEqual([log]);
        expect(await allLogs({ id: id.slice(0, -1), idPrefix: false })).toEqual([]);
        expect(await allLogs({ id: "rest#t13", idPrefix: false })).toEqual([]);
      });

      test("a cursor of another namespace is refused", async () => {
        const { lastEvaluatedKey: startKey } = await hooks.fetchLogs({ namespace: "logs", limit: 1 });
        await expect(hooks.fetchLogs({ namespace: "app", startKey })).rejects.toMatchObject({
          code: "invalid-cursor",
          field: "startKey",
        });
      });
    });
  });
}
