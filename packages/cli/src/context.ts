// What a command works with: the library's calls on its target, its namespace, its output. Closed again in every case.
import { type HooksLike, RemoteHooks } from "@hookclock/client";
import { type ApiKeys, createApiState, Hooks, type HooksOptions } from "hookclock";
import * as z from "zod";
import type { ApiTarget } from "./api-target.ts";
import { type Env, readEnv } from "./env.ts";
import { atApi, usageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { type Output, outputFor } from "./output.ts";
import { type DatabaseTarget, findTarget, type Target } from "./target.ts";
import { readTargetOptions } from "./target-options.ts";

type Base = { io: Io; env: Env; output: Output; namespace: string };
export type Context = Base & {
  hooks: HooksLike;
  target: Target;
  /** What only an API can do; null on a database. */
  remote: RemoteHooks | null;
};
export type DatabaseContext = Base & { hooks: Hooks; target: DatabaseTarget };
export type Keys = Pick<ApiKeys, "create" | "list" | "revoke">;

const commonSchema = z.object({
  namespace: z.union([z.string(), z.array(z.string())]).optional(),
  json: z.boolean().default(false),
});

/** Finds the target, opens the library or the API on it, does the work, closes. */
export async function withHooks<Result>(
  io: Io,
  options: unknown,
  work: (context: Context) => Promise<Result>,
): Promise<Result> {
  const { target, ...base } = await open(io, options);
  if (target.kind === "database") {
    const hooks = databaseHooks(target, base.env);
    return closing(hooks, target, () => work({ ...base, target, hooks, remote: null }));
  }
  const remote = remoteHooks(target, io);
  return closing(remote, target, () => work({ ...base, target, hooks: remote, remote }));
}

/** The same for what only a database can be asked: an API is refused by name. */
export async function withDatabase<Result>(
  io: Io,
  options: unknown,
  { what, more = {} }: { what: string; more?: Partial<HooksOptions> },
  work: (context: DatabaseContext) => Promise<Result>,
): Promise<Result> {
  const { target, ...base } = await open(io, options);
  if (target.kind === "api") {
    throw usageError(
      `${what} is not for an API, and ${target.name} is one`,
      "say --endpoint URL or --aws for its database",
    );
  }
  const hooks = databaseHooks(target, base.env, more);
  return closing(hooks, target, () => work({ ...base, target, hooks }));
}

/** The keys of an API, through it or in its table. */
export async function withKeys<Result>(
  io: Io,
  options: unknown,
  work: (context: Base & { keys: Keys; target: Target }) => Promise<Result>,
): Promise<Result> {
  const { target, ...base } = await open(io, options);
  const opened = target.kind === "api" ? remoteHooks(target, io) : createApiState(stateOptions(target));
  return closing(opened, target, () => work({ ...base, target, keys: opened.keys }));
}

async function open(io: Io, options: unknown): Promise<Base & { target: Target }> {
  const env = readEnv(io.env);
  const { namespace = env.HOOKCLOCK_NAMESPACE, json } = commonSchema.parse(options);
  const { target, remark } = await findTarget(readTargetOptions(options), env, io);
  const output = outputFor(io, json);
  if (remark !== null) output.remark(remark);
  return {
    io,
    env,
    output,
    target,
    namespace: typeof namespace === "string" ? namespace : (namespace[0] ?? ""),
  };
}

async function closing<Result>(
  opened: { close(): Promise<void> },
  target: Target,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw target.kind === "api" ? atApi(error) : error;
  } finally {
    await opened.close();
  }
}

export const remoteHooks = (
  { url, key, insecureHttp }: Pick<ApiTarget, "url" | "key" | "insecureHttp">,
  io: Io,
): RemoteHooks =>
  new RemoteHooks({ url, key, insecureHttp }, { now: io.now, sleep: io.sleep, newId: io.newId });

function databaseHooks(target: DatabaseTarget, env: Env, more: Partial<HooksOptions> = {}): Hooks {
  const { tasksTableName, logsTableName, allow } = target;
  const secrets = env.HOOKCLOCK_SIGNING_SECRETS;
  return new Hooks({
    ...{ tasksTableName, logsTableName, egress: { allow: [...allow] } },
    ...connectionOf(target),
    ...(secrets.length === 0 ? {} : { signing: { secrets } }),
    ...more,
  });
}

/** The table of the API's keys, on the same database. */
export const stateOptions = (target: DatabaseTarget) => ({
  ...connectionOf(target),
  apiTableName: target.apiTableName,
});

const connectionOf = ({ endpoint, region }: DatabaseTarget) => ({
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(region === undefined ? {} : { region }),
});
