// Handlers, as the questions that are asked about them. They lie under their source, where messages ask for them; a
// second row under their consumer finds them from the other side. That one is written first and removed last, and what
// it says is looked up: a half-done write shows nothing wrong, and leaves nothing that cannot be found.
import { HookclockError } from "@hookclock/core";
import type { DocumentKey, DocumentStore } from "@hookclock/engine";
import type { World } from "../ports.ts";
import { change, part, readData } from "../rows.ts";
import { type HandlerRow, handlerRowSchema } from "./linked-handler.ts";
import { readable } from "./readable.ts";
import { sourceName } from "./source.ts";

export type HandlerKey = { namespace: string; sourceName: string; id: string };
export type HandlerRepository = ReturnType<typeof makeHandlerRepository>;

const pkOf = (namespace: string, source: string): string => `${part(namespace)}/handler/${part(source)}`;
const keyOf = ({ namespace, sourceName: source, id }: HandlerKey): DocumentKey => ({
  pk: pkOf(namespace, source),
  sk: part(id),
});
const indexPk = (namespace: string): string => `${part(namespace)}/handler-of`;
const indexKeyOf = (key: HandlerKey, consumer: string): DocumentKey => ({
  pk: indexPk(key.namespace),
  sk: `${part(consumer)}/${part(key.sourceName)}/${part(key.id)}`,
});

export type SourceHandlers = { rows: HandlerRow[]; problem: HookclockError | null };
export type HandlerPage = { rows: HandlerRow[]; after: string | null };

/** More handlers than this at one source are asked for page by page. */
const PAGE = 500;

export function makeHandlerRepository({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();

  async function pageOfSource(query: {
    namespace: string;
    source: string;
    limit: number;
    after: string | null;
  }): Promise<HandlerPage> {
    const { namespace, source, limit, after } = query;
    const page = await documents.list(
      { pk: pkOf(namespace, source), limit, ...(after === null ? {} : { after }) },
      now(),
    );
    const rows = page.documents.map((document) => readData(handlerRowSchema, document));
    return { rows, after: page.after };
  }

  return {
    async get(key: HandlerKey): Promise<HandlerRow | null> {
      const document = await documents.get(keyOf(key), now());
      return document === null ? null : readData(handlerRowSchema, document);
    },

    /** All handlers of one source, by id. One that cannot be read does not hide the others: it is the problem. */
    async ofSource(namespace: string, source: string): Promise<SourceHandlers> {
      const rows: HandlerRow[] = [];
      let problem: HookclockError | null = null;
      let after: string | null = null;
      do {
        const page = await documents.list(
          { pk: pkOf(namespace, source), limit: PAGE, ...(after === null ? {} : { after }) },
          now(),
        );
        for (const document of page.documents) {
          const row = readable(() => readData(handlerRowSchema, document));
          if (row instanceof HookclockError) problem = row;
          else rows.push(row);
        }
        after = page.after;
      } while (after !== null);
      return { rows, problem };
    },

    pageOfSource,

    /** Writes a handler in place of one with the same source and id. Resolves with the one before. */
    async put(namespace: string, row: HandlerRow): Promise<HandlerRow | null> {
      const key = { namespace, sourceName: sourceName(row.source), id: row.id };
      await documents.putMany([{ ...indexKeyOf(key, row.consumer), data: {} }]);
      let before: HandlerRow | null = null;
      await change(documents, keyOf(key), now, (document) => {
        before = document === null ? null : readData(handlerRowSchema, document);
        return { ...keyOf(key), data: { ...row, createdAt: before?.createdAt ?? row.createdAt } };
      });
      const old = before as HandlerRow | null;
      if (old !== null && old.consumer !== row.consumer)
        await documents.remove(indexKeyOf(key, old.consumer));
      return old;
    },

    /** Writes a handler unless one of the same source and id is there; resolves with that one then. */
    async putOnce(namespace: string, row: HandlerRow): Promise<HandlerRow | null> {
      const key = { namespace, sourceName: sourceName(row.source), id: row.id };
      const there = await documents.get(keyOf(key), now());
      if (there !== null) return readData(handlerRowSchema, there);
      await documents.putMany([{ ...indexKeyOf(key, row.consumer), data: {} }]);
      if ((await documents.insert({ ...keyOf(key), data: row }, now())) === "inserted") return null;
      const faster = await documents.get(keyOf(key), now());
      return faster === null ? null : readData(handlerRowSchema, faster);
    },

    /** The handler that was removed, or null. */
    async remove(key: HandlerKey): Promise<HandlerRow | null> {
      const document = await documents.get(keyOf(key), now());
      if (document === null) return null;
      const row = readData(handlerRowSchema, document);
      await documents.remove(keyOf(key));
      await documents.remove(indexKeyOf(key, row.consumer));
      return row;
    },

    page: (query: PageQuery) => pageOf(documents, query, now()),
  };
}

type PageQuery = { namespace: string; consumer?: string | undefined; limit: number; after: string | null };

export type FoundHandlers = {
  found: { consumer: string; row: HandlerRow | HookclockError }[];
  after: string | null;
};

/**
 * All handlers of a namespace, or of one consumer, by consumer and source; a page may hold fewer than `limit`. One that
 * cannot be read does not hide the others.
 */
async function pageOf(documents: DocumentStore, query: PageQuery, now: number): Promise<FoundHandlers> {
  const { namespace, consumer, limit, after } = query;
  const prefix = consumer === undefined ? "" : `${part(consumer)}/`;
  if (after !== null && !after.startsWith(prefix)) {
    throw new HookclockError("invalid-cursor", "startKey is not the nextKey of a page of the same list", {
      field: "startKey",
    });
  }
  const page = await documents.list(
    {
      pk: indexPk(namespace),
      limit,
      ...(prefix === "" ? {} : { prefix }),
      ...(after === null ? {} : { after }),
    },
    now,
  );
  const entries = page.documents.map(({ sk }) => {
    const [consumerName = "", source = "", id = ""] = sk.split("/").map(decodeURIComponent);
    return { consumerName, key: { namespace, sourceName: source, id } };
  });
  const found = await documents.getMany(
    entries.map(({ key }) => keyOf(key)),
    now,
  );
  const handlers = entries.flatMap(({ consumerName }, at) => {
    const document = found[at] ?? null;
    const row = document && readable(() => readData(handlerRowSchema, document));
    const isOld = row === null || (!(row instanceof HookclockError) && row.consumer !== consumerName);
    return isOld ? [] : [{ consumer: consumerName, row }];
  });
  return { found: handlers, after: page.after };
}
