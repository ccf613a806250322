// Rows of the API's table, to and from what they mean.
//
//   pk              sk       attributes
//   keys            key id   hash, name, namespaces (JSON list), permission, createdAt, expiresAt?, revokedAt?, ttl?
//   request#<hash>  request  owner, fingerprint, startedAt, ttl; once answered: status, headers (JSON), body or packed
//                            (gzip, base64), leftOut?
//   secrets         name     value
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import {
  type ApiKeyRow,
  apiKeyRowSchema,
  type IdempotencyRow,
  idempotencyRowSchema,
  LIMITS,
  type NewAnswer,
  noteForLeftOut,
} from "@hookclock/core";
import { type Item, itemBytes } from "./attributes.ts";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Shorter bodies gain nothing worth the work. */
const PACKED_FROM_BYTES = 2_048;

export const KEYS_PARTITION = "keys";
export const SECRETS_PARTITION = "secrets";
export const apiKeyKey = (id: string): Item => ({ pk: KEYS_PARTITION, sk: id });
/** Hashes spread requests over as many partitions as there are requests. */
export const requestKey = (name: string): Item => ({ pk: `request#${name}`, sk: "request" });
export const secretKey = (name: string): Item => ({ pk: SECRETS_PARTITION, sk: name });

export function encodeApiKey({ id, namespaces, ...row }: ApiKeyRow): Item {
  const item: Item = { ...apiKeyKey(id), namespaces: JSON.stringify(namespaces) };
  for (const [name, value] of Object.entries(row)) if (value !== undefined) item[name] = value;
  return item;
}

/** Null when the attributes make no key: then nothing opens by it. */
export function decodeApiKey(item: Item): ApiKeyRow | null {
  const { pk: _, sk, namespaces, ...rest } = item;
  const parsed = apiKeyRowSchema.safeParse({ ...rest, id: sk, namespaces: fromJson(namespaces) });
  return parsed.success ? parsed.data : null;
}

/** Attributes of an answer: packed if that is smaller, a note in its place if it still is too large. */
export async function encodeAnswer(answer: NewAnswer): Promise<Item> {
  const packed = await withBody(answer);
  if (packed !== null && itemBytes(packed) <= LIMITS.storedAnswerBytesMax) return packed;
  const note = noteForLeftOut(answer);
  return { ...headOf(note), body: note.body, leftOut: true };
}

const headOf = ({ status, headers }: NewAnswer): Item => ({ status, headers: JSON.stringify(headers) });

async function withBody(answer: NewAnswer): Promise<Item | null> {
  const { body } = answer;
  const item = headOf(answer);
  const bytes = Buffer.byteLength(body);
  if (bytes > LIMITS.packedBodyBytesMax) return null;
  if (bytes > PACKED_FROM_BYTES) {
    const packed = (await pack(body)).toString("base64");
    if (packed.length < bytes) return { ...item, packed };
  }
  // Not every database takes an empty text: none stands for it.
  return body === "" ? item : { ...item, body };
}

/** Null when the attributes make no record. */
export async function decodeRequest(item: Item): Promise<IdempotencyRow | null> {
  const { owner, fingerprint, startedAt, ttl, status } = item;
  try {
    const answer = status === undefined ? {} : { answer: await answerOf(item) };
    const parsed = idempotencyRowSchema.safeParse({ owner, fingerprint, startedAt, ttl, ...answer });
    return parsed.success ? parsed.data : null;
  } catch {
    // What was packed cannot be unpacked: no answer of ours.
    return null;
  }
}

async function answerOf({ status, headers, body, packed, leftOut }: Item): Promise<Record<string, unknown>> {
  const answer: Record<string, unknown> = { status, headers: fromJson(headers), body: body ?? "" };
  if (typeof packed === "string") {
    const bytes = await unpack(Buffer.from(packed, "base64"), { maxOutputLength: LIMITS.packedBodyBytesMax });
    answer["body"] = bytes.toString("utf8");
  }
  if (leftOut === true) answer["bodyLeftOut"] = true;
  return answer;
}

function fromJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
