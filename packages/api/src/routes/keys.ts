// Keys: made, listed and revoked by whoever has an admin key that reaches at least as far.

import {
  covers,
  HookclockError,
  instantField,
  isKeyId,
  LIMITS,
  nameField,
  namespaceField,
  PERMISSIONS,
} from "@hookclock/core";
import type { ApiKey, NewApiKey } from "hookclock";
import * as z from "zod";
import { forbidden } from "../http/authorize.ts";
import { type Access, type Call, defineRoute, ok, type Route } from "../route.ts";
import { apiKeySchema } from "../schemas/api-key.ts";

const tag = "Keys";
const access: Access = { scope: "key", permission: "admin" };

const newKey = z
  .strictObject({
    name: nameField(LIMITS.keyNameBytesMax).describe("For people: who or what uses it."),
    namespaces: z
      .array(namespaceField)
      .min(1)
      .max(LIMITS.keyNamespacesMax)
      .describe('Exact names, or `["*"]`: all.'),
    permission: z.enum(PERMISSIONS),
    expiresDate: instantField.nullish(),
  })
  .openapi("NewKey");

/** The caller's key; these routes are never public. */
function callerOf({ key }: Pick<Call<unknown, unknown>, "key">): ApiKey {
  if (key === null) throw new TypeError("a route of keys is public");
  return key;
}

const create = defineRoute({
  ...{ method: "post", path: "/v1/keys", operation: "createKey", tag, access, idempotent: true },
  summary: "Make a key",
  description:
    "Its namespaces must be within those of the key that asks, and it ends no later than that. The token is in this answer and nowhere else; a repetition with the same `Idempotency-Key` has `null` in its place.",
  body: newKey,
  bodyName: "key",
  example: { name: "billing", namespaces: ["billing"], permission: "write" },
  answers: {
    201: {
      description: "The key and its token.",
      schema: z.object({ key: apiKeySchema, token: z.string().nullable() }),
    },
  },
  // Only hashes of tokens are ever written down.
  kept: ({ body, ...answer }) => ({ ...answer, body: { ...(body as object), token: null } }),
  async handle(call) {
    if (!covers(callerOf(call), call.body.namespaces))
      throw forbidden("does not reach all namespaces of the new one");
    const given = call.given as NewApiKey;
    const { key, token } = await call.deps.keys.create({ ...given, ...endOf(callerOf(call), call.body) });
    return { status: 201, body: { key, token } };
  },
});

/** A key that ends makes none that outlives it: else it would have no end for whoever holds it. */
function endOf(
  { expiresDate: end }: ApiKey,
  { expiresDate }: z.output<typeof newKey>,
): Pick<NewApiKey, "expiresDate"> {
  if (end === null) return {};
  if (expiresDate == null) return { expiresDate: end };
  if (expiresDate > Date.parse(end)) throw forbidden("ends before the new one would");
  return {};
}

const list = defineRoute({
  ...{ method: "get", path: "/v1/keys", operation: "listKeys", tag, access },
  summary: "List keys",
  description: "Those whose namespaces are within the asking key's. Ended keys stay for 30 days.",
  answers: { 200: { description: "The keys.", schema: z.object({ items: z.array(apiKeySchema) }) } },
  async handle(call) {
    const caller = callerOf(call);
    const keys = await call.deps.keys.list();
    return ok({ items: keys.filter(({ namespaces }) => covers(caller, namespaces)) });
  },
});

const revoke = defineRoute({
  ...{ method: "delete", path: "/v1/keys/{id}", operation: "revokeKey", tag, access },
  summary: "Revoke a key",
  description: "Within ten seconds nobody can use it any more.",
  answers: { 200: { description: "The key, ended.", schema: apiKeySchema } },
  async handle(call) {
    const { keys } = call.deps;
    const { id } = call.parameters;
    const found = isKeyId(id) ? (await keys.list()).find((key) => key.id === id) : undefined;
    // A key out of reach is answered as one that is not there.
    const revoked = found && covers(callerOf(call), found.namespaces) ? await keys.revoke(id) : null;
    if (revoked !== null) return ok(revoked);
    throw new HookclockError("not-found", "there is no key with this id", { field: "id" });
  },
});

export const keyRoutes: Route[] = [create, list, revoke];
