// Brings deliveries back, so many in a second: a recurring task looks at one batch each time and takes itself away.
import { check, HookclockError, type Outcome, type TaskRow } from "@hookclock/core";
import type { Handler } from "@hookclock/engine";
import * as z from "zod";
import { OWN_TASK_KEPT_SECONDS } from "../own-tasks.ts";
import type { TaskQuery, World } from "../ports.ts";
import type { ConsumerRepository } from "./consumer-repository.ts";
import {
  checkReplay,
  planSchema,
  type Replay,
  type ReplayInput,
  type ReplayPlan,
  type ReplayRepository,
  type ReplayState,
  STATUSES,
  toReplay,
} from "./replay-state.ts";
import { deliveryPrefix } from "./sink.ts";

export const REPLAY = "consumer.replay";

const payloadSchema = z.strictObject({ replay: z.string(), ...planSchema.shape });
const PAGE = 1_000;
/** Pages without anything to bring back that are looked through in one step. */
const PAGES_MAX = 20;

/** What a call for a replay comes to; `id` is null when nothing was started. */
export type ReplayResult = { id: string | null; count: number };

type Deps = { consumers: ConsumerRepository; replays: ReplayRepository };
type Context = Pick<World, "tasks" | "clock" | "newId">;

const queryOf = (namespace: string, plan: ReplayPlan, status: "FAILED" | "DONE"): TaskQuery => ({
  ...{ namespace, id: deliveryPrefix(plan.consumer), status },
  ...{ from: new Date(plan.from), to: new Date(plan.to) },
});

/**
 * Counts the deliveries of a consumer between two instants and, unless it is a dry run, has them brought back at a
 * bounded rate by a task of its own.
 *
 * @throws HookclockError `invalid-input` for bad input; `not-found`, `wrong-status` when there is no such consumer to
 *   deliver to, or it is disabled: all would fail again.
 */
export async function startReplay(world: Context, deps: Deps, input: ReplayInput): Promise<ReplayResult> {
  const { tasks, clock, newId } = world;
  const { namespace, dryRun, ...given } = checkReplay(input, clock.now());
  const consumer = await deps.consumers.get({ namespace, name: given.consumer });
  if (!dryRun && consumer?.disabled !== undefined) {
    throw new HookclockError(
      "wrong-status",
      `consumer "${given.consumer}" is disabled; allowed: a replay after it was enabled, or a dry run`,
      { field: "consumer" },
    );
  }
  if (!dryRun && consumer === null) {
    throw new HookclockError("not-found", `there is no consumer "${given.consumer}"`, { field: "consumer" });
  }
  const plan: ReplayPlan = { ...given, total: 0 };
  for (const status of STATUSES[plan.include])
    plan.total += await count(world, queryOf(namespace, plan, status));
  if (dryRun || plan.total === 0) return { id: null, count: plan.total };
  const id = newId();
  await tasks.register({
    namespace,
    id: taskIdOf(plan.consumer, id),
    kind: REPLAY,
    payload: { replay: id, ...plan },
    scheduledDate: new Date(clock.now()),
    repeat: { interval: 1, unit: "seconds", max: 0 },
    timeoutMs: 60_000,
    keepSeconds: OWN_TASK_KEPT_SECONDS,
  });
  await deps.replays.begin(namespace, id, plan);
  return { id, count: plan.total };
}

const taskIdOf = (consumer: string, id: string): string => `replay/${consumer}/${id}`;

async function count({ tasks }: Context, query: TaskQuery): Promise<number> {
  let counted = 0;
  let startKey: TaskQuery["startKey"] = null;
  do {
    const page = await tasks.retryMany({ ...query, dryRun: true, limit: PAGE, startKey });
    counted += page.count;
    startKey = page.lastEvaluatedKey;
  } while (startKey !== null);
  return counted;
}

/** The handler of kind `consumer.replay`: one batch each time it runs. */
export function makeReplayHandler(world: Context, { consumers, replays }: Deps): Handler {
  const { tasks, clock } = world;

  /** Brings back a batch; its last page says how far it came. */
  async function step(namespace: string, before: ReplayState): Promise<ReplayState> {
    const state = { ...before };
    let left = state.ratePerSecond;
    for (let pages = 0; left > 0 && pages < PAGES_MAX; pages += 1) {
      const status = STATUSES[state.include][state.round];
      if (status === undefined) return { ...state, state: "done", endedAt: clock.now() };
      const page = await tasks.retryMany({
        ...queryOf(namespace, state, status),
        limit: left,
        startKey: state.after === null ? null : { namespace, id: state.after },
      });
      state.retried += page.count;
      left -= page.count;
      state.after = page.lastEvaluatedKey?.id ?? null;
      if (state.after === null) state.round += 1;
    }
    return STATUSES[state.include][state.round] === undefined
      ? { ...state, state: "done", endedAt: clock.now() }
      : state;
  }

  return {
    kind: REPLAY,
    validate: ({ payload }) => void check(payloadSchema, payload, "payload"),
    async run({ namespace, payload, id: taskId }: TaskRow): Promise<Outcome> {
      const { replay: id, ...plan } = check(payloadSchema, payload, "payload");
      let state = await replays.begin(namespace, id, plan);
      if (state.state === "running") {
        const consumer = await consumers.get({ namespace, name: plan.consumer });
        state =
          consumer === null || consumer.disabled !== undefined
            ? { ...state, state: "stopped", endedAt: clock.now() }
            : await step(namespace, state);
        await replays.save(namespace, id, state);
      }
      if (state.state !== "running") await tasks.delete({ namespace, id: taskId });
      return { class: "ok", message: `${state.state}: ${state.retried} of ${state.total} brought back` };
    },
  };
}

export async function getReplay(
  replays: ReplayRepository,
  { namespace, id }: { namespace: string; id: string },
): Promise<Replay | null> {
  const state = await replays.get(namespace, id);
  return state === null ? null : toReplay(namespace, id, state);
}
