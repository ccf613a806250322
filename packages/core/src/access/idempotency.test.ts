import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type IdempotencyRow,
  noteForLeftOut,
  parseAnswer,
  parseIdempotentRequest,
  recordNameOf,
  verdictOn,
} from "./idempotency.ts";
import { makeToken, TOKEN_BYTES } from "./token.ts";

const row: IdempotencyRow = { owner: "o", fingerprint: "f", startedAt: 0, ttl: 1 };
const answer = { status: 200, headers: { a: "b" }, body: "x" };

test("no two pairs of scope and key share a record", () => {
  const part = fc.string({ minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(part, part, part, part, (scope, key, otherScope, otherKey) => {
      const isSame = scope === otherScope && key === otherKey;
      const names = [recordNameOf({ scope, key }), recordNameOf({ scope: otherScope, key: otherKey })];
      expect(names[0] === names[1]).toBe(isSame);
      expect(names[0]).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
  expect(recordNameOf({ scope: "1:a", key: "b" })).not.toBe(recordNameOf({ scope: "1", key: ":ab" }));
});

test("other content is a mismatch before all else; then it counts whether there is an answer", () => {
  expect(verdictOn(row, { fingerprint: "f" })).toEqual({ state: "in-progress" });
  expect(verdictOn(row, { fingerprint: "g" })).toEqual({ state: "mismatch" });
  expect(verdictOn({ ...row, answer }, { fingerprint: "g" })).toEqual({ state: "mismatch" });
  expect(verdictOn({ ...row, answer }, { fingerprint: "f" })).toStrictEqual({ state: "done", answer });
});

test("a note says what is missing, keeps the status and where the thing is, and no more", () => {
  const headers = { Location: "/v1/x", etag: "1", "content-length": "9" };
  const note = noteForLeftOut({ status: 201, headers, body: "é".repeat(10) });
  expect(note).toMatchObject({ status: 201, bodyLeftOut: true });
  expect(note.headers).toStrictEqual({ "content-type": "application/json", Location: "/v1/x" });
  expect(JSON.parse(note.body)).toMatchObject({
    bodyLeftOut: true,
    detail: expect.stringMatching(/20 bytes/),
  });
  expect(noteForLeftOut({ ...answer, headers: { location: "x".repeat(9_000) } }).headers).toStrictEqual({
    "content-type": "application/json",
  });
});

test("tokens in body and headers are not kept", () => {
  const { token, id } = makeToken(new Uint8Array(TOKEN_BYTES).fill(7));
  const checked = parseAnswer({ status: 201, headers: { "x-token": token }, body: `{"token":"${token}"}` });
  expect(checked.headers).toEqual({ "x-token": `hc_${id}_(shown once)` });
  expect(checked.body).toBe(`{"token":"hc_${id}_(shown once)"}`);
});

test.each<[unknown, string]>([
  [{ ...answer, status: 99 }, "status"],
  [{ ...answer, status: 200.5 }, "status"],
  [{ ...answer, headers: { a: 1 } }, "headers.a"],
  [{ ...answer, body: null }, "body"],
  [{ ...answer, body: undefined }, "body"],
  [null, "idempotency.finish"],
])("%j is no answer to keep", (input, field) => {
  expect(() => parseAnswer(input)).toThrow(expect.objectContaining({ code: "invalid-input", field }));
});

test.each<[unknown, string]>([
  [{ scope: "", key: "k", fingerprint: "f" }, "scope"],
  [{ scope: "s", key: "x".repeat(1_025), fingerprint: "f" }, "key"],
  [{ scope: "s", key: "k" }, "fingerprint"],
])("%j is no request to keep", (input, field) => {
  expect(() => parseIdempotentRequest(input)).toThrow(
    expect.objectContaining({ code: "invalid-input", field }),
  );
});

test("the key of a refused request is not in the message", () => {
  const key = "private-".repeat(200);
  const refused = () => parseIdempotentRequest({ scope: "s", key, fingerprint: "f" });
  expect(refused).toThrow(/\[not shown\]/);
  expect(refused).not.toThrow(/private/);
});
