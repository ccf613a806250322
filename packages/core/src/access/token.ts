// The text that a caller of the HTTP API shows: made, taken apart and compared. Only its hash is ever kept.
import { createHash, timingSafeEqual } from "node:crypto";
import { HookclockError } from "../errors.ts";

const ID_BYTES = 8;
const SECRET_BYTES = 32;
/** Random bytes that one token takes. */
export const TOKEN_BYTES = ID_BYTES + SECRET_BYTES;

const KEY_ID = /^[0-9a-f]{16}$/;
// Of fixed lengths, so that an underscore inside the secret is no third separator.
const TOKEN = /^hc_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

export type Token = { id: string; token: string };

/**
 * `hc_<key id, 16 hex digits>_<secret, 43 characters base64url>` from `TOKEN_BYTES` random bytes. The prefix lets
 * scanners for leaked secrets know it; the id is no secret and says which row to compare with.
 */
export function makeToken(randomBytes: Uint8Array): Token {
  if (randomBytes.length !== TOKEN_BYTES) {
    throw new HookclockError(
      "invalid-input",
      `a token takes ${TOKEN_BYTES} random bytes, not ${randomBytes.length}`,
    );
  }
  const bytes = Buffer.from(randomBytes);
  const id = bytes.subarray(0, ID_BYTES).toString("hex");
  return { id, token: `hc_${id}_${bytes.subarray(ID_BYTES).toString("base64url")}` };
}

/** The id in a token that has the right form; null for everything else. Says nothing about whether it is valid. */
export function keyIdOf(token: unknown): string | null {
  if (typeof token !== "string") return null;
  return TOKEN.exec(token)?.[1] ?? null;
}

export const isKeyId = (id: unknown): id is string => typeof id === "string" && KEY_ID.test(id);

const TOKENS_INSIDE = /hc_([0-9a-f]{16})_[A-Za-z0-9_-]{43}/g;

/** A text with every token in it replaced by what is no secret of it. */
export const withoutTokens = (text: string): string => text.replace(TOKENS_INSIDE, "hc_$1_(shown once)");

/** SHA-256 of the token as hex. Its 256 random bits cannot be guessed, so that no slow hash is needed. */
export const hashToken = (token: string): string => createHash("sha256").update(token, "utf8").digest("hex");

/** What an unknown id is compared with, so that it takes the same steps as a known one. No token has this hash. */
const NO_HASH = Buffer.alloc(32);

/** Whether a token is the one whose hash was kept, in constant time; without a hash the answer is no, no sooner. */
export function isTokenOf(token: string, hash: string | null): boolean {
  const given = createHash("sha256").update(token, "utf8").digest();
  const kept = hash === null ? NO_HASH : Buffer.from(hash, "hex");
  const isComparable = kept.length === given.length;
  const isSame = timingSafeEqual(given, isComparable ? kept : NO_HASH);
  return isSame && isComparable && hash !== null;
}
