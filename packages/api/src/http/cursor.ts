// Cursors: where a list goes on, signed, and good for the very query they came from.
import { createHmac, timingSafeEqual } from "node:crypto";
import { HookclockError } from "@hookclock/core";

/** What a cursor belongs to: a route and everything that was asked of it, except how many items at once. */
export type CursorQuery = { route: string; namespace: string; parameters: Record<string, unknown> };

const VERSION = "1";
const MAC_BYTES = 32;
const CURSOR = /^[A-Za-z0-9_-]{43,4096}$/;

/** A position as an opaque text: HMAC-SHA256 of position and query, then the position, as base64url. */
export function encodeCursor(secret: Uint8Array, query: CursorQuery, position: object): string {
  const payload = Buffer.from(JSON.stringify(position));
  return Buffer.concat([macOf(secret, query, payload), payload]).toString("base64url");
}

/** The position in a cursor. Throws `invalid-cursor` unless it was made with this secret for this very query. */
export function decodeCursor(secret: Uint8Array, query: CursorQuery, cursor: string): unknown {
  if (!CURSOR.test(cursor)) throw invalidCursor();
  const bytes = Buffer.from(cursor, "base64url");
  // Other texts with the same bytes (spare bits of the last character) are not the cursor that was given out.
  if (bytes.toString("base64url") !== cursor) throw invalidCursor();
  const payload = bytes.subarray(MAC_BYTES);
  if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(secret, query, payload))) throw invalidCursor();
  return JSON.parse(payload.toString()) as unknown;
}

function macOf(secret: Uint8Array, { route, namespace, parameters }: CursorQuery, payload: Buffer): Buffer {
  const sorted = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // JSON keeps the parts apart: no value can pass for another part's.
  const binding = JSON.stringify([VERSION, route, namespace, sorted]);
  return createHmac("sha256", secret)
    .update(`${Buffer.byteLength(binding)}:${binding}`)
    .update(payload)
    .digest();
}

/** `field`: where the cursor stands; `source`: where a good one comes from. */
export function invalidCursor(field = "cursor", source = "nextCursor"): HookclockError {
  const allowed = `${source} of the same query, unchanged`;
  return new HookclockError("invalid-cursor", `${field} does not belong to this query; allowed: ${allowed}`, {
    ...{ field, allowed },
  });
}
