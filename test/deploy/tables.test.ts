import { loudSkip } from "@hookclock/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import {
  API_SHAPE,
  LOGS_SHAPE,
  STATE_SHAPE,
  TASKS_SHAPE,
  type TableShape,
} from "../../packages/store-dynamodb/src/shapes.ts";
import type { Resource } from "./graph/graph.ts";
import { Resources } from "./graph/resources.ts";
import { graphOf, missingPlatform } from "./platform.ts";

const TABLE = "aws:dynamodb/table:Table";
const SHAPES: [string, TableShape][] = [
  ["TasksTable", TASKS_SHAPE],
  ["LogsTable", LOGS_SHAPE],
  ["ApiTable", API_SHAPE],
  ["StateTable", STATE_SHAPE],
];
const describeHere = loudSkip(describe, await missingPlatform());

describeHere.each(["dev", "production"] as const)("the tables of stage %s", (stage) => {
  let resources: Resources;
  beforeAll(async () => {
    resources = new Resources(await graphOf(stage));
  });
  const table = (name: string): Resource => resources.one(TABLE, name);

  test("are four", () => {
    const names = resources.ofType(TABLE).map(({ name }) => name);
    expect(names.sort()).toEqual(["ApiTable", "LogsTable", "StateTable", "TasksTable"]);
  });

  test.each(SHAPES)("%s has the keys and the indexes of its shape", (name, shape) => {
    const { inputs } = table(name);
    expect([inputs["hashKey"], inputs["rangeKey"]]).toEqual([shape.partition.name, shape.sort.name]);
    const wanted = shape.indexes.map((index) => ({
      name: index.name,
      hashKey: index.partition.name,
      rangeKey: index.sort.name,
      ...(index.includes.length === 0
        ? { projectionType: "KEYS_ONLY" }
        : { projectionType: "INCLUDE", nonKeyAttributes: [...index.includes] }),
    }));
    expect(inputs["globalSecondaryIndexes"] ?? []).toEqual(wanted);
    expect(inputs["localSecondaryIndexes"] ?? []).toEqual([]);
  });

  // DynamoDB refuses a table that defines an attribute which is no key; neither types nor mocks notice.
  test.each(SHAPES)("%s defines exactly the attributes of its keys", (name, shape) => {
    const keys = new Map(
      [shape, ...shape.indexes].flatMap(({ partition, sort }) =>
        [partition, sort].map((key): [string, string] => [key.name, key.type]),
      ),
    );
    const attributes = table(name).inputs["attributes"] as { name: string; type: string }[];
    expect(new Map(attributes.map((one) => [one.name, one.type]))).toEqual(keys);
    expect(attributes).toHaveLength(keys.size);
  });

  test.each(SHAPES)("%s deletes by itself what its shape says", (name, { ttl }) => {
    const wanted = ttl === undefined ? undefined : { attributeName: ttl, enabled: true };
    expect(table(name).inputs["ttl"]).toEqual(wanted);
  });

  test.each(SHAPES)("%s is paid by request and can be brought back to any moment", (name) => {
    expect(table(name).inputs).toMatchObject({
      billingMode: "PAY_PER_REQUEST",
      pointInTimeRecovery: { enabled: true },
    });
  });

  test("only the tasks have a stream, of new images", () => {
    expect(table("TasksTable").inputs).toMatchObject({ streamEnabled: true, streamViewType: "NEW_IMAGE" });
    for (const name of ["LogsTable", "ApiTable", "StateTable"])
      expect(table(name).inputs["streamEnabled"]).toBe(false);
  });

  test("are protected and kept in production, and nowhere else", () => {
    const isProduction = stage === "production";
    for (const [name] of SHAPES) {
      expect(table(name).inputs["deletionProtectionEnabled"]).toBe(isProduction);
      expect(table(name).retainOnDelete).toBe(isProduction);
    }
    const { app, outputs } = resources.graph;
    expect(app).toMatchObject({ removal: isProduction ? "retain" : "remove", protect: isProduction });
    expect(outputs["_protect"]).toBe(isProduction);
  });

  test("have names that a deployment prints, for the command line", () => {
    const { outputs } = resources.graph;
    expect(outputs).toMatchObject({
      tasksTable: table("TasksTable").inputs["name"],
      logsTable: table("LogsTable").inputs["name"],
      apiTable: table("ApiTable").inputs["name"],
      stateTable: table("StateTable").inputs["name"],
    });
  });
});
