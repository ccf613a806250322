// Requests that carry an idempotency key: whose they are to answer, and what was answered.
import { parseAnswer, parseIdempotentRequest, recordNameOf, refuse, verdictOn } from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import type { ApiStore } from "@hookclock/store-dynamodb";
import type { IdempotencyRecords } from "./api-state-types.ts";

export type IdempotencyContext = {
  store: ApiStore["requests"];
  clock: Clock;
  randomBytes: (size: number) => Uint8Array;
  ready: () => Promise<void>;
};

const OWNER_BYTES = 12;
const TOKEN = /^([0-9a-f]{64})\.([A-Za-z0-9_-]{16})$/;

export function makeIdempotencyRecords(context: IdempotencyContext): IdempotencyRecords {
  const { store, clock, randomBytes, ready } = context;
  return {
    async begin(input) {
      const request = parseIdempotentRequest(input);
      await ready();
      const name = recordNameOf(request);
      const owner = Buffer.from(randomBytes(OWNER_BYTES)).toString("base64url");
      const { fingerprint } = request;
      const result = await store.claim(name, { owner, fingerprint, now: clock.now() });
      return result === "claimed" ? { state: "new", token: `${name}.${owner}` } : verdictOn(result, request);
    },

    async finish(token, answer) {
      const { name, owner } = parseToken(token);
      const checked = parseAnswer(answer);
      await ready();
      return store.finish(name, owner, checked);
    },

    async abandon(token) {
      const { name, owner } = parseToken(token);
      await ready();
      await store.abandon(name, owner);
    },
  };
}

function parseToken(token: unknown): { name: string; owner: string } {
  const [, name, owner] = (typeof token === "string" ? TOKEN.exec(token) : null) ?? [];
  if (name === undefined || owner === undefined) refuse("token", token, "the token of `begin`, unchanged");
  return { name, owner };
}
