import { HookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { errorFields, logOf, makeLog } from "./log.ts";

function collected(level = "info") {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, log: makeLog({ level, stage: "dev", service: "api", destination }) };
}

test("a line is one JSON object with level, time, service and stage", () => {
  const { lines, log } = collected();
  logOf(log.child({ lambdaRequestId: "r1" })).info({ shards: [1] }, "woken");
  expect(lines).toEqual([
    {
      ...{
        level: "info",
        service: "api",
        stage: "dev",
        lambdaRequestId: "r1",
        shards: [1],
        message: "woken",
      },
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  ]);
});

test("secrets are struck out where they usually stand", () => {
  const { lines, log } = collected();
  const headers = { authorization: "Bearer whsec_1", cookie: "whsec_2", "x-api-key": "whsec_3" };
  logOf(log).warn(
    { token: "whsec_4", headers, request: { headers }, options: { secrets: ["whsec_5"] } },
    "refused",
  );
  expect(JSON.stringify(lines)).not.toContain("whsec");
  expect(lines[0]).toMatchObject({ token: "[redacted]", headers: { authorization: "[redacted]" } });
});

test("a level leaves out what is below it", () => {
  const { lines, log } = collected("error");
  logOf(log).warn({}, "no");
  logOf(log).error({}, "yes");
  expect(lines.map(({ message }) => message)).toEqual(["yes"]);
});

test("of an error its text, name, code and cause are told, and nothing that hangs on it", () => {
  const cause = Object.assign(new Error("socket hang up"), { headers: { authorization: "whsec" } });
  const error = new HookclockError("store-unavailable", "the table is away", { cause });
  expect(errorFields(error)).toEqual({
    ...{ error: "the table is away", name: "HookclockError", code: "store-unavailable" },
    cause: "Error: socket hang up",
  });
  expect(errorFields("odd")).toEqual({ error: "odd" });
});
