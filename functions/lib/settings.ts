// What the functions read from their environment, said once. The stacks set these names.
import { HookclockError, LIMITS, WEBSUB_VARIABLES } from "@hookclock/core";
import * as z from "zod";

/** A push of more, in base64, is more than Lambda takes in one event. */
export const CONTENT_BYTES_MAX = 4 * 1024 * 1024;

const required = z.string().min(1);
const whole = (min: number, max: number, byDefault: number) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);
/** `a, b,c` → three parts. */
const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  );

/** Each variable with its field. Empty counts as not set: that is how a template leaves one out. */
const VARIABLES = {
  stage: ["HOOKCLOCK_STAGE", required],
  logLevel: ["HOOKCLOCK_LOG_LEVEL", z.enum(["debug", "info", "warn", "error", "silent"]).default("info")],
  tasksTable: ["HOOKCLOCK_TASKS_TABLE", required],
  logsTable: ["HOOKCLOCK_LOGS_TABLE", required],
  apiTable: ["HOOKCLOCK_API_TABLE", required],
  stateTable: ["HOOKCLOCK_STATE_TABLE", required],
  /** Where the API is reached from outside; callbacks begin with it. Without a slash at the end. */
  baseUrl: [
    "HOOKCLOCK_BASE_URL",
    z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, "")),
  ],
  wakeQueueUrl: ["HOOKCLOCK_WAKE_QUEUE_URL", z.url({ protocol: /^https?$/ })],
  /** Name or ARN of the trigger function itself. */
  triggerFunction: ["HOOKCLOCK_TRIGGER_FUNCTION", required],
  /** Attempts in flight in one invocation. */
  concurrency: ["HOOKCLOCK_CONCURRENCY", whole(1, LIMITS.concurrencyMax, 50)],
  /** Secrets that sign attempts, the newest first, separated by commas. None: attempts are not signed. */
  signingSecrets: ["HOOKCLOCK_SIGNING_SECRETS", list],
  /**
   * Content of a topic, a push or an event, bytes at most: here for the door alone. What WebSub is told is read where it is
   * opened, and what cannot be used is named there: everybody's deliveries would stop if functions did not start for it.
   */
  contentBytesMax: [
    WEBSUB_VARIABLES.contentBytesMax,
    whole(1_024, CONTENT_BYTES_MAX, CONTENT_BYTES_MAX).catch(CONTENT_BYTES_MAX),
  ],
  /** Private destinations that may be called, separated by commas. */
  egressAllow: ["HOOKCLOCK_EGRESS_ALLOW", list],
} as const satisfies Record<string, readonly [string, z.ZodType]>;

type Variables = typeof VARIABLES;
export type SettingName = keyof Variables;
export type Settings = { [Name in SettingName]: z.output<Variables[Name][1]> };
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings asked for, checked. Throws `invalid-input` naming every variable that is missing or wrong; values are
 * not shown, since some are secrets.
 */
export function readSettings<Name extends SettingName>(
  environment: Environment,
  names: readonly Name[],
): Pick<Settings, Name> {
  const faults: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const name of names) {
    const [variable, schema] = VARIABLES[name];
    const parsed = schema.safeParse(environment[variable] === "" ? undefined : environment[variable]);
    if (parsed.success) settings[name] = parsed.data;
    else if (environment[variable] === undefined || environment[variable] === "")
      faults.push(`${variable} is not set`);
    else faults.push(`${variable}: ${parsed.error.issues[0]?.message ?? "is not valid"}`);
  }
  if (faults.length > 0) {
    throw new HookclockError("invalid-input", `environment of the function: ${faults.join("; ")}`, {
      field: faults[0]?.split(/[ :]/)[0],
    });
  }
  return settings as Pick<Settings, Name>;
}
