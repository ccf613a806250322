import { expect, test } from "vitest";
import { createSweep, type SweepOptions } from "./sweep.ts";

const NAMES = { tasksTableName: "tasks", logsTableName: "logs" };
/** Nobody listens there: what is refused is refused before anything is sent. */
const NOWHERE = { endpoint: "http://127.0.0.1:9", region: "local", accessKeyId: "k", secretAccessKey: "s" };
const open = (options: object) => createSweep(options as SweepOptions);

test.each([
  [{ tasksTableName: "tasks" }, "invalid-input", "logsTableName"],
  [{ ...NAMES, tableName: "x" }, "unknown-option", "tableName"],
  [{ ...NAMES, apiTableName: "a b" }, "invalid-input", "apiTableName"],
  [{ ...NAMES, endpoint: "127.0.0.1:8000" }, "invalid-input", "endpoint"],
  [{ ...NAMES, accessKeyId: "k" }, "invalid-input", "secretAccessKey"],
  ...[0, -1, 1.5, 1_001, Number.NaN].map((pageRows) => [{ ...NAMES, pageRows }, "invalid-input", "pageRows"]),
] as [object, string, string][])("%j is refused by its name", (options, code, field) => {
  expect(() => open(options)).toThrow(expect.objectContaining({ code, field }));
});

test("without options it says which are needed", () => {
  expect(() => createSweep(undefined as unknown as SweepOptions)).toThrow(/options is missing/);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, "1", new Date(0), undefined])(
  "a step at %s is refused: it deletes",
  async (now) => {
    const sweep = open({ ...NOWHERE, ...NAMES });
    await expect(sweep.step(now as number)).rejects.toMatchObject({ code: "invalid-input" });
    sweep.close();
  },
);
