// What every document store must do, whatever it is made of.
import { DOCUMENT_BYTES_MAX, type DocumentStore, type NewDocument } from "@hookclock/engine";
import { beforeAll, describe, expect, test } from "vitest";
import { testDocumentLists } from "./document-lists.ts";
import { aDocument, freshPartition, type OpenDocuments, stored } from "./documents.ts";
import { HOSTILE_NAMES, T0 } from "./rows.ts";

export function describeDocumentStore(name: string, open: OpenDocuments): void {
  describe(`document store: ${name}`, () => {
    let documents: DocumentStore;
    beforeAll(async () => {
      documents = await open();
    });
    testInserts(() => documents);
    testExpiry(() => documents);
    testSaves(() => documents);
    testSums(() => documents);
    testMany(() => documents);
    testRemovals(() => documents);
    testDocumentLists(() => documents);
  });
}

const filled = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31 + 7) & 0xff);

function testInserts(store: () => DocumentStore): void {
  test("a document comes back as it was inserted, at its first version, absent fields absent", async () => {
    const pk = freshPartition();
    const bare = aDocument({ pk, sk: "bare" });
    const full = aDocument({ pk, sk: "full" }, { bytes: filled(300), expiresAt: T0 + 1_234 });
    for (const document of [bare, full]) {
      expect(await store().insert(document, T0)).toBe("inserted");
      expect(await store().get(document, T0)).toStrictEqual({ ...document, rev: 1 });
    }
    expect(await store().get({ pk, sk: "none" }, T0)).toBeNull();
    expect(await store().get({ pk: `${pk}x`, sk: "bare" }, T0)).toBeNull();
  });

  test("data of any shape survives", async () => {
    const pk = freshPartition();
    const data: NewDocument["data"] = {
      "": "",
      zero: 0,
      minus: -1.5,
      huge: 1e300,
      tiny: 5e-324,
      whole: Number.MAX_SAFE_INTEGER,
      fraction: 0.1,
      nothing: null,
      no: false,
      list: [[], {}, "", null, [1, { deep: 2 }]],
      text: '\u0000 \ud83d\ude00 line\u2028end "quoted" \\ \ud800 alone',
      "+plus": 1,
      "+": "x",
      rev: 7,
      pk: "not the key",
      expiresAt: 1,
    };
    await store().insert({ pk, sk: "a", data }, T0);
    expect((await stored(store(), { pk, sk: "a" })).data).toStrictEqual(data);
    const hostile = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as NewDocument["data"];
    await store().insert({ pk, sk: "b", data: hostile }, T0);
    const read = await stored(store(), { pk, sk: "b" });
    expect(Object.entries(read.data).sort()).toStrictEqual(Object.entries(hostile).sort());
    expect(Object.getPrototypeOf(read.data)).toBe(Object.prototype);
  });

  test.each([0, 1, 320 * 1024])("%i bytes survive", async (length) => {
    const key = { pk: freshPartition(), sk: "0000" };
    const bytes = filled(length);
    await store().insert(aDocument(key, { bytes }), T0);
    const read = await stored(store(), key);
    expect(read.bytes).toStrictEqual(bytes);
    // The caller's array is not what is stored.
    bytes.fill(0);
    expect((await stored(store(), key)).bytes?.[0]).toBe(length === 0 ? undefined : 7);
  });

  test("there is room for the most bytes and some data beside them, and no room for much more", async () => {
    const pk = freshPartition();
    const bytes = filled(DOCUMENT_BYTES_MAX);
    const data = { type: "x".repeat(10_000) };
    expect(await store().insert({ pk, sk: "fits", data, bytes }, T0)).toBe("inserted");
    const huge = { pk, sk: "huge", data: { type: "x".repeat(100_000) }, bytes };
    const tooLarge = { code: "row-too-large" };
    await expect(store().insert(huge, T0)).rejects.toMatchObject(tooLarge);
    await expect(store().putMany([huge])).rejects.toMatchObject(tooLarge);
    const before = await stored(store(), { pk, sk: "fits" });
    await expect(store().save({ before, after: { ...huge, sk: "fits" } })).rejects.toMatchObject(tooLarge);
    expect(await stored(store(), { pk, sk: "fits" })).toStrictEqual(before);
    expect(await store().get(huge, T0)).toBeNull();
  });

  test("a key that is there is refused and left alone", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key), T0);
    const other = aDocument(key, { data: { state: "other" } });
    expect(await store().insert(other, T0)).toBe("exists");
    expect(await store().insert(aDocument(key), T0)).toBe("exists");
    expect((await stored(store(), key)).data).toStrictEqual({ state: "active" });
  });

  test("the same object inserted again is a repeat of the same write", async () => {
    const document = aDocument({ pk: freshPartition(), sk: "a" });
    expect(await store().insert(document, T0)).toBe("inserted");
    expect(await store().insert(document, T0)).toBe("inserted");
    expect((await stored(store(), document)).rev).toBe(1);
  });

  test("of 20 who insert one key, one does", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    const all = Array.from({ length: 20 }, (_, index) => aDocument(key, { data: { by: `w-${index}` } }));
    const results = await Promise.all(all.map((document) => store().insert(document, T0)));
    expect(results.filter((result) => result === "inserted")).toHaveLength(1);
    const winner = all[results.indexOf("inserted")];
    expect((await stored(store(), key)).data).toStrictEqual(winner?.data);
  });

  test("keys are told apart, whatever is in them", async () => {
    const pk = freshPartition();
    const keys = HOSTILE_NAMES.flatMap((name) => [
      { pk: `${pk}/${name}`, sk: "x" },
      { pk, sk: name },
    ]);
    for (const key of keys) await store().insert(aDocument(key, { data: { key: JSON.stringify(key) } }), T0);
    for (const [index, found] of (await store().getMany(keys, T0)).entries()) {
      expect(found?.data).toStrictEqual({ key: JSON.stringify(keys[index]) });
    }
  });
}

