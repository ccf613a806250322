// A replay under way: what it brings back, and how far it has come.
import { check, instantField, isoOf, LIMITS, namespaceField, refuse } from "@hookclock/core";
import * as z from "zod";
import type { World } from "../ports.ts";
import { change, part, readData } from "../rows.ts";
import { consumerNameField } from "./consumer-input.ts";
import { CONSUMER_DEFAULTS, CONSUMER_LIMITS } from "./limits.ts";

export type ReplayInput = {
  namespace: string;
  consumer: string;
  /** Inclusive bounds on when the messages were received. Until now unless said otherwise. */
  from: string | Date;
  to?: string | Date;
  /** `failed` brings back what failed for good; `all` also sends again what was delivered, as something new. */
  include?: "failed" | "all";
  /** Deliveries brought back in each second, at most. */
  ratePerSecond?: number;
  /** Count and change nothing. */
  dryRun?: boolean;
};

/** What `replay` takes. */
export const newReplay = z.strictObject({
  namespace: namespaceField,
  consumer: consumerNameField,
  from: instantField,
  to: instantField.optional(),
  include: z.enum(["failed", "all"]).default("failed"),
  ratePerSecond: z
    .number()
    .int()
    .min(1)
    .max(CONSUMER_LIMITS.ratePerSecondMax)
    .default(CONSUMER_DEFAULTS.ratePerSecond),
  dryRun: z.boolean().default(false),
});

/** @throws HookclockError `invalid-input` naming the field. */
export function checkReplay(input: unknown, now: number) {
  const given = check(newReplay, input, "replay");
  const to = given.to ?? now;
  if (given.from > to) refuse("from", isoOf(given.from), `not later than to (${isoOf(to)})`);
  return { ...given, to };
}

const instant = z.number().int().min(0).max(LIMITS.latestMs);
/** What is left to look at, in this order: brought back after the others, nothing that failed again is met twice. */
export const STATUSES = { failed: ["FAILED"], all: ["DONE", "FAILED"] } as const;

export const planSchema = z.strictObject({
  consumer: consumerNameField,
  from: instant,
  to: instant,
  include: z.enum(["failed", "all"]),
  ratePerSecond: z.number().int().min(1),
  total: z.number().int().min(0),
});
export type ReplayPlan = z.infer<typeof planSchema>;

export const stateSchema = z.object({
  ...planSchema.shape,
  state: z.enum(["running", "done", "stopped"]),
  /** Which of the statuses it is at. */
  round: z.number().int().min(0),
  /** After the task of this id. */
  after: z.string().nullable(),
  retried: z.number().int().min(0),
  startedAt: instant,
  endedAt: instant.exactOptional(),
});
export type ReplayState = z.infer<typeof stateSchema>;

export type Replay = {
  namespace: string;
  id: string;
  consumer: string;
  /** `stopped`: the consumer was disabled or removed before the end. */
  state: "running" | "done" | "stopped";
  from: string;
  to: string;
  include: "failed" | "all";
  ratePerSecond: number;
  /** Deliveries there were to bring back when it began, and how many were. */
  total: number;
  retried: number;
  startedDate: string;
  endedDate: string | null;
};

export const toReplay = (namespace: string, id: string, state: ReplayState): Replay => ({
  ...{ namespace, id, consumer: state.consumer, state: state.state },
  ...{ from: isoOf(state.from), to: isoOf(state.to), include: state.include },
  ...{ ratePerSecond: state.ratePerSecond, total: state.total, retried: state.retried },
  startedDate: isoOf(state.startedAt),
  endedDate: state.endedAt === undefined ? null : isoOf(state.endedAt),
});

export type ReplayRepository = ReturnType<typeof makeReplayRepository>;

export function makeReplayRepository({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();
  const keyOf = (namespace: string, id: string) => ({ pk: `${part(namespace)}/replay`, sk: part(id) });
  return {
    async get(namespace: string, id: string): Promise<ReplayState | null> {
      const document = await documents.get(keyOf(namespace, id), now());
      return document === null ? null : readData(stateSchema, document);
    },

    /** The state as it is; where there is none yet, that of a beginning. */
    async begin(namespace: string, id: string, plan: ReplayPlan): Promise<ReplayState> {
      const fresh: ReplayState = {
        ...plan,
        state: "running",
        round: 0,
        after: null,
        retried: 0,
        startedAt: now(),
      };
      let current = fresh;
      await change(documents, keyOf(namespace, id), now, (before) => {
        current = before === null ? fresh : readData(stateSchema, before);
        if (before !== null) return null;
        return { ...keyOf(namespace, id), data: fresh, expiresAt: now() + CONSUMER_LIMITS.keptMs };
      });
      return current;
    },

    /** Writes how far it has come. One task alone writes it, so nothing is lost by that. */
    async save(namespace: string, id: string, state: ReplayState): Promise<void> {
      await change(documents, keyOf(namespace, id), now, () => ({
        ...keyOf(namespace, id),
        data: state,
        expiresAt: now() + CONSUMER_LIMITS.keptMs,
      }));
    },
  };
}
