// A consumer that fails again and again is switched off, and somebody is told: nobody profits from knocking for ever.
import { check, HookclockError, type Json, type Outcome, type TaskRow } from "@hookclock/core";
import type { Handler } from "@hookclock/engine";
import * as z from "zod";
import { OWN_TASK_KEPT_SECONDS } from "../own-tasks.ts";
import type { EventPublisher, World } from "../ports.ts";
import type { ConsumerRow, DisabledReason } from "./consumer.ts";
import { consumerNameField } from "./consumer-input.ts";
import type { ConsumerKey, ConsumerRepository } from "./consumer-repository.ts";

export const DISABLE = "consumer.disable";
/** The predicate under which a disabled consumer is announced. */
export const DISABLED_EVENT = "hookclock.consumer.disabled";

const payloadSchema = z.strictObject({
  consumer: consumerNameField,
  epoch: z.string(),
  reason: z.enum(["gone", "failures"]),
});
type DisablePayload = z.infer<typeof payloadSchema>;

export type Health = {
  /** Counts what a delivery came to, and disables the consumer when that was one failure too many. */
  record(
    key: ConsumerKey,
    consumer: ConsumerRow,
    ended: { outcome: Outcome; failures: number; isFinal: boolean },
  ): Promise<void>;
};

const messageOf = (reason: DisabledReason, { disableAfter }: ConsumerRow): string =>
  reason === "gone"
    ? "it answered 410 Gone"
    : `${disableAfter} deliveries in a row failed for good: as many as are allowed`;

/** Disables the consumer, if it still is the one that was meant. Resolves with the row when it is disabled now. */
async function disable(
  consumers: ConsumerRepository,
  key: ConsumerKey,
  { epoch, reason }: Pick<DisablePayload, "epoch" | "reason">,
  now: number,
): Promise<ConsumerRow | null> {
  let there: ConsumerRow | null = null;
  const saved = await consumers.change(key, (before) => {
    there = before !== null && before.epoch === epoch ? before : null;
    if (there === null || there.disabled !== undefined) return null;
    const disabled = { at: now, reason, message: messageOf(reason, there) };
    return { ...there, disabled, updatedAt: now };
  });
  return saved ?? there;
}

export function makeHealth(
  { tasks, clock }: Pick<World, "tasks" | "clock">,
  consumers: ConsumerRepository,
): Health {
  return {
    async record(key, consumer, { outcome, failures, isFinal }) {
      if (outcome.class === "ok") {
        // It arrived: that must not become a failure of ours because the count cannot be cleared, and be sent again.
        // The next success clears it as well.
        if (failures > 0) await consumers.clearFailures(key).catch(() => {});
        return;
      }
      if (!isFinal) return;
      const inARow = await consumers.addFailure(key);
      const { disableAfter, epoch } = consumer;
      const isTooMany = disableAfter > 0 && inARow >= disableAfter;
      if (outcome.class !== "gone" && !isTooMany) return;
      const reason = outcome.class === "gone" ? "gone" : "failures";
      // First the task that disables it and tells: should we die here, it does both. Then at once, for the deliveries
      // that are due already.
      await registerDisable({ tasks, clock }, key, { consumer: key.name, epoch, reason });
      await disable(consumers, key, { epoch, reason }, clock.now());
    },
  };
}

async function registerDisable(
  { tasks, clock }: Pick<World, "tasks" | "clock">,
  { namespace }: ConsumerKey,
  payload: DisablePayload,
): Promise<void> {
  try {
    await tasks.register({
      namespace,
      id: `disable/${payload.consumer}/${payload.epoch}`,
      kind: DISABLE,
      payload,
      scheduledDate: new Date(clock.now()),
      retry: { limit: 50, baseMs: 1_000, maxMs: 3_600_000 },
      keepSeconds: OWN_TASK_KEPT_SECONDS,
    });
  } catch (error) {
    // Another delivery was the last straw a moment earlier, or for the other reason.
    if (!(error instanceof HookclockError && error.code === "id-conflict")) throw error;
  }
}

/** The handler of kind `consumer.disable`: disables the consumer and tells it, until both are durable. */
export function makeDisable(
  { clock, emit }: Pick<World, "clock" | "emit">,
  consumers: ConsumerRepository,
  events: EventPublisher,
): Handler {
  return {
    kind: DISABLE,
    validate: ({ payload }) => void check(payloadSchema, payload, "payload"),
    async run(task: TaskRow): Promise<Outcome> {
      const payload = check(payloadSchema, task.payload, "payload");
      const key = { namespace: task.namespace, name: payload.consumer };
      const row = await disable(consumers, key, payload, clock.now());
      if (row?.disabled === undefined) {
        return { class: "ok", message: "superseded: the consumer was enabled again or removed" };
      }
      const { at, reason, message } = row.disabled;
      const told: Json = { consumer: key.name, reason, message, disabledDate: new Date(at).toISOString() };
      await events.publish({
        namespace: key.namespace,
        predicate: DISABLED_EVENT,
        payload: told,
        // The same for each repetition: it is told once.
        id: `consumer-disabled-${key.name}-${payload.epoch}`,
      });
      const sentence = `consumer "${key.name}" is disabled: ${message}`;
      emit({ type: "consumer.disabled", namespace: key.namespace, id: key.name, message: sentence });
      return { class: "ok" };
    },
  };
}
