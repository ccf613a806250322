// The store on a database does what the one in memory does, whatever is asked of it in whatever order.
import type { Document, DocumentStore, NewDocument } from "@hookclock/engine";
import { createMemoryDocuments, type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { freshPartition, T0 } from "@hookclock/testkit/contract";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openState } from "./open-documents.ts";

let database: LocalDatabase;
let documents: DocumentStore;
beforeAll(async () => {
  database = await startDynalite();
  documents = (await openState(database.endpoint)).documents;
});
afterAll(() => database.stop());

/**
 * Few keys and instants, so that steps meet each other. None between U+E000 and U+FFFF: dynalite judges bounds by
 * UTF-16, where those stand behind the emoji, and not before it as they do in UTF-8.
 */
const sk = fc.constantFrom("a", "a/1", "a/2", "b", "é", "🔥");
const time = fc.integer({ min: 0, max: 6 });
const content = fc.record(
  {
    data: fc.dictionary(
      fc.constantFrom("n", "state", "__x"),
      fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
      { noNullPrototype: true },
    ),
    bytes: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined }),
    expiresAt: fc.option(time, { nil: undefined }),
  },
  { requiredKeys: ["data"] },
);
const query = fc.record(
  {
    limit: fc.integer({ min: 1, max: 4 }),
    descending: fc.boolean(),
    range: fc.oneof(
      fc.record({ prefix: fc.constantFrom("", "a", "a/", "é", "🔥") }),
      fc.record({ from: sk, to: sk }, { requiredKeys: [] }),
    ),
    after: sk,
  },
  { requiredKeys: ["limit"] },
);
const step = fc.oneof(
  fc.record({ do: fc.constant("insert" as const), sk, content, now: time }),
  fc.record({ do: fc.constant("save" as const), sk, content, isStale: fc.boolean() }),
  fc.record({ do: fc.constant("put" as const), sk, content }),
  fc.record({ do: fc.constant("add" as const), sk, by: fc.integer({ min: -9, max: 9 }) }),
  fc.record({ do: fc.constant("remove" as const), sk, rev: fc.option(fc.integer({ min: 1, max: 3 })) }),
  fc.record({ do: fc.constant("list" as const), query, now: time }),
  fc.record({ do: fc.constant("get" as const), sk, now: time }),
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const withoutUndefined = (document: NewDocument): NewDocument =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined)) as NewDocument;

/** What a step answers. A save is over what the store itself last showed. */
async function answerOf(store: DocumentStore, pk: string, step: Step): Promise<unknown> {
  switch (step.do) {
    case "insert":
      return store.insert(withoutUndefined({ pk, sk: step.sk, ...step.content }), T0 + step.now);
    case "save": {
      const seen = await store.get({ pk, sk: step.sk }, 0);
      if (seen === null) return null;
      const before: Document = step.isStale ? { ...seen, rev: seen.rev + 1 } : seen;
      return store.save({ before, after: withoutUndefined({ pk, sk: step.sk, ...step.content }) });
    }
    case "put":
      return store.putMany([withoutUndefined({ pk, sk: step.sk, ...step.content })]);
    case "add":
      // Sums are made of numbers; what a text becomes is nobody's promise.
      return store.add({ pk, sk: step.sk }, "sum", step.by);
    case "remove":
      return store.remove({ pk, sk: step.sk }, step.rev ?? undefined);
    case "get":
      return store.get({ pk, sk: step.sk }, T0 + step.now);
    case "list": {
      const { range = {}, ...rest } = step.query;
      return documentsOf(store, { pk, ...rest, ...range }, T0 + step.now);
    }
  }
}

/** Pages may be cut elsewhere; what they hold together may not differ. */
async function documentsOf(
  store: DocumentStore,
  query: Parameters<DocumentStore["list"]>[0],
  now: number,
): Promise<Document[]> {
  const all: Document[] = [];
  let next: string | null | undefined = query.after;
  do {
    const page = await store.list({ ...query, ...(next === undefined ? {} : { after: next }) }, now);
    all.push(...page.documents);
    next = page.after;
  } while (next !== null && all.length < 50);
  return all;
}

test("a database and the memory agree on every answer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const memory = createMemoryDocuments();
      const pk = freshPartition();
      for (const one of steps) {
        const expected = await answerOf(memory, pk, one);
        expect(await answerOf(documents, pk, one)).toStrictEqual(expected);
      }
    }),
    { numRuns: 25 },
  );
});
