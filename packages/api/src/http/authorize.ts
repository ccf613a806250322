// Who is calling, and whether this is theirs to ask for. Both questions have one answer each for every reason to say no.
import { allows, HookclockError } from "@hookclock/core";
import type { ApiKey, ApiKeys } from "hookclock";
import type { Access } from "../route.ts";

const BEARER = /^bearer +([\x21-\x7e]{1,512}) *$/i;

/** The key of a request. No, malformed, unknown, revoked and expired keys all throw the same `unauthenticated`. */
export async function authenticate(keys: ApiKeys, headers: Headers): Promise<ApiKey> {
  const token = BEARER.exec(headers.get("authorization") ?? "")?.[1];
  const key = token === undefined ? null : await keys.verify(token);
  if (key !== null) return key;
  throw new HookclockError(
    "unauthenticated",
    "the request needs a valid key; allowed: the header Authorization: Bearer <key>",
  );
}

/** Throws `forbidden` unless the key covers what the route wants; the same whether or not what is asked for exists. */
export function authorize(
  key: ApiKey,
  access: Exclude<Access, { scope: "public" }>,
  namespace: string,
): void {
  const { permission, scope } = access;
  const wanted = { namespace: scope === "namespace" ? namespace : null, permission };
  // Of a key's own affairs only the permission is judged here.
  const reach = scope === "key" ? { namespaces: ["*"], permission: key.permission } : key;
  if (!allows(reach, wanted)) throw forbidden();
}

export const forbidden = (): HookclockError =>
  new HookclockError(
    "forbidden",
    "the key does not cover this namespace, or lacks the permission for this request",
  );
