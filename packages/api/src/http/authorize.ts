// Who is calling, and whether this is theirs to ask for. Both questions have one answer each for every reason to say no.
import { ALL_NAMESPACES, covers, HookclockError, PERMISSIONS, type Permission } from "@hookclock/core";
import type { ApiKey, ApiKeys } from "hookclock";
import type { Access } from "../route.ts";

const BEARER = /^bearer +([\x21-\x7e]{1,512}) *$/i;

/** The key of a request, or null: there is none, or it is malformed, unknown, revoked or expired. */
async function keyOf(keys: ApiKeys, headers: Headers): Promise<ApiKey | null> {
  const token = BEARER.exec(headers.get("authorization") ?? "")?.[1];
  return token === undefined ? null : keys.verify(token);
}

/** Whether a request that needs no key has one all the same that may read the namespace. */
export async function mayRead(keys: ApiKeys, headers: Headers, namespace: string): Promise<boolean> {
  const key = await keyOf(keys, headers);
  return key !== null && covers(key, [namespace]);
}

/** The key of a request. Whatever is wrong with it, the same `unauthenticated` is thrown. */
export async function authenticate(keys: ApiKeys, headers: Headers): Promise<ApiKey> {
  const key = await keyOf(keys, headers);
  if (key !== null) return key;
  throw new HookclockError(
    "unauthenticated",
    "the request needs a valid key; allowed: the header Authorization: Bearer <key>",
  );
}

/**
 * Throws `forbidden` unless the key covers what the route wants; the same whether or not what is asked for exists. Says
 * no more than the key's own reach and permission, which its holder may know.
 */
export function authorize(
  key: ApiKey,
  access: Exclude<Access, { scope: "public" }>,
  namespace: string,
): void {
  const { permission, scope } = access;
  if (scope === "namespace" && !covers(key, [namespace])) throw forbidden("does not reach this namespace");
  if (scope === "everything" && !covers(key, [ALL_NAMESPACES]))
    throw forbidden("does not reach the whole system, as only a key of all namespaces does");
  // Of a key's own affairs only the permission is judged here.
  demand(key, permission);
}

/** Throws `forbidden` when the key lacks a permission, wherever it reaches; so does no key at all. */
export function demand(key: ApiKey | null, permission: Permission): void {
  if (key !== null && PERMISSIONS.indexOf(key.permission) >= PERMISSIONS.indexOf(permission)) return;
  throw forbidden(`has permission ${key?.permission ?? "for nothing"}; this request needs ${permission}`);
}

/** `why`: what the key is or does. */
export const forbidden = (why: string): HookclockError =>
  new HookclockError("forbidden", `the key ${why}; GET /v1/me shows what it may do`);
