// Handlers as a user links, sees and unlinks them.
import { check, HookclockError, namespaceField } from "@hookclock/core";
import * as z from "zod";
import type { World } from "../ports.ts";
import { consumerNameField } from "./consumer-input.ts";
import type { HandlerRepository } from "./handler-repository.ts";
import {
  type HandlerRow,
  type LinkedHandler,
  type LinkInput,
  parseLink,
  toLinkedHandler,
} from "./linked-handler.ts";
import { type ListPage, type ListQuery, listFields } from "./list-query.ts";
import { parseSource, type Source, sourceName } from "./source.ts";

/** `id`: the consumer's name, unless it was linked under another one. */
export type HandlerKeyInput = { namespace: string; source: Source; id: string };
export type HandlerQuery = ListQuery & { source?: Source; consumer?: string };

export type ConsumerLinks = {
  /** Links a source to a consumer, which may be made later. The same source and id again replaces the handler. */
  link(input: LinkInput): Promise<{ created: boolean; handler: LinkedHandler }>;
  /**
   * The same, but a handler of that source and id that is there stays as it is.
   *
   * @throws HookclockError `id-conflict` when that one goes to another consumer.
   */
  linkOnce(input: LinkInput): Promise<{ created: boolean; handler: LinkedHandler }>;
  /** The handler that was removed, or null. Its deliveries under way end without being sent. */
  unlink(key: HandlerKeyInput): Promise<LinkedHandler | null>;
  /** All of a namespace, or those of a source, of a consumer, or of both. A page may hold fewer than `limit`. */
  listHandlers(query: HandlerQuery): Promise<ListPage<LinkedHandler>>;
};

const unlinkSchema = z.strictObject({
  namespace: namespaceField,
  source: z.unknown(),
  id: consumerNameField,
});
const listSchema = z.strictObject({
  ...listFields,
  source: z.unknown().optional(),
  consumer: consumerNameField.optional(),
});

function readRow(row: HandlerRow | HookclockError): HandlerRow {
  if (row instanceof HookclockError) throw row;
  return row;
}

export function makeLinks({ clock }: Pick<World, "clock">, handlers: HandlerRepository): ConsumerLinks {
  return {
    async link(input) {
      const { namespace, row } = parseLink(input, clock.now());
      const before = await handlers.put(namespace, row);
      const createdAt = before?.createdAt ?? row.createdAt;
      return { created: before === null, handler: toLinkedHandler(namespace, { ...row, createdAt }) };
    },

    async linkOnce(input) {
      const { namespace, row } = parseLink(input, clock.now());
      const there = await handlers.putOnce(namespace, row);
      if (there !== null && there.consumer !== row.consumer) {
        throw new HookclockError(
          "id-conflict",
          `handler "${row.id}" of this source goes to consumer "${there.consumer}"; remove it, or link "${row.consumer}" under another id`,
          { field: "consumer" },
        );
      }
      return { created: there === null, handler: toLinkedHandler(namespace, there ?? row) };
    },

    async unlink(key) {
      const { namespace, source, id } = check(unlinkSchema, key, "unlink");
      const row = await handlers.remove({ namespace, sourceName: sourceName(parseSource(source)), id });
      return row === null ? null : toLinkedHandler(namespace, row);
    },

    async listHandlers(query) {
      const {
        namespace,
        source,
        consumer,
        limit,
        startKey = null,
      } = check(listSchema, query, "listHandlers");
      const view = (rows: Parameters<typeof toLinkedHandler>[1][]): LinkedHandler[] =>
        rows.map((row) => toLinkedHandler(namespace, row));
      if (source === undefined) {
        const { found, after } = await handlers.page({ namespace, consumer, limit, after: startKey });
        return { items: view(found.map(({ row }) => readRow(row))), nextKey: after };
      }
      const name = sourceName(parseSource(source));
      const { rows, after } = await handlers.pageOfSource({
        namespace,
        source: name,
        limit,
        after: startKey,
      });
      const wanted = rows.filter((row) => consumer === undefined || row.consumer === consumer);
      return { items: view(wanted), nextKey: after };
    },
  };
}
