import type { Document, DocumentKey } from "@hookclock/engine";
import { expect, test } from "vitest";
import { gatherReads } from "./gathered-reads.ts";

const key = (sk: string): DocumentKey => ({ pk: "p", sk });
const keysTo = (count: number, from = 0): DocumentKey[] =>
  Array.from({ length: count }, (_, n) => key(String(from + n)));

/** A store that answers when it is told to, each key with a document of its name but for "none". */
function heldStore() {
  const requests: { keys: readonly DocumentKey[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const getMany = (keys: readonly DocumentKey[]): Promise<(Document | null)[]> =>
    new Promise((resolve, reject) => {
      const found = keys.map((one) => (one.sk === "none" ? null : { ...one, rev: 1, data: {} }));
      requests.push({ keys, answer: () => resolve(found), fail: reject });
    });
  const settle = async () => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { requests, settle, read: gatherReads({ getMany }, () => 0) };
}
const namesOf = (found: readonly (Document | null)[]) => found.map((document) => document?.sk ?? null);

test("what is asked for while a request is under way goes out together, and each gets its own", async () => {
  const { requests, settle, read } = heldStore();
  const first = read([key("a")]);
  const others = [read([key("b"), key("none")]), read([]), read([key("b"), key("c")])];
  expect(requests.map(({ keys }) => keys.length)).toEqual([1]);
  requests[0]?.answer();
  expect(namesOf(await first)).toEqual(["a"]);
  await settle();
  expect(requests.map(({ keys }) => keys.length)).toEqual([1, 4]);
  requests[1]?.answer();
  expect((await Promise.all(others)).map(namesOf)).toEqual([["b", null], [], ["b", "c"]]);
  const later = read([key("d")]);
  expect(requests).toHaveLength(3);
  requests[2]?.answer();
  expect(namesOf(await later)).toEqual(["d"]);
});

test("a failure is told to all who asked, and to nobody who asks afterwards", async () => {
  const { requests, settle, read } = heldStore();
  const first = read([key("a")]);
  const waiting = [read([key("b")]), read([key("c")])];
  requests[0]?.answer();
  await first;
  await settle();
  requests[1]?.fail(new Error("the store is down"));
  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const after = read([key("d")]);
  requests[2]?.answer();
  expect(namesOf(await after)).toEqual(["d"]);
});

test("one request names a hundred rows at most, unless one who asks wants more", async () => {
  const { requests, settle, read } = heldStore();
  const all = [
    read([key("a")]),
    read(keysTo(60)),
    read(keysTo(40, 60)),
    read(keysTo(1, 200)),
    read(keysTo(150)),
  ];
  for (let at = 0; at < 4; at += 1) {
    requests[at]?.answer();
    await settle();
  }
  expect(requests.map(({ keys }) => keys.length)).toEqual([1, 100, 1, 150]);
  expect((await Promise.all(all)).map((found) => found.length)).toEqual([1, 60, 40, 1, 150]);
});
