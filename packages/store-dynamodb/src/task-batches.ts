// The same writes in batches. 25 conditional PartiQL updates in one request cost a tenth of the CPU of 25 requests;
// where the server has no PartiQL (dynalite) they run one by one, side by side.
import { HookclockError, type TaskKey, type TaskRow } from "@hookclock/core";
import type { Change, SaveResult } from "@hookclock/engine";
import { type Item, toAttribute } from "./attributes.ts";
import { updateStatement } from "./changes.ts";
import { chunked, inParallel, STATEMENT_BATCH, type Statement, type StatementResult } from "./database.ts";
import { isConditionFailure, isDuplicate, isUnknownOperation, translated } from "./errors.ts";
import { encodeTask, keyOf, rowIdOf } from "./task-codec.ts";
import { changeOf, insertRefused, insertTask, isOurWrite, saveTask, type TaskTable } from "./task-writes.ts";

/** Single requests in flight where batches are not to be had. */
const SINGLES_AT_ONCE = 25;
const FRESH_BATCH = 25;

export type NewTask = { row: TaskRow; fresh: boolean };
type Answer<Result> = Result | Error;

/** A conditional write, as a statement of a batch and as a request of its own. */
type ConditionalWrite<Row, Result> = {
  keyOf(row: Row): TaskKey;
  statement(row: Row): Statement;
  single(row: Row): Promise<Result>;
  /** What a failed condition comes to. */
  refused(row: Row): Promise<Result>;
  done: Result;
};

/** Whether the server knows PartiQL: found out by the first batch, then not asked again. */
export type StatementSupport = { statements: boolean };

export type TaskBatches = {
  saveMany(changes: readonly Change[]): Promise<Answer<SaveResult>[]>;
  insertMany(rows: readonly NewTask[]): Promise<Answer<"inserted" | "exists">[]>;
};

export function makeTaskBatches(tasks: TaskTable, support: StatementSupport): TaskBatches {
  const { table, marks } = tasks;
  const saving: ConditionalWrite<Change, SaveResult> = {
    keyOf: ({ after }) => after,
    statement: (change) => {
      const { key, changed, rev } = changeOf(tasks, change);
      return updateStatement(table, key, changed, rev);
    },
    single: (change) => saveTask(tasks, change),
    refused: async (change) => ((await isOurWrite(tasks, change.after)) ? "saved" : "conflict"),
    done: "saved",
  };
  const inserting: ConditionalWrite<TaskRow, "inserted" | "exists"> = {
    keyOf: (row) => row,
    statement: (row) => insertStatement(table, encodeTask(row, marks.of(row))),
    single: (row) => insertTask(tasks, row),
    refused: (row) => insertRefused(tasks, row),
    done: "inserted",
  };
  return {
    saveMany: (changes) => writeAll(tasks, support, changes, saving),
    async insertMany(rows) {
      const results = new Array<Answer<"inserted" | "exists">>(rows.length);
      const part = async (
        isFresh: boolean,
        write: (part: TaskRow[]) => Promise<Answer<"inserted" | "exists">[]>,
      ) => {
        const indexes = [...rows.keys()].filter((index) => rows[index]?.fresh === isFresh);
        if (indexes.length === 0) return;
        const answers = await write(indexes.map((index) => (rows[index] as NewTask).row));
        for (const [place, index] of indexes.entries()) results[index] = answers[place] ?? "inserted";
      };
      await Promise.all([
        part(true, (fresh) => putFresh(tasks, fresh)),
        part(false, (named) => writeAll(tasks, support, named, inserting)),
      ]);
      return results;
    },
  };
}

/** Conditional writes of any number of rows; result by position, none of them stops the others. */
async function writeAll<Row, Result>(
  tasks: TaskTable,
  support: StatementSupport,
  rows: readonly Row[],
  write: ConditionalWrite<Row, Result>,
): Promise<Answer<Result>[]> {
  const results = new Array<Answer<Result>>(rows.length);
  const settle = (indexes: readonly number[], request: (row: Row) => Promise<Result>): Promise<void> =>
    inParallel(
      indexes,
      async (index) => {
        results[index] = await request(rows[index] as Row).catch(asError);
      },
      SINGLES_AT_ONCE,
    );
  const writeBatch = async (indexes: readonly number[]): Promise<void> => {
    // A batch of one is dearer as a statement than as a plain request.
    if (indexes.length === 1 || !support.statements) return settle(indexes, write.single);
    try {
      const statements = indexes.map((index) => write.statement(rows[index] as Row));
      const answers = await tasks.database.execute(tasks.table, statements);
      const refused: number[] = [];
      for (const [place, index] of indexes.entries()) {
        const answer = answers[place] as StatementResult;
        if (answer.error === null) results[index] = write.done;
        else if (isRefusal(answer)) refused.push(index);
        else results[index] = failureOf(answer, tasks.table);
      }
      await settle(refused, write.refused);
    } catch (error) {
      if (!isUnknownOperation(error)) for (const index of indexes) results[index] = asError(error);
      else {
        support.statements = false;
        await settle(indexes, write.single);
      }
    }
  };
  for (const round of roundsByKey(rows.map((row) => rowIdOf(keyOf(write.keyOf(row)))))) {
    await inParallel(chunked(round, STATEMENT_BATCH), writeBatch);
  }
  return results;
}

/**
 * Positions in rounds, no key twice in one round: of writes to one key the first in order goes first and wins, and a
 * batch, which the database refuses whole when it names a key twice, never does.
 */
export function roundsByKey(keys: readonly string[]): number[][] {
  const rounds: number[][] = [];
  const seen = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    const turn = seen.get(key) ?? 0;
    seen.set(key, turn + 1);
    const round = rounds[turn];
    if (round === undefined) rounds.push([index]);
    else round.push(index);
  }
  return rounds;
}

/** Rows whose ids were made just now cannot exist yet: plain puts, the cheapest write there is. */
async function putFresh(
  { database, table, marks }: TaskTable,
  rows: readonly TaskRow[],
): Promise<Answer<"inserted">[]> {
  const results = new Array<Answer<"inserted">>(rows.length).fill("inserted");
  await inParallel(chunked([...rows.keys()], FRESH_BATCH), async (indexes) => {
    const puts = indexes.map((index) => rows[index] as TaskRow).map((row) => encodeTask(row, marks.of(row)));
    try {
      await database.writeMany(table, { puts });
    } catch (error) {
      for (const index of indexes) results[index] = asError(error);
    }
  });
  return results;
}

function insertStatement(table: string, item: Item): Statement {
  const entries = Object.entries(item);
  const names = entries.map(([name]) => `'${name}':?`).join(",");
  return {
    Statement: `INSERT INTO "${table}" VALUE {${names}}`,
    Parameters: entries.map(([, value]) => toAttribute(value)),
  };
}

const isRefusal = ({ error }: StatementResult): boolean =>
  isDuplicate(error ?? undefined) || isConditionFailure({ name: error });

function failureOf({ error, message }: StatementResult, table: string): Error {
  const cause = Object.assign(new Error(message), { name: error ?? "UnknownError" });
  return translated(cause, { operation: "BatchExecuteStatement", table });
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new HookclockError("store-unavailable", String(error), { cause: error });
