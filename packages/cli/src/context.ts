// What a command works with: the library's calls on its target, its namespace, its output. Closed again in every case.
import { type HooksLike, RemoteHooks, RemoteWebSub, type WebSubLike } from "@hookclock/client";
import { type ApiKeys, createApiState, createWebSub, Hooks, type HooksOptions, type WebSub } from "hookclock";
import * as z from "zod";
import type { ApiTarget } from "./api-target.ts";
import { type Env, readEnv } from "./env.ts";
import { atApi, type CliError, ofWebSub, usageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { type Output, outputFor } from "./output.ts";
import { type DatabaseTarget, findTarget, type Target } from "./target.ts";
import { readTargetOptions } from "./target-options.ts";
import { webSubSettingsOf } from "./websub-settings.ts";

type Base = {
  io: Io;
  env: Env;
  output: Output;
  namespace: string;
  /** Of a database: where its hub and callbacks are reached from outside, if that is known. */
  baseUrl: string | undefined;
};
export type Context = Base & {
  hooks: HooksLike;
  target: Target;
  /** What only an API can do; null on a database. */
  remote: RemoteHooks | null;
};
export type WebSubContext = Context & { webSub: WebSubLike };
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

/** The same with WebSub. `publishes`: what goes out says where we are, so that has to be known. */
export async function withWebSub<Result>(
  io: Io,
  options: unknown,
  work: (context: WebSubContext) => Promise<Result>,
  { publishes = false }: { publishes?: boolean } = {},
): Promise<Result> {
  const { target, ...base } = await open(io, options);
  const about = (error: unknown): never => {
    throw ofWebSub(error);
  };
  if (target.kind === "api") {
    const remote = remoteHooks(target, io);
    const webSub = remoteWebSub(target, io);
    const closed = { close: async () => void (await Promise.all([webSub.close(), remote.close()])) };
    return closing(closed, target, () =>
      work({ ...base, target, hooks: remote, remote, webSub }).catch(about),
    );
  }
  if (publishes && base.baseUrl === undefined) throw noBaseUrl();
  // What is only read or noted down names no address of ours: whoever runs the tasks knows it.
  const webSub = databaseWebSub(target, base.baseUrl ?? "http://base-url.invalid", io);
  const hooks = databaseHooks(target, base.env, { handlers: webSub.attach });
  return closing(inTurn(hooks, webSub), target, () =>
    work({ ...base, target, hooks, remote: null, webSub }).catch(about),
  );
}

/** A worker on a database, or the API. Where our address is known, it runs the tasks of WebSub as well. */
export async function withWorker<Result>(
  io: Io,
  options: unknown,
  more: Partial<HooksOptions>,
  work: (context: Context) => Promise<Result>,
): Promise<Result> {
  const { target, ...base } = await open(io, options);
  if (target.kind === "api") {
    if (more.concurrency !== undefined) throw notForApi("--concurrency", target);
    const hooks = remoteHooks(target, io);
    return closing(hooks, target, () => work({ ...base, target, hooks, remote: hooks }));
  }
  const webSub = base.baseUrl === undefined ? null : databaseWebSub(target, base.baseUrl, io);
  const handlers = webSub === null ? {} : { handlers: webSub.attach };
  const hooks = databaseHooks(target, base.env, { ...more, ...handlers });
  return closing(inTurn(hooks, webSub), target, () => work({ ...base, target, hooks, remote: null }));
}

const inTurn = (hooks: Hooks, webSub: WebSub | null) => ({
  async close() {
    await hooks.close();
    await webSub?.close();
  },
});

const notForApi = (what: string, { name }: ApiTarget): CliError =>
  usageError(`${what} is not for an API, and ${name} is one`, "say --endpoint URL or --aws for its database");

const noBaseUrl = (): CliError =>
  usageError(
    "--base-url is missing",
    "what is published says where its hub is reached: --base-url https://hooks.example.com",
  );

/** The same for what only a database can be asked: an API is refused by name. */
export async function withDatabase<Result>(
  io: Io,
  options: unknown,
  { what, more = {} }: { what: string; more?: Partial<HooksOptions> },
  work: (context: DatabaseContext) => Promise<Result>,
): Promise<Result> {
  const { target, ...base } = await open(io, options);
  if (target.kind === "api") throw notForApi(what, target);
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
  const opened = target.kind === "api" ? remoteHooks(target, io) : createApiState(apiStateOptions(target));
  return closing(opened, target, () => work({ ...base, target, keys: opened.keys }));
}

async function open(io: Io, options: unknown): Promise<Base & { target: Target }> {
  const env = readEnv(io.env);
  const { namespace = env.HOOKCLOCK_NAMESPACE, json } = commonSchema.parse(options);
  const said = readTargetOptions(options);
  const { target, remark } = await findTarget(said, env, io);
  const baseUrl = baseUrlOf(target, said.baseUrl, env);
  const output = outputFor(io, json);
  if (remark !== null) output.remark(remark);
  return {
    io,
    env,
    output,
    target,
    baseUrl,
    namespace: typeof namespace === "string" ? namespace : (namespace[0] ?? ""),
  };
}

function baseUrlOf(target: Target, said: string | undefined, env: Env): string | undefined {
  if (target.kind === "database") return said ?? env.HOOKCLOCK_BASE_URL ?? addressOf(target);
  if (said === undefined) return undefined;
  throw usageError(
    `--base-url is about a database, and ${target.name} is an API`,
    "an API knows where it is",
  );
}

/** Of the local instance, as it names itself to others. */
const addressOf = ({ instance }: DatabaseTarget): string | undefined =>
  instance?.publicUrl ?? instance?.apiUrl ?? undefined;

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

const remoteWebSub = ({ url, key, insecureHttp }: ApiTarget, io: Io): RemoteWebSub => {
  const { now, sleep, newId, randomBytes } = io;
  return new RemoteWebSub({ url, key, insecureHttp }, { now, sleep, newId, randomBytes });
};

const databaseWebSub = (target: DatabaseTarget, baseUrl: string, io: Io): WebSub =>
  createWebSub({
    ...{ ...stateOptions(target), baseUrl, egress: { allow: [...target.allow] } },
    ...webSubSettingsOf(io.env),
  });

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
export const apiStateOptions = (target: DatabaseTarget) => ({
  ...connectionOf(target),
  apiTableName: target.apiTableName,
});

/** The table of subscriptions and consumers. */
export const stateOptions = (target: DatabaseTarget) => ({
  ...connectionOf(target),
  stateTableName: target.stateTableName,
});

const connectionOf = ({ endpoint, region }: DatabaseTarget) => ({
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(region === undefined ? {} : { region }),
});