function testExpiry(store: () => DocumentStore): void {
  test("from its instant on a document is not seen, by any read", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key, { expiresAt: T0 + 1_500 }), T0);
    const query = { pk: key.pk, limit: 10 };
    for (const [now, isThere] of [
      [T0, true],
      [T0 + 1_499, true],
      [T0 + 1_500, false],
      [T0 + 9_999, false],
    ] as const) {
      expect((await store().get(key, now)) !== null).toBe(isThere);
      expect((await store().getMany([key], now))[0] !== null).toBe(isThere);
      expect((await store().list(query, now)).documents).toHaveLength(isThere ? 1 : 0);
    }
  });

  test("an insert takes the place of what has expired, and only of that", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key, { expiresAt: T0 + 1_500, bytes: filled(3) }), T0);
    const next = aDocument(key, { data: { state: "next" } });
    expect(await store().insert(next, T0 + 1_499)).toBe("exists");
    expect(await store().insert(next, T0 + 1_500)).toBe("inserted");
    expect(await stored(store(), key, T0 + 1e12)).toStrictEqual({ ...next, rev: 1 });
  });

  test("of 20 who want the place of what has expired, one gets it", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key, { expiresAt: T0 }), T0 - 1);
    const inserts = Array.from({ length: 20 }, (_, by) =>
      store().insert(aDocument(key, { data: { by } }), T0),
    );
    const results = await Promise.all(inserts);
    expect(results.filter((result) => result === "inserted")).toHaveLength(1);
  });

  test("a save sets a new end, or none", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key, { expiresAt: T0 + 10 }), T0);
    const before = await stored(store(), key);
    await store().save({ before, after: aDocument(key, { expiresAt: T0 + 20 }) });
    const later = await stored(store(), key, T0 + 19);
    expect(await store().get(key, T0 + 20)).toBeNull();
    await store().save({ before: later, after: aDocument(key) });
    expect((await stored(store(), key, T0 + 1e12)).expiresAt).toBeUndefined();
  });
}

function testSaves(store: () => DocumentStore): void {
  test("a save replaces all of it, at the version that was read, and hands back the next one", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key, { data: { a: 1, b: "x" }, bytes: filled(9), expiresAt: T0 + 5 }), T0);
    const before = await stored(store(), key);
    const after = aDocument(key, { data: { b: 2, c: [] } });
    const saved = await store().save({ before, after });
    expect(saved).toStrictEqual({ ...after, rev: 2 });
    expect(await stored(store(), key)).toStrictEqual(saved);
    expect(await store().save({ before, after: aDocument(key) })).toBe("conflict");
    expect(await stored(store(), key)).toStrictEqual(saved);
  });

  test("the same object saved again is a repeat of the same write, until somebody else has written", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key), T0);
    const before = await stored(store(), key);
    const after = aDocument(key, { data: { n: 1 } });
    const saved = await store().save({ before, after });
    expect(await store().save({ before, after })).toStrictEqual(saved);
    const last = await stored(store(), key);
    expect(last.rev).toBe(2);
    await store().save({ before: last, after: aDocument(key, { data: { n: 2 } }) });
    expect(await store().save({ before, after })).toBe("conflict");
    expect((await stored(store(), key)).data).toStrictEqual({ n: 2 });
  });

  test("what is not there cannot be saved", async () => {
    const document = aDocument({ pk: freshPartition(), sk: "a" });
    expect(await store().save({ before: { ...document, rev: 1 }, after: document })).toBe("conflict");
    expect(await store().get(document, T0)).toBeNull();
  });

  test("of 20 who save over one version, one wins", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key), T0);
    const before = await stored(store(), key);
    const all = Array.from({ length: 20 }, (_, by) => aDocument(key, { data: { by } }));
    const results = await Promise.all(all.map((after) => store().save({ before, after })));
    expect(results.filter((result) => result !== "conflict")).toHaveLength(1);
    const [winner] = results.filter((result) => result !== "conflict");
    expect(await stored(store(), key)).toStrictEqual(winner);
  });

  test("20 who read, save and try again on conflict all get their turn", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key, { data: { turns: 0 } }), T0);
    const takeTurn = async (): Promise<void> => {
      const before = await stored(store(), key);
      const after = aDocument(key, { data: { turns: Number(before.data["turns"]) + 1 } });
      if ((await store().save({ before, after })) === "conflict") await takeTurn();
    };
    await Promise.all(Array.from({ length: 20 }, takeTurn));
    expect(await stored(store(), key)).toMatchObject({ rev: 21, data: { turns: 20 } });
  });
}

