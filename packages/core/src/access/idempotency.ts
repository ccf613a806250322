// Requests that were asked before: what is kept of them, and what it means for the one that asks again.
import { createHash } from "node:crypto";
import * as z from "zod";
import { check } from "../input/check.ts";
import { LIMITS } from "../limits.ts";

/** An answer as it is given again. */
export type StoredAnswer = {
  status: number;
  headers: Record<string, string>;
  /** The body as it was sent; in its place a note, as JSON, when it was too large to be kept. */
  body: string;
  /** True: `body` is that note. The request itself was carried out, `status` tells how it went. */
  bodyLeftOut?: boolean;
};

export type IdempotentRequest = {
  /** Whose keys these are, such as namespace and API key: the same key elsewhere is another one. */
  scope: string;
  /** The caller's `Idempotency-Key`. */
  key: string;
  /** A hash of what was asked for: another one under the same key is a mismatch. */
  fingerprint: string;
};

/** What is kept of one request. `owner` is the one who answers it; there is an answer when it was finished. */
export const idempotencyRowSchema = z.object({
  owner: z.string().min(1),
  fingerprint: z.string(),
  /** Epoch ms at which the owner began. */
  startedAt: z.number(),
  ttl: z.number(),
  answer: z
    .object({
      status: z.number().int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      bodyLeftOut: z.boolean().optional(),
    })
    .optional(),
});
export type IdempotencyRow = z.output<typeof idempotencyRowSchema>;

const requestSchema = z.strictObject({
  scope: z.string().min(1).max(LIMITS.idempotencyPartLengthMax),
  key: z.string().min(1).max(LIMITS.idempotencyPartLengthMax),
  fingerprint: z.string().min(1).max(LIMITS.idempotencyPartLengthMax),
});

export const parseIdempotentRequest = (input: unknown): IdempotentRequest =>
  check(requestSchema, input, "idempotency.begin");

const answerSchema = z.strictObject({
  status: z.number().int().min(100).max(599),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

export const parseAnswer = (input: unknown): StoredAnswer => check(answerSchema, input, "idempotency.finish");

/** The name of a request's record: a hash, with lengths, so that no choice of scope and key makes two share one. */
export function recordNameOf({ scope, key }: Pick<IdempotentRequest, "scope" | "key">): string {
  const parts = `${Buffer.byteLength(scope)}:${scope}${Buffer.byteLength(key)}:${key}`;
  return createHash("sha256").update(parts, "utf8").digest("hex");
}
