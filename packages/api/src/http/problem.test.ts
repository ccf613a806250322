import { HookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { PROBLEM_CODES, problemHeaders, problemOf, statusOf } from "./problem.ts";

test("a problem names code, field and what is allowed", () => {
  const error = new HookclockError("invalid-input", "limit of query is 0; allowed: at least 1", {
    field: "limit",
    allowed: "at least 1",
  });
  expect(problemOf(error, "r1")).toEqual({
    type: "urn:hookclock:problem:invalid-input",
    title: "Invalid input",
    status: 400,
    detail: "limit of query is 0; allowed: at least 1",
    code: "invalid-input",
    field: "limit",
    allowed: "at least 1",
    requestId: "r1",
  });
});

test.each([
  ["an error of somebody else", new TypeError("secret-table at 10.0.0.1")],
  ["no error at all", "secret-table"],
  ["a fault of our own", new HookclockError("row-unreadable", "secret-table", { field: "secret-table" })],
  ["what the database refused", new HookclockError("store-refused", "secret-table")],
])("%s is told without details", (_what, error) => {
  const problem = problemOf(error, "r1");
  expect(problem).toMatchObject({ status: 500, code: "internal" });
  expect(JSON.stringify(problem)).not.toContain("secret-table");
});

test.each(["throttled", "store-unavailable", "table-missing", "table-mismatch"] as const)(
  "%s says when to ask again, and nothing of the database",
  (code) => {
    const problem = problemOf(new HookclockError(code, "secret-table", { field: "secret-table" }), "r1");
    expect(JSON.stringify(problem)).not.toContain("secret-table");
    expect(problemHeaders(problem)).toMatchObject({ "retry-after": "1" });
  },
);

test("headers go with the status", () => {
  const unauthenticated = problemOf(new HookclockError("unauthenticated", "no key"), "r1");
  expect(problemHeaders(unauthenticated)["www-authenticate"]).toMatch(/^Bearer/);
  const wrongMethod = problemOf(
    new HookclockError("method-not-allowed", "no", { allowed: ["GET", "HEAD"] }),
    "r1",
  );
  expect(problemHeaders(wrongMethod)).toMatchObject({ allow: "GET, HEAD" });
});

test("every code has its status", () => {
  const statuses = Object.fromEntries(PROBLEM_CODES.map((code) => [code, statusOf(code)]));
  expect(statuses).toMatchInlineSnapshot(`
    {
      "body-too-large": 413,
      "edit-conflict": 409,
      "egress-refused": 400,
      "forbidden": 403,
      "id-conflict": 409,
      "idempotency-in-progress": 409,
      "idempotency-mismatch": 422,
      "internal": 500,
      "invalid-cursor": 400,
      "invalid-input": 400,
      "malformed-json": 400,
      "method-not-allowed": 405,
      "not-found": 404,
      "row-too-large": 413,
      "store-unavailable": 503,
      "table-mismatch": 503,
      "table-missing": 503,
      "throttled": 429,
      "unauthenticated": 401,
      "unknown-kind": 400,
      "unknown-option": 400,
      "unsupported-media-type": 415,
      "wrong-status": 409,
    }
  `);
});