function testSums(store: () => DocumentStore): void {
  test("a sum begins by itself, and goes on from what is there", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    expect(await store().add(key, "sent", 5)).toBe(5);
    expect(await store().add(key, "sent", -2)).toBe(3);
    expect(await store().add(key, "failed", 1, T0 + 60_000)).toBe(1);
    const read = await stored(store(), key);
    expect(read).toStrictEqual({ ...key, rev: 3, data: { sent: 3, failed: 1 }, expiresAt: T0 + 60_000 });
    expect(await store().get(key, T0 + 60_000)).toBeNull();
  });

  test("a document's numbers are added to, and everything else in it stays", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    const document = aDocument(key, { data: { state: "on", n: 40, list: [1] }, bytes: filled(5) });
    await store().insert(document, T0);
    const before = await stored(store(), key);
    expect(await store().add(key, "n", 2)).toBe(42);
    const read = await stored(store(), key);
    expect(read).toStrictEqual({ ...document, data: { ...document.data, n: 42 }, rev: 2 });
    // Whoever read it before has been overtaken.
    expect(await store().save({ before, after: aDocument(key) })).toBe("conflict");
    expect(await store().save({ before: read, after: aDocument(key, { data: { n: 1 } }) })).toMatchObject({
      rev: 3,
    });
    expect(await store().add(key, "n", 1)).toBe(2);
  });

  test("of 50 who add at once, each counts once and each sees another sum", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    const sums = await Promise.all(Array.from({ length: 50 }, () => store().add(key, "n", 1)));
    expect(sums.sort((a, b) => a - b)).toStrictEqual(Array.from({ length: 50 }, (_, at) => at + 1));
    expect(await stored(store(), key)).toMatchObject({ rev: 50, data: { n: 50 } });
  });
}

function testMany(store: () => DocumentStore): void {
  test("1,000 documents are written and read with one call each, and doubles are harmless", async () => {
    const pk = freshPartition();
    const all = Array.from({ length: 1_000 }, (_, n) => aDocument({ pk, sk: `d-${n}` }, { data: { n } }));
    await store().putMany(all);
    const keys = [...all.map(({ sk }) => ({ pk, sk })), { pk, sk: "none" }, { pk, sk: "d-7" }];
    const found = await store().getMany(keys, T0);
    expect(found.slice(0, 1_000)).toStrictEqual(all.map((document) => ({ ...document, rev: 1 })));
    expect(found.slice(1_000)).toMatchObject([null, { data: { n: 7 } }]);
    await store().removeMany([...keys, ...keys]);
    expect((await store().getMany(keys, T0)).every((document) => document === null)).toBe(true);
  });

  test("a put takes the place of whatever is there; of two with one key the last one stays", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    await store().insert(aDocument(key, { data: { a: 1 }, bytes: filled(3) }), T0);
    await store().putMany([1, 2].map((n) => aDocument(key, { data: { n } })));
    expect(await stored(store(), key)).toStrictEqual({ ...key, rev: 1, data: { n: 2 } });
  });

  test("content of 20 chunks of 320 KiB goes in and comes out", async () => {
    const pk = freshPartition();
    const bytes = filled(320 * 1024);
    const chunks = Array.from({ length: 20 }, (_, at) => aDocument({ pk, sk: String(at) }, { bytes }));
    await store().putMany(chunks);
    const found = await store().getMany(chunks, T0);
    expect(found.every((chunk) => Buffer.from(bytes).equals(chunk?.bytes ?? new Uint8Array()))).toBe(true);
  });

  test("nothing to do is done", async () => {
    await store().putMany([]);
    await store().removeMany([]);
    expect(await store().getMany([], T0)).toStrictEqual([]);
  });
}

function testRemovals(store: () => DocumentStore): void {
  test("a document is removed if it is there, and with a version only at that one", async () => {
    const key = { pk: freshPartition(), sk: "a" };
    expect(await store().remove(key)).toBe(false);
    expect(await store().remove(key, 1)).toBe(false);
    await store().insert(aDocument(key), T0);
    expect(await store().remove(key, 2)).toBe(false);
    expect(await store().get(key, T0)).not.toBeNull();
    expect(await store().remove(key, 1)).toBe(true);
    expect(await store().get(key, T0)).toBeNull();
    await store().insert(aDocument(key), T0);
    expect(await store().remove(key)).toBe(true);
    expect(await store().remove(key)).toBe(false);
    expect(await store().insert(aDocument(key), T0)).toBe("inserted");
  });
}
