// Ways of asking that all parts of WebSub share.
import type * as z from "zod";
import { read } from "./answers.ts";
import type { Call, Connection, Query } from "./connection.ts";
import { isMissing } from "./problem.ts";

/** An answer as what it should be. */
export async function ask<Schema extends z.ZodType>(
  connection: Connection,
  schema: Schema,
  what: string,
  call: Call,
): Promise<z.output<Schema>> {
  const { document } = await connection.call(call);
  return read(schema, document, what);
}

/** The same; null when there is no such thing. That there is no WebSub at all is an error like any other. */
export async function askOrNull<Schema extends z.ZodType>(
  connection: Connection,
  schema: Schema,
  what: string,
  call: Call,
): Promise<z.output<Schema> | null> {
  try {
    return await ask(connection, schema, what, call);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

type Page<Item> = { items: Item[]; nextCursor: string | null };
type Asked = { limit: number; startKey?: string | undefined };

/** One page of a list; where it ends is the API's cursor. */
export async function askPage<Item>(
  connection: Connection,
  schema: z.ZodType<Page<Item>>,
  what: string,
  { path, query, asked }: { path: readonly string[]; query: Query; asked: Asked },
): Promise<{ items: Item[]; nextKey: string | null }> {
  const { limit, startKey: cursor } = asked;
  const call = { method: "GET", path, query: { ...query, limit, cursor } } as const;
  const { items, nextCursor } = await ask(connection, schema, what, call);
  return { items, nextKey: nextCursor };
}
