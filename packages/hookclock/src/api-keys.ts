// Keys of the HTTP API: made, listed, revoked, and asked for with every request.
import {
  type ApiKeyRow,
  HookclockError,
  hashToken,
  isKeyId,
  isTokenOf,
  isUsable,
  keyIdOf,
  keyTtl,
  LIMITS,
  makeToken,
  parseNewKey,
  refuse,
  TOKEN_BYTES,
  toApiKey,
} from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import type { ApiStore } from "@hookclock/store-dynamodb";
import { KeyCache } from "./api-keys-cache.ts";
import type { ApiKeys } from "./api-state-types.ts";

export type KeysContext = {
  store: ApiStore["keys"];
  clock: Clock;
  randomBytes: (size: number) => Uint8Array;
  ready: () => Promise<void>;
};

/** Ids are 64 random bits: twice the same is a broken source of chance rather than bad luck. */
const TRIES = 3;

export function makeApiKeys({ store, clock, randomBytes, ready }: KeysContext): ApiKeys {
  const cache = new KeyCache(
    (id) => store.read(id),
    () => clock.monotonic(),
  );

  return {
    async create(input) {
      // Judged before anything is asked of the table, by a clock that may not know the database's time yet.
      parseNewKey(input, clock.now());
      await ready();
      const { expiresAt, ...wanted } = parseNewKey(input, clock.now());
      for (let tries = 0; tries < TRIES; tries += 1) {
        const { id, token } = makeToken(randomBytes(TOKEN_BYTES));
        const row: ApiKeyRow = { id, hash: hashToken(token), ...wanted, createdAt: clock.now() };
        if (expiresAt !== undefined) Object.assign(row, { expiresAt, ttl: keyTtl(expiresAt) });
        const result = await store.insert(row);
        cache.forget(id);
        if (result === "inserted") return { key: toApiKey(row), token };
        if (result === "full") throw tooMany();
      }
      throw new HookclockError("store-refused", "the ids made for a new key were all taken");
    },

    async list() {
      await ready();
      const rows = await store.list(clock.now());
      return rows.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)).map(toApiKey);
    },

    async revoke(id) {
      if (typeof id !== "string") refuse("id", id, "the id of a key");
      // Nothing can have an id of another form.
      if (!isKeyId(id)) return null;
      await ready();
      const revokedAt = clock.now();
      const row = await store
        .revoke(id, { revokedAt, ttl: keyTtl(revokedAt) })
        .finally(() => cache.forget(id));
      return row === null ? null : toApiKey(row);
    },

    async verify(token) {
      const id = keyIdOf(token);
      if (id === null) return null;
      await ready();
      const row = await cache.get(id);
      const isTheirs = isTokenOf(token, row?.hash ?? null);
      return row !== null && isTheirs && isUsable(row, clock.now()) ? toApiKey(row) : null;
    },
  };
}

const tooMany = (): HookclockError =>
  new HookclockError(
    "invalid-input",
    `there are ${LIMITS.keysMax} keys; allowed: no more than that, revoked ones of the last 30 days included`,
    { allowed: `at most ${LIMITS.keysMax} keys` },
  );
