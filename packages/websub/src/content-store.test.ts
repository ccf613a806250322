import { createMemoryDocuments } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { readContent, removeContent, writeContent } from "./content-store.ts";

const place = { namespace: "my app", id: "p/1" };
const contentOf = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, index) => index % 251);

test.each([0, 1, 320 * 1024, 320 * 1024 + 1, 1_500_000])(
  "content of %d bytes comes back as it was",
  async (size) => {
    const documents = createMemoryDocuments();
    const bytes = contentOf(size);
    const reference = await writeContent(documents, { ...place, bytes });
    expect(reference).toEqual({ ...place, bytes: size });
    const read = await readContent(documents, reference, 0);
    expect(read !== null && Buffer.compare(read, bytes)).toBe(0);
    for (const { bytes: chunk } of documents.dump()) expect(chunk?.length).toBeLessThanOrEqual(320 * 1024);
  },
);

test("content that is not whole, is another's or has expired is none", async () => {
  const documents = createMemoryDocuments();
  const reference = await writeContent(documents, { ...place, bytes: contentOf(700_000), expiresAt: 1_000 });
  expect(await readContent(documents, reference, 999)).not.toBeNull();
  expect(await readContent(documents, reference, 1_000)).toBeNull();
  expect(await readContent(documents, { ...reference, bytes: 699_999 }, 0)).toBeNull();
  expect(await readContent(documents, { ...reference, id: "p/2" }, 0)).toBeNull();
  await documents.remove({ pk: "my%20app/content/p%2F1", sk: "0001" });
  expect(await readContent(documents, reference, 0)).toBeNull();
});

test("removing leaves nothing", async () => {
  const documents = createMemoryDocuments();
  const reference = await writeContent(documents, { ...place, bytes: contentOf(700_000) });
  await removeContent(documents, reference);
  expect(documents.dump()).toEqual([]);
});
