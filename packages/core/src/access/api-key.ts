// A key of the HTTP API: what callers hand in, what is kept of it, what is shown.
import * as z from "zod";
import { check, refuse } from "../input/check.ts";
import { instantField, isoOf, nameField, namespaceField } from "../input/fields.ts";
import { LIMITS } from "../limits.ts";
import { ALL_NAMESPACES, PERMISSIONS, type Permission } from "./scope.ts";

/** What anybody may see of a key: never the token, never its hash. */
export type ApiKey = {
  id: string;
  name: string;
  /** Exact names, or `["*"]`: all. */
  namespaces: string[];
  permission: Permission;
  createdDate: string;
  expiresDate: string | null;
  revokedDate: string | null;
};

export type NewApiKey = {
  /** For people: who or what uses it. */
  name: string;
  /** Exact names, or `["*"]`: every namespace and the system as a whole. */
  namespaces: readonly string[];
  permission: Permission;
  /** After this the key is worth nothing. Default: never. */
  expiresDate?: string | Date | null | undefined;
};

const instant = z.number().int().min(0).max(LIMITS.latestMs);

/** A key as it is kept. Instants are epoch ms; `ttl` in epoch seconds is when it goes altogether. */
export const apiKeyRowSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  namespaces: z.array(z.string()).min(1),
  permission: z.enum(PERMISSIONS),
  createdAt: instant,
  expiresAt: instant.optional(),
  revokedAt: instant.optional(),
  ttl: z.number().int().optional(),
});
export type ApiKeyRow = z.output<typeof apiKeyRowSchema>;

const newKeySchema = z.strictObject({
  name: nameField(LIMITS.keyNameBytesMax),
  namespaces: z.array(namespaceField).min(1).max(LIMITS.keyNamespacesMax),
  permission: z.enum(PERMISSIONS),
  expiresDate: instantField.nullish(),
});

export type CheckedNewKey = {
  name: string;
  namespaces: string[];
  permission: Permission;
  expiresAt: number | undefined;
};

/** A caller's wish for a key, checked; `now` in epoch ms. Throws `invalid-input` or `unknown-option`, naming the field. */
export function parseNewKey(input: unknown, now: number): CheckedNewKey {
  const { name, namespaces, permission, expiresDate } = check(newKeySchema, input, "keys.create");
  if (namespaces.includes(ALL_NAMESPACES) && namespaces.length > 1) {
    refuse("namespaces", namespaces, `["${ALL_NAMESPACES}"] alone, or names without "${ALL_NAMESPACES}"`);
  }
  const expiresAt = expiresDate ?? undefined;
  if (expiresAt !== undefined && expiresAt <= now) {
    refuse("expiresDate", isoOf(expiresAt), `an instant after now (${isoOf(now)})`);
  }
  return { name, namespaces: [...new Set(namespaces)], permission, expiresAt };
}

/** Whether a key still opens anything; `now` in epoch ms. */
export const isUsable = ({ expiresAt, revokedAt }: ApiKeyRow, now: number): boolean =>
  revokedAt === undefined && (expiresAt === undefined || now < expiresAt);

/** When a key that ended at `endedAt` (epoch ms) goes from the list, as epoch seconds. */
export const keyTtl = (endedAt: number): number => Math.ceil((endedAt + LIMITS.endedKeyListedMs) / 1_000);

export const toApiKey = ({ id, name, namespaces, permission, ...row }: ApiKeyRow): ApiKey => ({
  id,
  name,
  namespaces: [...namespaces],
  permission,
  createdDate: isoOf(row.createdAt),
  expiresDate: row.expiresAt === undefined ? null : isoOf(row.expiresAt),
  revokedDate: row.revokedAt === undefined ? null : isoOf(row.revokedAt),
});
