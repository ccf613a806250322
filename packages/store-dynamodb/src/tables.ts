// Tables made as their shapes say, or checked and named part by part when they differ.
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  type KeySchemaElement,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { HookclockError } from "@hookclock/core";
import type { Database } from "./database.ts";
import { isTableMissing, isUnknownOperation, translated } from "./errors.ts";
import { type Library, type LibraryIndexes, makeLibrary } from "./library.ts";
import type { IndexShape, KeyPart, TableShape } from "./shapes.ts";

export type TableProblem = { table: string; index?: string; problem: string };

export type NamedShape = { table: string; shape: TableShape };
export type Tables = {
  /** With `create`, makes what is missing; either way checks all and rejects naming every difference. */
  ensure(options: { create: boolean }): Promise<void>;
  /** What is missing or different, for people. Empty: all is well. */
  check(): Promise<TableProblem[]>;
};

const ACTIVE_POLLS_MAX = 60;
const POLL_BASE_MS = 20;
const POLL_MAX_MS = 2_000;

export function makeTableLibrary(client: DynamoDBClient, table: string, shape: TableShape): Library {
  const indexes: LibraryIndexes = shape.indexes.map((index) => ({
    name: index.name,
    // One of ours shares the table's partition key; it must not become a local index, with its 10 GB bound.
    forceGlobal: true,
    partition: index.partition.name,
    partitionType: index.partition.type,
    sort: index.sort.name,
    sortType: index.sort.type,
    projection:
      index.includes.length === 0
        ? { type: "KEYS_ONLY" }
        : { type: "INCLUDE", nonKeyAttributes: [...index.includes] },
  }));
  return makeLibrary(client, { table, partition: shape.partition.name, sort: shape.sort.name, indexes });
}

export function makeTables(
  { client }: Database,
  tables: readonly NamedShape[],
  sleep: (ms: number) => Promise<void>,
): Tables {
  async function describe(table: string): Promise<TableDescription | null> {
    try {
      return (await client.send(new DescribeTableCommand({ TableName: table }))).Table ?? null;
    } catch (error) {
      if (isTableMissing(error)) return null;
      throw translated(error, { operation: "DescribeTable", table });
    }
  }

  async function create(table: string, shape: TableShape): Promise<void> {
    if ((await describe(table)) !== null) return;
    try {
      await makeTableLibrary(client, table, shape).createTable();
    } catch (error) {
      // Another process makes the same table at this moment: that one will do.
      if ((error as { name?: unknown }).name === "ResourceInUseException") return;
      throw translated(error, { operation: "CreateTable", table });
    }
  }

  async function untilActive(table: string): Promise<void> {
    for (let poll = 0; poll < ACTIVE_POLLS_MAX; poll += 1) {
      const description = await describe(table);
      const indexes = description?.GlobalSecondaryIndexes ?? [];
      const isActive = description?.TableStatus === "ACTIVE" || description?.TableStatus === "UPDATING";
      if (isActive && indexes.every((index) => index.IndexStatus === "ACTIVE")) return;
      await sleep(Math.min(POLL_MAX_MS, POLL_BASE_MS * 2 ** poll));
    }
    throw new HookclockError("store-unavailable", `table "${table}" did not become ACTIVE`);
  }

  async function enableTtl(table: string, { ttl }: TableShape): Promise<void> {
    if (ttl === undefined) return;
    const TimeToLiveSpecification = { Enabled: true, AttributeName: ttl };
    try {
      const { TimeToLiveDescription: now } = await client.send(
        new DescribeTimeToLiveCommand({ TableName: table }),
      );
      // Whatever its owner decided stands; only what was never set is set.
      if (now?.AttributeName !== undefined) return;
      await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
    } catch (error) {
      // dynalite has no TTL; and it may be on already. Readers leave expired rows out either way.
      const isOn = error instanceof Error && /TimeToLive is already enabled/i.test(error.message);
      const isBusy =
        error instanceof Error && /Time to live has been modified multiple times/i.test(error.message);
      if (isUnknownOperation(error) || isOn || isBusy) return;
      throw translated(error, { operation: "UpdateTimeToLive", table });
    }
  }

  async function check(): Promise<TableProblem[]> {
    const found = await Promise.all(
      tables.map(async ({ table, shape }) => problemsOf(table, shape, await describe(table))),
    );
    return found.flat();
  }

  return {
    check,
    async ensure(options) {
      if (options.create) {
        await Promise.all(tables.map(({ table, shape }) => create(table, shape)));
        await Promise.all(tables.map(({ table }) => untilActive(table)));
        await Promise.all(tables.map(({ table, shape }) => enableTtl(table, shape)));
      }
      const problems = await check();
      if (problems.length > 0) throw mismatch(problems);
    },
  };
}

function mismatch(problems: readonly TableProblem[]): HookclockError {
  const isMissing = problems.some(({ problem }) => problem === MISSING);
  const lines = problems.map(({ table, index, problem }) =>
    index === undefined ? `table "${table}" ${problem}` : `table "${table}", index "${index}" ${problem}`,
  );
  return new HookclockError(isMissing ? "table-missing" : "table-mismatch", lines.join("; "));
}

const MISSING = "does not exist";

/** Every difference between a table and what it has to be. Further indexes are the owner's own business. */
export function problemsOf(table: string, shape: TableShape, found: TableDescription | null): TableProblem[] {
  if (found === null) return [{ table, problem: MISSING }];
  const typeOf = (name: string | undefined): string =>
    found.AttributeDefinitions?.find((attribute) => attribute.AttributeName === name)?.AttributeType ?? "?";
  const keysOf = (schema: readonly KeySchemaElement[] | undefined): string =>
    (schema ?? []).map((key) => `${key.AttributeName} (${typeOf(key.AttributeName)})`).join(" + ");
  const problems: TableProblem[] = [];
  const expect = (expected: string, actual: string, index?: string): void => {
    if (expected === actual) return;
    const problem = `has the key ${actual}, expected ${expected}`;
    problems.push(index === undefined ? { table, problem } : { table, index, problem });
  };
  expect(keyText(shape), keysOf(found.KeySchema));
  for (const index of shape.indexes) {
    const actual = found.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.name);
    if (actual === undefined) {
      problems.push({ table, index: index.name, problem: `is missing, expected the key ${keyText(index)}` });
      continue;
    }
    expect(keyText(index), keysOf(actual.KeySchema), index.name);
    const lacking = lackingAttributes(index, actual);
    if (lacking.length > 0) {
      problems.push({ table, index: index.name, problem: `does not include ${lacking.join(", ")}` });
    }
  }
  return problems;
}

const keyText = ({ partition, sort }: { partition: KeyPart; sort: KeyPart }): string =>
  `${partition.name} (${partition.type}) + ${sort.name} (${sort.type})`;

function lackingAttributes(index: IndexShape, { Projection }: GlobalSecondaryIndexDescription): string[] {
  if (Projection?.ProjectionType === "ALL") return [];
  return index.includes.filter((name) => !(Projection?.NonKeyAttributes ?? []).includes(name));
}
