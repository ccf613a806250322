import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiKey, ApiKeys, NewApiKey } from "hookclock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apiKeyFile, localKey } from "./key-file.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hookclock-key-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A database of keys, as far as this file is concerned. */
function someKeys() {
  const tokens = new Map<string, ApiKey>();
  const usable = (key: ApiKey | undefined) => (key?.revokedDate === null ? key : null);
  return {
    known: () => [...tokens.values()],
    async create({ name, namespaces, permission }: NewApiKey) {
      const id = randomBytes(8).toString("hex");
      const token = `hc_${id}_${randomBytes(32).toString("base64url")}`;
      const dates = { createdDate: "2030-01-31T12:00:00.000Z", expiresDate: null, revokedDate: null };
      const key: ApiKey = { id, name, namespaces: [...namespaces], permission, ...dates };
      tokens.set(token, key);
      return { key, token };
    },
    list: async () => [...tokens.values()],
    async revoke(id: string) {
      const key = [...tokens.values()].find((one) => one.id === id) ?? null;
      if (key !== null) key.revokedDate = "2030-01-31T12:00:01.000Z";
      return key;
    },
    verify: async (token: string) => usable(tokens.get(token)),
  } satisfies ApiKeys & { known(): ApiKey[] };
}

const keyOnDisk = (): string => readFileSync(apiKeyFile(dir), "utf8").trim();
const fileMode = (): number => statSync(apiKeyFile(dir)).mode & 0o777;

test("the first start makes a key for everything, in a file that only its owner can read", async () => {
  const keys = someKeys();
  const { token, isNew } = await localKey(keys, dir, false);
  expect(isNew).toBe(true);
  expect(keys.known()).toMatchObject([{ name: "local", namespaces: ["*"], permission: "admin" }]);
  expect(readFileSync(apiKeyFile(dir), "utf8")).toBe(`${token}\n`);
  expect(fileMode()).toBe(0o600);
  expect(readdirSync(dir)).toEqual(["api-key"]);
});

test("later starts find it again, and close a file that was opened to others", async () => {
  const keys = someKeys();
  const { token } = await localKey(keys, dir, false);
  chmodSync(apiKeyFile(dir), 0o644);
  expect(await localKey(keys, dir, false)).toMatchObject({ token, isNew: false });
  expect(keys.known()).toHaveLength(1);
  expect(fileMode()).toBe(0o600);
});

test.each([
  ["revoked", async (keys: ApiKeys) => void (await keys.revoke((await keys.list())[0]?.id ?? ""))],
  ["removed from the folder", async () => rmSync(apiKeyFile(dir))],
  ["overwritten with something else", async () => writeFileSync(apiKeyFile(dir), "two words\n")],
])("a key that was %s is made again, and the earlier one is worth nothing", async (_how, lose) => {
  const keys = someKeys();
  const first = await localKey(keys, dir, false);
  await lose(keys);
  const second = await localKey(keys, dir, false);
  expect(second).toMatchObject({ isNew: true });
  expect(keyOnDisk()).toBe(second.token);
  expect(await keys.verify(first.token)).toBeNull();
  expect(await keys.verify(second.token)).not.toBeNull();
});

test("keys that others made stay when it is made again", async () => {
  const keys = someKeys();
  await keys.create({ name: "mine", namespaces: ["*"], permission: "admin" });
  await localKey(keys, dir, false);
  expect(keys.known().map(({ name, revokedDate }) => [name, revokedDate])).toEqual([
    ["mine", null],
    ["local", null],
  ]);
});

test("a new database in an old folder gets a new key", async () => {
  const old = await localKey(someKeys(), dir, false);
  const fresh = await localKey(someKeys(), dir, false);
  expect(fresh.isNew).toBe(true);
  expect(fresh.token).not.toBe(old.token);
});

test("what keeps nothing leaves nothing", async () => {
  const { token, isNew, release } = await localKey(someKeys(), dir, true);
  expect(isNew).toBe(true);
  expect(keyOnDisk()).toBe(token);
  expect(fileMode()).toBe(0o600);
  release();
  release();
  expect(readdirSync(dir)).toEqual([]);
});

test("what keeps nothing gives the kept database its key back", async () => {
  const kept = someKeys();
  const { token } = await localKey(kept, dir, false);
  const passing = await localKey(someKeys(), dir, true);
  expect(keyOnDisk()).toBe(passing.token);
  passing.release();
  expect(keyOnDisk()).toBe(token);
  expect(await localKey(kept, dir, false)).toMatchObject({ token, isNew: false });
});

test("a kept key survives instances that were killed before they could put it back", async () => {
  const kept = someKeys();
  await kept.create({ name: "another", namespaces: ["a"], permission: "admin" });
  const { token } = await localKey(kept, dir, false);
  await localKey(someKeys(), dir, true);
  await localKey(someKeys(), dir, true);
  expect(keyOnDisk()).not.toBe(token);
  expect(await localKey(kept, dir, false)).toMatchObject({ token, isNew: false });
  expect(keyOnDisk()).toBe(token);
  expect(readdirSync(dir)).toEqual(["api-key"]);
});

test("a link in its place is replaced, not written through", async () => {
  const elsewhere = join(dir, "elsewhere");
  writeFileSync(elsewhere, "precious");
  symlinkSync(elsewhere, apiKeyFile(dir));
  await localKey(someKeys(), dir, false);
  expect(readFileSync(elsewhere, "utf8")).toBe("precious");
});

test("a folder that cannot be written is named, without the key", async () => {
  mkdirSync(join(dir, "api-key"));
  writeFileSync(join(dir, "api-key", "in the way"), "");
  const keys = someKeys();
  const failure = await localKey(keys, dir, false).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "data-unusable", message: expect.stringContaining("api-key") });
  expect(String(failure)).not.toMatch(/hc_/);
  expect(readdirSync(dir)).toEqual(["api-key"]);
});
