// Keys of the API, as answers show them.

// Gives schemas their method `openapi`.
import "@hono/zod-openapi";
import { PERMISSIONS } from "@hookclock/core";
import type { ApiKey } from "hookclock";
import * as z from "zod";
import { agrees, type Same } from "./same-type.ts";
import { instant } from "./task.ts";

export const apiKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    namespaces: z.array(z.string()).describe('Exact names, or `["*"]`: all.'),
    permission: z.enum(PERMISSIONS).describe("Each includes the ones before it."),
    createdDate: instant,
    expiresDate: instant.nullable(),
    revokedDate: instant.nullable(),
  })
  .openapi("ApiKey");

agrees<Same<z.output<typeof apiKeySchema>, ApiKey>>();
