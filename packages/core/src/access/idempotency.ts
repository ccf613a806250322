// Requests that were asked before: what is kept of them, and what it means for the one that asks again.
import { createHash } from "node:crypto";
import * as z from "zod";
import { check } from "../input/check.ts";
import { LIMITS } from "../limits.ts";
import { withoutTokens } from "./token.ts";

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

/** An answer to keep: what was sent. */
export type NewAnswer = Omit<StoredAnswer, "bodyLeftOut">;

/** An answer to keep, checked; tokens of keys in it are made useless, since only their hashes may be kept. */
export function parseAnswer(input: unknown): NewAnswer {
  const { status, headers, body } = check(answerSchema, input, "idempotency.finish");
  const entries = Object.entries(headers).map(([name, value]) => [name, withoutTokens(value)]);
  return { status, headers: Object.fromEntries(entries), body: withoutTokens(body) };
}

/** What is kept in the place of an answer that is too large: the status, where the thing is, and a word about the rest. */
export function noteForLeftOut({ status, headers, body }: NewAnswer): StoredAnswer {
  const note = {
    bodyLeftOut: true,
    detail: `This request was carried out and answered before, with status ${status}. The body of that answer, ${Buffer.byteLength(body)} bytes, was too large to be kept.`,
  };
  const location = Object.entries(headers).find(([name]) => name.toLowerCase() === "location");
  const kept = location !== undefined && location[1].length <= LIMITS.urlBytesMax ? [location] : [];
  return {
    status,
    headers: Object.fromEntries([["content-type", "application/json"], ...kept]),
    body: JSON.stringify(note),
    bodyLeftOut: true,
  };
}

export type IdempotencyVerdict =
  | { state: "in-progress" }
  | { state: "mismatch" }
  | { state: "done"; answer: StoredAnswer };

/** What a record that somebody else made means for the one who asks now. */
export function verdictOn(row: IdempotencyRow, { fingerprint }: { fingerprint: string }): IdempotencyVerdict {
  if (row.fingerprint !== fingerprint) return { state: "mismatch" };
  if (row.answer === undefined) return { state: "in-progress" };
  const { bodyLeftOut, ...answer } = row.answer;
  return { state: "done", answer: bodyLeftOut === true ? { ...answer, bodyLeftOut } : answer };
}

/** The name of a request's record: a hash, with lengths, so that no choice of scope and key makes two share one. */
export function recordNameOf({ scope, key }: Pick<IdempotentRequest, "scope" | "key">): string {
  const parts = `${Buffer.byteLength(scope)}:${scope}${Buffer.byteLength(key)}:${key}`;
  return createHash("sha256").update(parts, "utf8").digest("hex");
}
