// Requests to DynamoDB as the stores make them: errors translated, batches complete or rejected.
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { HookclockError } from "@hookclock/core";
import { type Attributes, fromAttributes, type Item, toAttributes } from "./attributes.ts";
import { isConditionFailure, isWorthRetrying, translated } from "./errors.ts";

/** How the store waits and throws dice between repeats. */
export type Pacing = { sleep(ms: number): Promise<void>; random(): number };

export type Statement = { Statement: string; Parameters: AttributeValue[] };
export type StatementResult = { error: string | null; message: string };

const GET_BATCH = 100;
const WRITE_BATCH = 25;
export const STATEMENT_BATCH = 25;
/** Requests of one large batch that run side by side. */
const BATCHES_AT_ONCE = 4;
const REPEATS_MAX = 8;
const BACKOFF_BASE_MS = 25;
const BACKOFF_MAX_MS = 2_000;

export class Database {
  readonly client: DynamoDBClient;
  readonly #pacing: Pacing;

  constructor(client: DynamoDBClient, pacing: Pacing) {
    this.client = client;
    this.#pacing = pacing;
  }

  /** A strongly consistent read of one row. */
  async get(table: string, key: Item): Promise<Item | null> {
    const command = new GetItemCommand({ TableName: table, Key: toAttributes(key), ConsistentRead: true });
    const { Item: attributes } = await this.#do("GetItem", table, () => this.client.send(command));
    return attributes === undefined ? null : fromAttributes(attributes);
  }

