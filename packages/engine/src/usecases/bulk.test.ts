import { aTask, createTestEngine } from "@hookclock/testkit";
import { expect, test } from "vitest";
import type { TaskListQuery } from "../ports.ts";
import { deleteMany, moveMany } from "./bulk.ts";
import { MOVES } from "./edit.ts";
import { register } from "./register.ts";

const filter = { namespace: "app" };

/** An engine whose lists come back empty with a cursor, as those of a filter do that leaves nearly all rows out. */
async function sparse(emptyPages: number) {
  const engine = createTestEngine();
  await register(engine, aTask(engine, { namespace: "app", id: "last" }));
  const { list } = engine.tasks;
  const queries: TaskListQuery[] = [];
  engine.tasks.list = async (query: TaskListQuery) => {
    queries.push(query);
    if (queries.length > emptyPages) {
      const { after: _, ...rest } = query;
      return list(rest);
    }
    return { rows: [], next: { namespace: "app", id: `page-${queries.length}` } };
  };
  return { engine, queries };
}

test("a bounded call ends with a cursor when its filter finds next to nothing", async () => {
  const { engine, queries } = await sparse(1_000_000);
  const result = await moveMany(engine, filter, { move: MOVES.suspend }, { limit: 200, chunkLimit: 100 });
  expect(queries.length).toBe(12);
  expect(result).toEqual({ items: [], next: { namespace: "app", id: "page-12" } });
});

test("the next call goes on from there, to the end", async () => {
  const { engine, queries } = await sparse(3);
  const after = { namespace: "app", id: "page-0" };
  const result = await moveMany(engine, filter, { move: MOVES.suspend }, { limit: 1, after });
  expect(queries.map((query) => query.after?.id)).toEqual(["page-0", "page-1", "page-2", "page-3"]);
  expect(result).toEqual({ items: [{ namespace: "app", id: "last" }], next: null });
});

test("without a limit a call goes through any number of empty pages", async () => {
  const { engine } = await sparse(500);
  const result = await deleteMany(engine, filter);
  expect(result).toMatchObject({ items: [{ id: "last" }], next: null });
});
