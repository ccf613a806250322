import fc from "fast-check";
import { expect, test } from "vitest";
import { EventParser } from "./sse.ts";

const parse = (...pieces: string[]) => {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

test("the fields of the standard", () => {
  expect(parse("\uFEFFevent: log\nid: 1\ndata: a\ndata:  b\ndata\n\n: comment\n\ndata:x\n\n")).toEqual([
    { type: "log", id: "1", data: "a\n b\n" },
    { type: "message", id: "1", data: "x" },
  ]);
});

test("an event is complete at its empty line only, and an id without data counts for the next", () => {
  expect(parse("data: a\n")).toEqual([]);
  expect(parse("id: 7\n\nevent: e\ndata: a\r\rid: bad\0id\ndata: b\n\n")).toEqual([
    { type: "e", id: "7", data: "a" },
    { type: "message", id: "7", data: "b" },
  ]);
});

test("the stream may say how long to wait, in digits", () => {
  const parser = new EventParser();
  parser.push("retry: 1500\n\nretry: soon\n\n");
  expect(parser.retryMs).toBe(1_500);
});

test("wherever the bytes are cut, the events are the same", () => {
  const field = fc.constantFrom(
    "data: x",
    "data",
    "id: 4",
    "event: log",
    ": alive",
    "retry: 5",
    "what: else",
    "",
  );
  const end = fc.constantFrom("\n", "\r", "\r\n");
  const text = fc.array(fc.tuple(field, end)).map((lines) => lines.map((line) => line.join("")).join(""));
  fc.assert(
    fc.property(text, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (whole, sizes) => {
      const pieces: string[] = [];
      for (let at = 0; at < whole.length; ) {
        const size = sizes.next().value ?? 1;
        pieces.push(whole.slice(at, at + size));
        at += size;
      }
      expect(parse(...pieces)).toEqual(parse(whole));
    }),
  );
});

test("an endless event is refused", () => {
  const parser = new EventParser();
  const chunk = "x".repeat(1_048_576);
  expect(() => {
    for (let n = 0; n < 9; n += 1) parser.push(n === 0 ? `data: ${chunk}` : chunk);
  }).toThrow(expect.objectContaining({ code: "api-unreachable" }));
});
