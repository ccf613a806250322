import { expect, test } from "vitest";
import { classifyFailure, classifyStatus, FAILURE_WORDS, failureMessage } from "./classify.ts";
import { OUTCOMES } from "./outcome.ts";

test.each<[string, number[]]>([
  ["ok", [200, 201, 202, 204, 206, 226, 299]],
  [
    "permanent",
    [300, 301, 302, 304, 307, 308, 399, 400, 401, 403, 404, 405, 409, 411, 413, 418, 422, 426, 428, 451, 499],
  ],
  ["gone", [410]],
  ["retryable", [408, 425, 429, 500, 501, 502, 503, 504, 507, 511, 520, 599]],
])("%s: %j", (outcome, statuses) => {
  for (const status of statuses) expect([status, classifyStatus(status)]).toEqual([status, outcome]);
});

test.each([0, -1, 99, 100, 101, 103, 199, 600, 999, 1e9, Number.NaN, Number.POSITIVE_INFINITY])(
  "an answer with status %d is broken and may be whole next time",
  (status) => {
    expect(classifyStatus(status)).toBe("retryable");
  },
);

test("failures on the way are retried, refusals of our own are not, and our own stop is our fault", () => {
  const byClass = Object.groupBy(FAILURE_WORDS, (word) => classifyFailure(word));
  expect(byClass).toEqual({
    retryable: ["timeout", "refused", "unreachable", "dns", "tls", "reset", "closed", "protocol"],
    permanent: ["egress", "invalid-request"],
    fault: ["aborted"],
  });
  for (const outcome of Object.keys(byClass)) expect(OUTCOMES).toContain(outcome);
});

test("every failure has a sentence of its own that names the host", () => {
  const sentences = FAILURE_WORDS.map((word) => failureMessage(word, "api.example.com:8443"));
  expect(new Set(sentences).size).toBe(FAILURE_WORDS.length);
  for (const sentence of sentences) expect(sentence).toContain("api.example.com:8443");
});

test("credentials in front of a host and endless hosts stay out of the sentence", () => {
  expect(failureMessage("timeout", "user:secret@api.example.com")).toBe(
    "api.example.com did not answer in time",
  );
  expect(failureMessage("timeout", "x".repeat(100_000)).length).toBeLessThan(300);
});
