import { isHookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { translated } from "./errors.ts";

const where = { operation: "UpdateItem", table: "tasks" };
const sdkError = (name: string, status?: number, message = "said so") =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

test.each([
  ["ThrottlingException", 400, "throttled"],
  ["ProvisionedThroughputExceededException", 400, "throttled"],
  ["AccessDeniedException", 400, "not-authorized"],
  ["CredentialsProviderError", undefined, "not-authorized"],
  ["ResourceNotFoundException", 400, "table-missing"],
  ["InternalServerError", 500, "store-unavailable"],
  ["SomethingNew", 503, "store-unavailable"],
  ["TimeoutError", undefined, "store-unavailable"],
  ["ValidationException", 400, "store-refused"],
  ["ValidationError", undefined, "store-refused"],
  ["SomethingNewException", 400, "store-refused"],
])("%s with status %s is %s, names operation and table, keeps the cause", (name, status, code) => {
  const cause = sdkError(name, status);
  const error = translated(cause, where);
  expect(isHookclockError(error, code as never)).toBe(true);
  expect(error.message).toContain('UpdateItem on table "tasks"');
  expect(error.cause).toBe(cause);
});

test("an item that is too large is told apart from other refusals", () => {
  const error = translated(
    sdkError("ValidationException", 400, "Item size has exceeded the maximum allowed size"),
    where,
  );
  expect(error).toMatchObject({ code: "row-too-large" });
});

test.each(["ConditionalCheckFailedException", "UnknownOperationException"])(
  "%s is an answer and stays what it is",
  (name) => {
    const answer = sdkError(name, 400);
    expect(translated(answer, where)).toBe(answer);
  },
);

test("a mistake of our own is not blamed on the database", () => {
  const mistake = new TypeError("undefined is not a function");
  expect(translated(mistake, where)).toBe(mistake);
});
