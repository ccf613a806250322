// What a command works with: the library on its target, its namespace, its output. Closed again in every case.
import { Hooks, type HooksOptions } from "hookclock";
import * as z from "zod";
import type { Io } from "./io.ts";
import { type Output, outputFor } from "./output.ts";
import { type Env, findTarget, readEnv, readTargetOptions, type Target } from "./target.ts";

export type Context = { io: Io; env: Env; output: Output; hooks: Hooks; target: Target; namespace: string };

const commonSchema = z.object({ namespace: z.string().optional(), json: z.boolean().default(false) });

/** Finds the target, opens the library on it, does the work, closes. */
export async function withHooks<Result>(
  io: Io,
  options: unknown,
  work: (context: Context) => Promise<Result>,
  more: Partial<HooksOptions> = {},
): Promise<Result> {
  const env = readEnv(io.env);
  const { namespace = env.HOOKCLOCK_NAMESPACE, json } = commonSchema.parse(options);
  const target = await findTarget(readTargetOptions(options), env);
  const { endpoint, region, tasksTableName, logsTableName } = target;
  const hooks = new Hooks({
    tasksTableName,
    logsTableName,
    egress: { allow: [...target.allow] },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(env.HOOKCLOCK_SIGNING_SECRETS.length === 0
      ? {}
      : { signing: { secrets: env.HOOKCLOCK_SIGNING_SECRETS } }),
    ...more,
  });
  try {
    return await work({ io, env, output: outputFor(io, json), hooks, target, namespace });
  } finally {
    await hooks.close();
  }
}
