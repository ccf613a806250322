// Which database a command talks to: said on the command line, in the environment, or the instance that runs here.
import { DEFAULT_DATA_DIR, findInstance, type Instance, LOOPBACK } from "@hookclock/local";
import * as z from "zod";
import { CliError, usageError } from "./errors.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";

export const DEFAULT_TABLES = { tasks: "hookclock-tasks", logs: "hookclock-logs" } as const;

const flag = z.stringbool({ truthy: ["1", "true", "yes"], falsy: ["0", "false", "no", ""] });
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean),
);
const address = z.url({ protocol: /^https?$/, error: "an http or https URL, such as http://127.0.0.1:8000" });

/** What of the environment counts here. */
const envSchema = z.object({
  HOOKCLOCK_ENDPOINT: address.optional(),
  HOOKCLOCK_AWS: flag.default(false),
  HOOKCLOCK_DATA: z.string().min(1).default(DEFAULT_DATA_DIR),
  HOOKCLOCK_NAMESPACE: z.string().min(1).default("default"),
  HOOKCLOCK_TASKS_TABLE: z.string().min(1).optional(),
  HOOKCLOCK_LOGS_TABLE: z.string().min(1).optional(),
  HOOKCLOCK_ALLOW: list.default([]),
  HOOKCLOCK_SIGNING_SECRETS: list.default([]),
  HOOKCLOCK_DEBUG: flag.default(false),
});
export type Env = z.output<typeof envSchema>;

export const ENV_HELP = `Environment (an option on the command line goes first):
  HOOKCLOCK_ENDPOINT         as --endpoint
  HOOKCLOCK_AWS=1            as --aws; region and credentials as every AWS tool finds them
  HOOKCLOCK_DATA             as --data
  HOOKCLOCK_NAMESPACE        as --namespace
  HOOKCLOCK_TASKS_TABLE      as --tasks-table
  HOOKCLOCK_LOGS_TABLE       as --logs-table
  HOOKCLOCK_ALLOW            as --allow, several separated by commas
  HOOKCLOCK_SIGNING_SECRETS  secrets that sign deliveries of dev and trigger, separated by commas
  HOOKCLOCK_DEBUG=1          errors with their stack
  NO_COLOR=1                 no colours`;

export function readEnv(env: Io["env"]): Env {
  const parsed = envSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usageError(`${String(issue?.path[0])} of the environment cannot be used; allowed: ${issue?.message}`);
}

const optionsSchema = z.object({
  endpoint: address.optional(),
  aws: z.boolean().default(false),
  region: z.string().min(1).optional(),
  data: z.string().min(1).optional(),
  tasksTable: z.string().min(1).optional(),
  logsTable: z.string().min(1).optional(),
  allow: z.array(z.string()).default([]),
});
export type TargetOptions = z.output<typeof optionsSchema>;

export function readTargetOptions(options: unknown): TargetOptions {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usageError(`--${String(issue?.path[0])} cannot be used; allowed: ${issue?.message}`);
}

export type Target = {
  /** For people: where this command works. */
  name: string;
  endpoint: string | undefined;
  region: string | undefined;
  tasksTableName: string;
  logsTableName: string;
  allow: readonly string[];
  /** The running instance, when that is the target. */
  instance: Instance | null;
};

/** Decides by the first that is there: --endpoint, --aws, the environment, the instance on the data folder. */
export async function findTarget(options: TargetOptions, env: Env): Promise<Target> {
  if (options.endpoint !== undefined && options.aws) {
    throw usageError("--endpoint and --aws exclude each other", "say which of the two databases is meant");
  }
  const wantsAws = options.aws || (options.region !== undefined && options.endpoint === undefined);
  if (wantsAws) return awsTarget(options, env);
  const endpoint = options.endpoint ?? (env.HOOKCLOCK_AWS ? undefined : env.HOOKCLOCK_ENDPOINT);
  if (endpoint !== undefined) return endpointTarget(endpoint, options, env);
  if (env.HOOKCLOCK_AWS && options.data === undefined) return awsTarget(options, env);
  const dataDir = options.data ?? env.HOOKCLOCK_DATA;
  const instance = await findInstance(dataDir);
  if (instance === null) throw noTarget(dataDir);
  return {
    ...endpointTarget(instance.endpoint, options, env, instance),
    name: `the local instance (pid ${instance.pid})`,
    instance,
  };
}

function awsTarget(options: TargetOptions, env: Env): Target {
  return {
    name: "AWS",
    endpoint: undefined,
    region: options.region,
    ...tableNames(options, env, null),
    allow: [...options.allow, ...env.HOOKCLOCK_ALLOW],
    instance: null,
  };
}

function endpointTarget(
  endpoint: string,
  options: TargetOptions,
  env: Env,
  instance: Instance | null = null,
): Target {
  // A database on this machine is a developer's: so are the receivers.
  const local = isLoopback(endpoint) ? LOOPBACK : [];
  return {
    name: endpoint,
    endpoint,
    region: options.region,
    ...tableNames(options, env, instance),
    allow: [...local, ...options.allow, ...env.HOOKCLOCK_ALLOW],
    instance: null,
  };
}

export function tableNames(options: TargetOptions, env: Env, instance: Instance | null) {
  return {
    tasksTableName:
      options.tasksTable ?? env.HOOKCLOCK_TASKS_TABLE ?? instance?.tasksTableName ?? DEFAULT_TABLES.tasks,
    logsTableName:
      options.logsTable ?? env.HOOKCLOCK_LOGS_TABLE ?? instance?.logsTableName ?? DEFAULT_TABLES.logs,
  };
}

export const isLoopback = (endpoint: string): boolean =>
  /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(new URL(endpoint).hostname);

const noTarget = (dataDir: string): CliError =>
  new CliError("no-database", `no database to talk to: no hookclock dev runs on ${dataDir}`, {
    hint: "start one with `hookclock dev`, or say --endpoint URL, or --aws for the tables of your AWS account",
    exitCode: EXIT.database,
  });
