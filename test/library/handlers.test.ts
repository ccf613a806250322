// Handlers of one's own that need the instance they run in.
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { type Handler, Hooks } from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshOptions, isoIn, openHooks, taskOf } from "./support.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

test("a function of handlers is called once, with the instance, whose tasks may then register others", async () => {
  const given: Hooks[] = [];
  const seen: unknown[] = [];
  const handlers = (hooks: Hooks): Handler[] => {
    given.push(hooks);
    return [
      {
        kind: "own.split",
        async run({ namespace, id }) {
          const parts = [1, 2, 3].map((part) => ({
            ...{ namespace, id: `${id}/${part}`, kind: "own.part", payload: { part } },
            scheduledDate: isoIn(-1_000),
          }));
          await hooks.registerMany(parts);
          return { class: "ok" };
        },
      },
      {
        kind: "own.part",
        async run({ payload }) {
          seen.push(payload);
          return { class: "ok" };
        },
      },
    ];
  };
  await using hooks = openHooks(database.endpoint, { handlers });
  expect(given).toHaveLength(1);
  expect(given[0]).toBe(hooks);
  const key = { namespace: "app", id: "whole" };
  await hooks.register({ ...key, kind: "own.split", payload: {}, scheduledDate: isoIn(-1_000) });
  // The parts may be found by the same pass, or by the next one.
  await hooks.trigger();
  await hooks.trigger();
  expect(seen).toHaveLength(3);
  expect(seen).toEqual(expect.arrayContaining([1, 2, 3].map((part) => ({ part }))));
  expect((await taskOf(hooks, key)).status).toBe("DONE");
  expect(given).toHaveLength(1);
});

test("what the function throws is thrown by the constructor", () => {
  const broken = new Error("not today");
  const options = freshOptions(database.endpoint, {
    handlers: () => {
      throw broken;
    },
  });
  expect(() => new Hooks(options)).toThrow(broken);
});
