// Consumers, as the questions that are asked about them.
import { HookclockError } from "@hookclock/core";
import type { DocumentKey, DocumentStore } from "@hookclock/engine";
import type { World } from "../ports.ts";
import { change, part, readData } from "../rows.ts";
import { type ConsumerRow, consumerRowSchema } from "./consumer.ts";
import { CONSUMER_LIMITS } from "./limits.ts";
import { readable } from "./readable.ts";

export type ConsumerKey = { namespace: string; name: string };
export type ConsumerRepository = ReturnType<typeof makeConsumerRepository>;

const pkOf = (namespace: string): string => `${part(namespace)}/consumer`;
const keyOf = ({ namespace, name }: ConsumerKey): DocumentKey => ({ pk: pkOf(namespace), sk: part(name) });
/** Beside the consumer, because it is added to without regard to anything else. */
const failuresKeyOf = ({ namespace, name }: ConsumerKey): DocumentKey => ({
  pk: `${part(namespace)}/consumer-failures`,
  sk: part(name),
});

export function makeConsumerRepository({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();
  return {
    async get(key: ConsumerKey): Promise<ConsumerRow | null> {
      const document = await documents.get(keyOf(key), now());
      return document === null ? null : readData(consumerRowSchema, document);
    },

    /** Null when it is not there; when it cannot be read, why. */
    async look(key: ConsumerKey): Promise<ConsumerRow | HookclockError | null> {
      const document = await documents.get(keyOf(key), now());
      return document && readable(() => readData(consumerRowSchema, document));
    },

    /** Result by position. One that cannot be read counts as none here: its deliveries will say so. */
    async getMany(namespace: string, names: readonly string[]): Promise<(ConsumerRow | null)[]> {
      const found = await documents.getMany(
        names.map((name) => keyOf({ namespace, name })),
        now(),
      );
      return names.map((_name, at) => {
        const document = found[at] ?? null;
        const row = document && readable(() => readData(consumerRowSchema, document));
        return row instanceof HookclockError ? null : row;
      });
    },

    /** A consumer with its failed deliveries in a row, in one read. */
    async withFailures(key: ConsumerKey): Promise<{ row: ConsumerRow; failures: number } | null> {
      const [document = null, failed = null] = await documents.getMany(
        [keyOf(key), failuresKeyOf(key)],
        now(),
      );
      if (document === null) return null;
      return { row: readData(consumerRowSchema, document), failures: Number(failed?.data["failures"] ?? 0) };
    },

    /** Saves what `decide` makes of the row as it is; null leaves it. Resolves with what was saved. */
    async change(
      key: ConsumerKey,
      decide: (before: ConsumerRow | null) => ConsumerRow | null,
    ): Promise<ConsumerRow | null> {
      let saved: ConsumerRow | null = null;
      await change(documents, keyOf(key), now, (document) => {
        saved = decide(document === null ? null : readData(consumerRowSchema, document));
        return saved === null ? null : { ...keyOf(key), data: saved };
      });
      return saved;
    },

    page: (namespace: string, limit: number, after: string | null) =>
      pageOf(documents, { namespace, limit, after }, now()),

    /** False when there was none. */
    async remove(key: ConsumerKey): Promise<boolean> {
      const removed = await documents.remove(keyOf(key));
      await documents.remove(failuresKeyOf(key));
      return removed;
    },

    /** One failed delivery more in a row; resolves with how many they are. A pause as long as messages are kept ends the row. */
    addFailure: (key: ConsumerKey): Promise<number> =>
      documents.add(failuresKeyOf(key), "failures", 1, now() + CONSUMER_LIMITS.keptMs),

    async clearFailures(key: ConsumerKey): Promise<void> {
      await documents.remove(failuresKeyOf(key));
    },

    /** Result by position. */
    async failuresOf(namespace: string, names: readonly string[]): Promise<number[]> {
      const found = await documents.getMany(
        names.map((name) => failuresKeyOf({ namespace, name })),
        now(),
      );
      return found.map((document) => Number(document?.data["failures"] ?? 0));
    },
  };
}

export type ConsumerPage = {
  found: { name: string; row: ConsumerRow | HookclockError }[];
  after: string | null;
};

/** By name. One that cannot be read does not hide the others. */
async function pageOf(
  documents: DocumentStore,
  { namespace, limit, after }: { namespace: string; limit: number; after: string | null },
  now: number,
): Promise<ConsumerPage> {
  const page = await documents.list(
    { pk: pkOf(namespace), limit, ...(after === null ? {} : { after: part(after) }) },
    now,
  );
  const found = page.documents.map((document) => ({
    name: decodeURIComponent(document.sk),
    row: readable(() => readData(consumerRowSchema, document)),
  }));
  return { found, after: page.after === null ? null : decodeURIComponent(page.after) };
}
