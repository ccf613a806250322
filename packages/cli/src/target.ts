// What a command works on: said on the command line, in the environment, the instance that runs here, or the login.
import { isLoopback } from "@hookclock/client";
import { findInstance, type Instance, LOOPBACK } from "@hookclock/local";
import { type ApiTarget, loggedInApi, namedApi } from "./api-target.ts";
import type { Env } from "./env.ts";
import { CliError, usageError } from "./errors.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { type Login, readLogin } from "./login-file.ts";
import { flagOf, type TargetOptions } from "./target-options.ts";

export const DEFAULT_TABLES = {
  tasks: "hookclock-tasks",
  logs: "hookclock-logs",
  api: "hookclock-api",
  state: "hookclock-state",
} as const;

export type DatabaseTarget = {
  kind: "database";
  /** For people: where this command works. */
  name: string;
  endpoint: string | undefined;
  region: string | undefined;
  tasksTableName: string;
  logsTableName: string;
  apiTableName: string;
  stateTableName: string;
  allow: readonly string[];
  /** The running instance, when that is the target. */
  instance: Instance | null;
};
export type Target = DatabaseTarget | ApiTarget;
export type FoundTarget = {
  target: Target;
  /** For people, when it is not plain where a command works. */
  remark: string | null;
};

/** Decides by the first that is there: options, the environment, the instance on the data folder, the login. */
export async function findTarget(options: TargetOptions, env: Env, io: Io): Promise<FoundTarget> {
  const named = await namedTarget(options, env, io);
  if (named !== null) return { target: named, remark: null };
  const dataDir = options.data ?? env.HOOKCLOCK_DATA;
  const instance = await findInstance(dataDir);
  if (instance === null && options.data !== undefined) throw noTarget(dataDir);
  const login = await readLogin(io, env);
  if (instance !== null) {
    const target = { ...endpointTarget(instance.endpoint, options, env, instance), instance };
    target.name = `the local instance (pid ${instance.pid})`;
    const isPlain = login === null || options.data !== undefined;
    return { target, remark: isPlain ? null : `on ${target.name}; --url ${login.url} goes by your login` };
  }
  if (login === null) throw noTarget(dataDir);
  refuseDatabaseOptions(options, "your login");
  const target = await loggedInApi(login, options, io);
  return { target, remark: `on ${target.name}, by your login` };
}

async function namedTarget(options: TargetOptions, env: Env, io: Io): Promise<Target | null> {
  const saysKey = options.key !== undefined || options.keyFile !== undefined;
  const about = { said: options, env, io, login: () => readLogin(io, env) };
  if (options.apiUrl !== undefined) {
    refuseDatabaseOptions(options, "--url");
    return namedApi(options.apiUrl, "options", about);
  }
  const saysDatabase =
    options.endpoint !== undefined ||
    options.aws ||
    options.region !== undefined ||
    options.data !== undefined;
  if (saysKey && saysDatabase) throw usageError("--key goes with --url, not with a database");
  if (!saysDatabase && env.HOOKCLOCK_URL !== undefined) {
    if (env.HOOKCLOCK_AWS || env.HOOKCLOCK_ENDPOINT !== undefined) {
      throw usageError(
        "the environment names an API and a database",
        "unset HOOKCLOCK_URL, or HOOKCLOCK_AWS and HOOKCLOCK_ENDPOINT",
      );
    }
    refuseDatabaseOptions(options, "HOOKCLOCK_URL");
    return namedApi(env.HOOKCLOCK_URL, "environment", about);
  }
  if (saysKey) return keyOfLogin(options, env, io);
  return databaseTarget(options, env);
}

async function keyOfLogin(options: TargetOptions, env: Env, io: Io): Promise<ApiTarget> {
  const login: Login | null = await readLogin(io, env);
  if (login === null) throw usageError("--key goes with --url", "say which API the key is for");
  refuseDatabaseOptions(options, "--key");
  return loggedInApi(login, options, io);
}

function refuseDatabaseOptions(options: TargetOptions, because: string): void {
  const { endpoint, aws, region, data, tasksTable, logsTable, apiTable, stateTable, allow } = options;
  const said = {
    endpoint,
    aws: aws || undefined,
    region,
    data,
    tasksTable,
    logsTable,
    apiTable,
    stateTable,
    allow: allow[0],
  };
  const first = Object.entries(said).find(([, value]) => value !== undefined)?.[0];
  if (first === undefined) return;
  throw usageError(
    `${flagOf(first)} is about a database, and ${because} names an API`,
    "say either where the API is, or where the database is",
  );
}

function databaseTarget(options: TargetOptions, env: Env): DatabaseTarget | null {
  if (options.endpoint !== undefined && options.aws) {
    throw usageError("--endpoint and --aws exclude each other", "say which of the two databases is meant");
  }
  const wantsAws = options.aws || (options.region !== undefined && options.endpoint === undefined);
  if (wantsAws) return awsTarget(options, env);
  const endpoint = options.endpoint ?? (env.HOOKCLOCK_AWS ? undefined : env.HOOKCLOCK_ENDPOINT);
  if (endpoint !== undefined) return endpointTarget(endpoint, options, env);
  return env.HOOKCLOCK_AWS && options.data === undefined ? awsTarget(options, env) : null;
}

const awsTarget = (options: TargetOptions, env: Env): DatabaseTarget => ({
  ...{ kind: "database", name: "AWS", endpoint: undefined, region: options.region },
  ...tableNames(options, env, null),
  allow: [...options.allow, ...env.HOOKCLOCK_ALLOW],
  instance: null,
});

function endpointTarget(
  endpoint: string,
  options: TargetOptions,
  env: Env,
  instance: Instance | null = null,
): DatabaseTarget {
  // A database on this machine is a developer's: so are the receivers.
  const local = isLoopback(new URL(endpoint)) ? LOOPBACK : [];
  return {
    ...{ kind: "database", name: endpoint, endpoint, region: options.region },
    ...tableNames(options, env, instance),
    allow: [...local, ...options.allow, ...env.HOOKCLOCK_ALLOW],
    instance: null,
  };
}

export function tableNames(options: TargetOptions, env: Env, instance: Instance | null) {
  const { tasks, logs, api, state } = DEFAULT_TABLES;
  return {
    tasksTableName: options.tasksTable ?? env.HOOKCLOCK_TASKS_TABLE ?? instance?.tasksTableName ?? tasks,
    logsTableName: options.logsTable ?? env.HOOKCLOCK_LOGS_TABLE ?? instance?.logsTableName ?? logs,
    apiTableName: options.apiTable ?? env.HOOKCLOCK_API_TABLE ?? instance?.apiTableName ?? api,
    stateTableName: options.stateTable ?? env.HOOKCLOCK_STATE_TABLE ?? instance?.stateTableName ?? state,
  };
}

const noTarget = (dataDir: string): CliError =>
  new CliError("no-database", `nothing to talk to: no hookclock dev runs on ${dataDir}`, {
    hint: "start one with `hookclock dev`, or say --url URL for a deployed API, --endpoint URL, or --aws for the tables of your AWS account",
    exitCode: EXIT.database,
  });
