// Lists of documents: in order, by page, both ways, by prefix and by bounds.
import type { DocumentStore } from "@hookclock/engine";
import { expect, test } from "vitest";
import { aDocument, freshPartition, keysOf } from "./documents.ts";
import { T0 } from "./rows.ts";

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const put = async (store: DocumentStore, pk: string, keys: readonly string[]): Promise<void> => {
  await store.putMany(keys.map((sk) => aDocument({ pk, sk })));
};

/** In UTF-8 the last two stand the other way round than in UTF-16. */
const UNICODE = [
  "%",
  "%25",
  "%zz",
  "a",
  "a%b",
  "a%c",
  "a_",
  "ab",
  "é",
  "e\u0301",
  "ü/1",
  "ü/2",
  "\uff5e",
  "⏰",
  "🔥",
];

export function testDocumentLists(store: () => DocumentStore): void {
  test("a list is in the order of the keys' bytes, either way, whatever its pages", async () => {
    const pk = freshPartition();
    await put(store(), pk, UNICODE);
    await put(store(), `${pk}-other`, ["0", "zzz"]);
    const ascending = [...UNICODE].sort(byBytes);
    for (const limit of [1, 2, 4, UNICODE.length, 1_000]) {
      expect(await keysOf(store(), { pk, limit })).toStrictEqual(ascending);
      expect(await keysOf(store(), { pk, limit, descending: true })).toStrictEqual(ascending.toReversed());
    }
    expect(await keysOf(store(), { pk: `${pk}-none`, limit: 10 })).toStrictEqual([]);
  });

  test("a list shows the documents whole", async () => {
    const document = aDocument({ pk: freshPartition(), sk: "a" }, { bytes: new Uint8Array([1, 2]) });
    await store().insert(document, T0);
    const { documents, after } = await store().list({ pk: document.pk, limit: 5 }, T0);
    expect(documents).toStrictEqual([{ ...document, rev: 1 }]);
    expect(after).toBeNull();
  });

  test.each(["", "a", "a%", "a_", "%", "e", "é", "ü/", "🔥", "zz", "\udbff\udfff"])(
    "prefix %j is text, and no pattern",
    async (prefix) => {
      const pk = freshPartition();
      await put(store(), pk, UNICODE);
      const expected = UNICODE.filter((sk) => sk.startsWith(prefix)).sort(byBytes);
      for (const limit of [1, 10]) {
        expect(await keysOf(store(), { pk, prefix, limit })).toStrictEqual(expected);
        const descending = await keysOf(store(), { pk, prefix, limit, descending: true });
        expect(descending).toStrictEqual(expected.toReversed());
      }
    },
  );

  test("bounds are inclusive, and may be open, empty or the wrong way round", async () => {
    const pk = freshPartition();
    await put(store(), pk, ["1", "2", "3", "4"]);
    for (const [bounds, expected] of [
      [{ from: "2" }, ["2", "3", "4"]],
      [{ to: "3" }, ["1", "2", "3"]],
      [{ from: "2", to: "3" }, ["2", "3"]],
      [{ from: "2", to: "2" }, ["2"]],
      [{ from: "25", to: "29" }, []],
      [{ from: "3", to: "2" }, []],
      [{ from: "" }, ["1", "2", "3", "4"]],
      [{ to: "" }, []],
    ] as const) {
      for (const limit of [1, 10]) {
        expect(await keysOf(store(), { pk, limit, ...bounds })).toStrictEqual(expected);
        const descending = await keysOf(store(), { pk, limit, descending: true, ...bounds });
        expect(descending).toStrictEqual(expected.toReversed());
      }
    }
  });

  test.each([false, true])(
    "a page goes on after any key, there or not (descending: %s)",
    async (descending) => {
      const pk = freshPartition();
      const keys = ["b1", "b2", "b3", "b4"];
      await put(store(), pk, ["a", ...keys, "c"]);
      const isPast = (sk: string, after: string) => (descending ? sk < after : sk > after);
      for (const after of ["a", "b", "b1", "b15", "b3", "b4", "b9", "c", "zz", "⏰"]) {
        const expected = keys.filter((sk) => isPast(sk, after));
        if (descending) expected.reverse();
        for (const range of [{ prefix: "b" }, { from: "b1", to: "b4" }, { from: "b0", to: "b5" }]) {
          const page = await store().list({ pk, limit: 10, descending, after, ...range }, T0);
          expect(page.documents.map(({ sk }) => sk)).toStrictEqual(expected);
          expect(page.after).toBeNull();
        }
      }
    },
  );

  test("documents written between two pages move nothing", async () => {
    const pk = freshPartition();
    await put(store(), pk, ["b", "d", "f"]);
    const first = await store().list({ pk, limit: 2 }, T0);
    expect(first).toMatchObject({ documents: [{ sk: "b" }, { sk: "d" }], after: "d" });
    await put(store(), pk, ["a", "c", "e"]);
    await store().removeMany([{ pk, sk: "d" }]);
    const next = await store().list({ pk, limit: 10, after: first.after ?? "" }, T0);
    expect(next.documents.map(({ sk }) => sk)).toStrictEqual(["e", "f"]);
  });

  test("expired documents are neither shown nor counted, many or few", async () => {
    const pk = freshPartition();
    const all = Array.from({ length: 250 }, (_, at) => {
      const isLive = at % 50 === 49;
      return aDocument({ pk, sk: String(at).padStart(3, "0") }, { expiresAt: isLive ? T0 + 1 : T0 });
    });
    await store().putMany(all);
    const live = ["049", "099", "149", "199", "249"];
    for (const limit of [1, 2, 5, 100]) {
      expect(await keysOf(store(), { pk, limit })).toStrictEqual(live);
      expect(await keysOf(store(), { pk, limit, descending: true })).toStrictEqual(live.toReversed());
    }
    expect(await keysOf(store(), { pk, limit: 10 }, T0 + 1)).toStrictEqual([]);
  });

  test("a page of large documents may be short, and the list is whole all the same", async () => {
    const pk = freshPartition();
    const bytes = new Uint8Array(320 * 1024);
    const keys = Array.from({ length: 12 }, (_, at) => String(at).padStart(4, "0"));
    await store().putMany(keys.map((sk) => aDocument({ pk, sk }, { bytes })));
    expect(await keysOf(store(), { pk, limit: 100 })).toStrictEqual(keys);
    expect(await keysOf(store(), { pk, limit: 5, descending: true })).toStrictEqual(keys.toReversed());
  });
}
