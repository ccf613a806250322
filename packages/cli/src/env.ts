// What of the environment counts here.
import { DEFAULT_DATA_DIR } from "@hookclock/local";
import * as z from "zod";
import { usageError } from "./errors.ts";
import type { Io } from "./io.ts";

const flag = z.stringbool({ truthy: ["1", "true", "yes"], falsy: ["0", "false", "no", ""] });
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean),
);
/** An empty variable is as good as none: scripts unset them so. */
const text = z
  .string()
  .transform((value) => (value === "" ? undefined : value))
  .optional();
export const address = z.url({
  protocol: /^https?$/,
  error: "an http or https URL, such as http://127.0.0.1:8000",
});

const envSchema = z.object({
  HOOKCLOCK_URL: text,
  HOOKCLOCK_KEY: text,
  HOOKCLOCK_ENDPOINT: address.optional(),
  HOOKCLOCK_AWS: flag.default(false),
  HOOKCLOCK_DATA: z.string().min(1).default(DEFAULT_DATA_DIR),
  HOOKCLOCK_NAMESPACE: z.string().min(1).default("default"),
  HOOKCLOCK_TASKS_TABLE: z.string().min(1).optional(),
  HOOKCLOCK_LOGS_TABLE: z.string().min(1).optional(),
  HOOKCLOCK_API_TABLE: z.string().min(1).optional(),
  HOOKCLOCK_STATE_TABLE: z.string().min(1).optional(),
  HOOKCLOCK_BASE_URL: address.optional(),
  HOOKCLOCK_PUBLIC_URL: text,
  HOOKCLOCK_ALLOW: list.default([]),
  HOOKCLOCK_SIGNING_SECRETS: list.default([]),
  HOOKCLOCK_DEBUG: flag.default(false),
  XDG_CONFIG_HOME: text,
  HOME: text,
  USERPROFILE: text,
});
export type Env = z.output<typeof envSchema>;

export const ENV_HELP = `Environment (an option on the command line goes first):
  HOOKCLOCK_URL              as --url: the API of a deployment
  HOOKCLOCK_KEY              as --key, for the API of --url or HOOKCLOCK_URL; unlike --key, other users cannot see it
  HOOKCLOCK_ENDPOINT         as --endpoint
  HOOKCLOCK_AWS=1            as --aws; region and credentials as every AWS tool finds them
  HOOKCLOCK_DATA             as --data
  HOOKCLOCK_NAMESPACE        as --namespace
  HOOKCLOCK_TASKS_TABLE      as --tasks-table
  HOOKCLOCK_LOGS_TABLE       as --logs-table
  HOOKCLOCK_API_TABLE        as --api-table
  HOOKCLOCK_STATE_TABLE      as --state-table
  HOOKCLOCK_BASE_URL         as --base-url
  HOOKCLOCK_PUBLIC_URL       as --public-url of dev
  HOOKCLOCK_ALLOW            as --allow, several separated by commas
  HOOKCLOCK_SIGNING_SECRETS  secrets that sign deliveries of dev and trigger, separated by commas
  HOOKCLOCK_HUB_TOPICS, ...  settings of WebSub, as the options of dev of the same names
  HOOKCLOCK_DEBUG=1          errors with their stack
  NO_COLOR=1                 no colours`;

export function readEnv(env: Io["env"]): Env {
  const parsed = envSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usageError(`${String(issue?.path[0])} of the environment cannot be used; allowed: ${issue?.message}`);
}