  /** Strongly consistent reads by key, any number; result by position. Doubles in `keys` are fine. */
  async getMany(
    table: string,
    keys: readonly Item[],
    idOf: (item: Item) => string,
  ): Promise<(Item | null)[]> {
    const wanted = new Map(keys.map((key) => [idOf(key), key]));
    const found = new Map<string, Item>();
    await inParallel(chunked([...wanted.values()], GET_BATCH), async (chunk) => {
      for (const item of await this.#getChunk(table, chunk)) found.set(idOf(item), item);
    });
    return keys.map((key) => found.get(idOf(key)) ?? null);
  }

  async #getChunk(table: string, keys: readonly Item[]): Promise<Item[]> {
    const items: Item[] = [];
    let open: Attributes[] = keys.map(toAttributes);
    for (let repeat = 0; open.length > 0; repeat += 1) {
      const command = new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: open, ConsistentRead: true } },
      });
      const answer = await this.#do("BatchGetItem", table, () => this.client.send(command));
      const got = answer.Responses?.[table] ?? [];
      for (const attributes of got) items.push(fromAttributes(attributes));
      open = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      // Part of the answer was too large for one response: ask on. Nothing at all: the table is busy.
      if (open.length > 0 && got.length === 0) await this.#pause(repeat, "BatchGetItem", table);
    }
    return items;
  }

  /** Writes and deletes without conditions, any number. All done when it resolves. */
  async writeMany(
    table: string,
    writes: { puts?: readonly Item[]; deletes?: readonly Item[] },
  ): Promise<void> {
    const requests: WriteRequest[] = [
      ...(writes.puts ?? []).map((item) => ({ PutRequest: { Item: toAttributes(item) } })),
      ...(writes.deletes ?? []).map((key) => ({ DeleteRequest: { Key: toAttributes(key) } })),
    ];
    await inParallel(chunked(requests, WRITE_BATCH), (chunk) => this.#writeChunk(table, chunk));
  }

  async #writeChunk(table: string, requests: readonly WriteRequest[]): Promise<void> {
    let open: readonly WriteRequest[] = requests;
    for (let repeat = 0; open.length > 0; repeat += 1) {
      const command = new BatchWriteItemCommand({ RequestItems: { [table]: [...open] } });
      const answer = await this.#do("BatchWriteItem", table, () => this.client.send(command));
      open = answer.UnprocessedItems?.[table] ?? [];
      if (open.length > 0) await this.#pause(repeat, "BatchWriteItem", table);
    }
  }

  /** One batch of PartiQL statements; result by position. Those that were throttled are sent again. */
  async execute(table: string, statements: readonly Statement[]): Promise<StatementResult[]> {
    const results: StatementResult[] = statements.map(() => ({ error: null, message: "" }));
    let open = statements.map((_, index) => index);
    for (let repeat = 0; open.length > 0; repeat += 1) {
      const sent = open;
      const command = new BatchExecuteStatementCommand({
        Statements: sent.map((index) => statements[index] as Statement),
      });
      const answer = await this.#do("BatchExecuteStatement", table, () => this.client.send(command));
      for (const [place, index] of sent.entries()) {
        const failure = answer.Responses?.[place]?.Error;
        results[index] = { error: failure?.Code ?? null, message: failure?.Message ?? "" };
      }
      open = sent.filter((index) => isWorthRetrying(results[index]?.error ?? undefined));
      if (open.length === 0 || repeat === REPEATS_MAX) break;
      await this.#wait(repeat);
    }
    return results;
  }

  /** Conditional write of a whole row. False when its condition did not hold. */
  async putIf(input: PutItemCommandInput & { TableName: string }): Promise<boolean> {
    try {
      await this.client.send(new PutItemCommand(input));
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw translated(error, { operation: "PutItem", table: input.TableName });
    }
  }

  /** Conditional update. False when its condition did not hold; else the attributes it asked for, old or new. */
  async updateIf(input: UpdateItemCommandInput & { TableName: string }): Promise<Item | null | false> {
    try {
      const command = new UpdateItemCommand(input);
      const { Attributes: old } = await this.client.send(command);
      return old === undefined ? null : fromAttributes(old);
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw translated(error, { operation: "UpdateItem", table: input.TableName });
    }
  }

  /** Deletes whatever is there and returns it. */
  async delete(table: string, key: Item): Promise<Item | null> {
    const command = new DeleteItemCommand({
      TableName: table,
      Key: toAttributes(key),
      ReturnValues: "ALL_OLD",
    });
    const { Attributes: old } = await this.#do("DeleteItem", table, () => this.client.send(command));
    return old === undefined ? null : fromAttributes(old);
  }

  /** Conditional delete. False when its condition did not hold. */
  async deleteIf(input: DeleteItemCommandInput & { TableName: string }): Promise<boolean> {
    try {
      await this.client.send(new DeleteItemCommand(input));
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw translated(error, { operation: "DeleteItem", table: input.TableName });
    }
  }

  async query(
    input: QueryCommandInput & { TableName: string },
  ): Promise<{ items: Item[]; last: Item | null }> {
    const command = new QueryCommand(input);
    const answer = await this.#do("Query", input.TableName, () => this.client.send(command));
    const { Items: items = [], LastEvaluatedKey: last } = answer;
    return { items: items.map(fromAttributes), last: last === undefined ? null : fromAttributes(last) };
  }

  /** Runs a request made elsewhere (use-dynamodb) under the same error rules. */
  async run<Result>(operation: string, table: string, request: () => Promise<Result>): Promise<Result> {
    return this.#do(operation, table, request);
  }

  async #do<Result>(operation: string, table: string, request: () => Promise<Result>): Promise<Result> {
    try {
      return await request();
    } catch (error) {
      throw translated(error, { operation, table });
    }
  }

  async #pause(repeat: number, operation: string, table: string): Promise<void> {
    if (repeat < REPEATS_MAX) return this.#wait(repeat);
    throw new HookclockError(
      "throttled",
      `${operation} on table "${table}" left rows unprocessed ${REPEATS_MAX + 1} times in a row`,
    );
  }

  /** Exponential with full jitter: callers that were refused together do not come back together. */
  #wait(repeat: number): Promise<void> {
    const boundMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** repeat);
    return this.#pacing.sleep(this.#pacing.random() * boundMs);
  }
}

export function chunked<Element>(elements: readonly Element[], size: number): Element[][] {
  const chunks: Element[][] = [];
  for (let start = 0; start < elements.length; start += size)
    chunks.push(elements.slice(start, start + size));
  return chunks;
}

/** Runs the work for each element, a few at a time; rejects with the first failure after the others ended. */
export async function inParallel<Element>(
  elements: readonly Element[],
  work: (element: Element) => Promise<void>,
  atOnce = BATCHES_AT_ONCE,
): Promise<void> {
  if (elements.length === 1) return work(elements[0] as Element);
  const queue = elements.values();
  const lanes = Array.from({ length: Math.min(atOnce, elements.length) }, async () => {
    for (const element of queue) await work(element);
  });
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
