import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { type ApiKeyRow, apiKeyRowSchema, isUsable, keyTtl, parseNewKey, toApiKey } from "./api-key.ts";

const NOW = Date.UTC(2030, 0, 1);
const row: ApiKeyRow = {
  id: "0".repeat(16),
  hash: "f".repeat(64),
  name: "ci",
  namespaces: ["app"],
  permission: "write",
  createdAt: NOW,
};

test("a wish is taken as it is, its namespaces once each, in their order", () => {
  const wish = { name: "ci", namespaces: ["b", "a", "b"], permission: "read" };
  expect(parseNewKey(wish, NOW)).toEqual({
    ...wish,
    namespaces: ["b", "a"],
    expiresAt: undefined,
  });
  expect(parseNewKey({ ...wish, expiresDate: null }, NOW).expiresAt).toBeUndefined();
  expect(parseNewKey({ ...wish, expiresDate: "2030-01-01T01:00:00.001+01:00" }, NOW).expiresAt).toBe(NOW + 1);
  expect(parseNewKey({ ...wish, namespaces: ["*"] }, NOW).namespaces).toEqual(["*"]);
  const most = Array.from({ length: LIMITS.keyNamespacesMax }, (_, n) => `n${n}`);
  expect(parseNewKey({ ...wish, namespaces: most }, NOW).namespaces).toEqual(most);
});

test("usable until revoked or until the instant it expires", () => {
  expect(isUsable(row, NOW)).toBe(true);
  expect(isUsable({ ...row, expiresAt: NOW + 1 }, NOW)).toBe(true);
  expect(isUsable({ ...row, expiresAt: NOW }, NOW)).toBe(false);
  expect(isUsable({ ...row, revokedAt: NOW + 1 }, NOW)).toBe(false);
  expect(isUsable({ ...row, revokedAt: 0, expiresAt: NOW + 1 }, NOW)).toBe(false);
});

test("what is shown holds neither the hash nor anything else that was kept beside", () => {
  const shown = toApiKey({ ...row, expiresAt: NOW + 1, revokedAt: NOW, ttl: 7 });
  expect(shown).toStrictEqual({
    id: row.id,
    name: "ci",
    namespaces: ["app"],
    permission: "write",
    createdDate: "2030-01-01T00:00:00.000Z",
    expiresDate: "2030-01-01T00:00:00.001Z",
    revokedDate: "2030-01-01T00:00:00.000Z",
  });
  shown.namespaces.push("*");
  expect(row.namespaces).toEqual(["app"]);
});

test("the time to live is in whole seconds and never before 30 days are over", () => {
  expect(keyTtl(NOW)).toBe((NOW + 30 * 86_400_000) / 1_000);
  expect(keyTtl(NOW + 1)).toBe(keyTtl(NOW) + 1);
});

test.each([
  ["no hash", { hash: undefined }],
  ["a short hash", { hash: "ff" }],
  ["another permission", { permission: "root" }],
  ["no namespaces", { namespaces: [] }],
  ["namespaces as text", { namespaces: "app" }],
  ["an id of another form", { id: "x" }],
  ["an instant as text", { createdAt: "now" }],
  ["an instant that is none", { revokedAt: Number.NaN }],
])("a row with %s is no key", (_what, change) => {
  expect(apiKeyRowSchema.safeParse(row).success).toBe(true);
  expect(apiKeyRowSchema.safeParse({ ...row, ...change }).success).toBe(false);
});
