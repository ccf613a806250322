// Any sequence of moves by users and workers: what must hold of a task after each of them.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../delivery/outcome.ts";
import { HookclockError } from "../errors.ts";
import { parseDefinition } from "../input/definition.ts";
import { reschedule, retry, runNow, suspend, unsuspend, update } from "./edit.ts";
import { isOver } from "./keep.ts";
import { newRow } from "./new-row.ts";
import { type TaskRow, taskRowSchema } from "./row.ts";
import { bury, claim, isPoison, isSameRun, renewClaim, settle, settleOnto } from "./settle.ts";

const START = Date.UTC(2030, 0, 1);
const CLAIM_MS = 60_000;
const MAX_ERRORS = 3;

type Step =
  | { kind: "wait"; ms: number }
  | { kind: "attempt"; outcome: Outcome["class"]; takes: number; meanwhile: UserStep[] }
  | { kind: "crash" }
  | UserStep;
type UserStep =
  | { kind: "suspend" | "unsuspend" | "runNow" | "retry" | "update" }
  | { kind: "reschedule"; inMs: number };

const userStep: fc.Arbitrary<UserStep> = fc.oneof(
  fc.constantFrom("suspend", "unsuspend", "runNow", "retry", "update").map((kind) => ({ kind }) as UserStep),
  fc.record({ kind: fc.constant("reschedule" as const), inMs: fc.integer({ min: -60_000, max: 600_000 }) }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 300_000 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("attempt" as const),
      outcome: fc.constantFrom("ok", "ok", "retryable", "permanent", "gone", "fault"),
      takes: fc.integer({ min: 0, max: 90_000 }),
      meanwhile: fc.array(userStep, { maxLength: 2 }),
    }) as fc.Arbitrary<Step>,
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "crash" }) },
  { weight: 2, arbitrary: userStep },
);
const definition = fc.record({
  retryLimit: fc.integer({ min: 0, max: 3 }),
  catchUp: fc.constantFrom("skip", "one", "all"),
  keepSeconds: fc.option(fc.constantFrom(1, 3_600, 100 * 86_400), { nil: undefined }),
  repeat: fc.option(
    fc.record({
      interval: fc.integer({ min: 1, max: 5 }),
      unit: fc.constantFrom("seconds", "minutes"),
      max: fc.integer({ min: 0, max: 4 }),
    }),
    { nil: undefined },
  ),
});

/** A task's life on one clock, each version checked against the one before. */
class Life {
  row: TaskRow;
  now = START;
  retried = 0;
  rescheduled = 0;

  constructor(given: object) {
    const input = {
      namespace: "app",
      id: "a",
      url: "https://example.com/",
      scheduledDate: new Date(START),
      ...given,
    };
    this.row = newRow(parseDefinition(input), { now: START, random: () => 0.5, newId: () => "x", shards: 8 });
    this.check(null, "user");
  }

  /** A user's move; one that the state does not allow changes nothing. */
  byUser(move: UserStep): void {
    const before = this.row;
    try {
      this.row = this.moved(move);
    } catch (error) {
      expect(error).toBeInstanceOf(HookclockError);
      expect((error as HookclockError).code).toBe("wrong-status");
      expect(this.row).toBe(before);
      return;
    }
    if (move.kind === "retry") this.retried += 1;
    if (move.kind === "reschedule") this.rescheduled += 1;
    this.check(before, "user");
  }

  byWorker(after: TaskRow): void {
    const before = this.row;
    this.row = after;
    this.check(before, "worker");
  }

  private moved(move: UserStep): TaskRow {
    if (move.kind === "reschedule") return reschedule(this.row, this.now + move.inMs, this.now);
    if (move.kind === "update") return update(this.row, { timeoutMs: 1_000 }, this.now);
    return { suspend, unsuspend, runNow, retry }[move.kind](this.row, this.now);
  }

  attempt({ outcome, takes, meanwhile }: Extract<Step, { kind: "attempt" }>): void {
    if (this.row.dueAt === undefined) return;
    this.now = Math.max(this.now, this.row.dueAt);
    const startedAt = this.now;
    // Long ones, and those whose last worker was lost, are claimed.
    if (takes > 1_000 || this.row.claim) {
      this.byWorker(claim(this.row, "w", this.now + CLAIM_MS, this.now));
      if (isPoison(this.row)) {
        this.byWorker(bury(this.row, this.now));
        return;
      }
    }
    const held = this.row;
    this.now += takes;
    for (const move of meanwhile) this.byUser(move);
    expect(isSameRun(held, this.row)).toBe(true);
    const attempted = {
      outcome: { class: outcome },
      startedAt,
      now: this.now,
      random: () => 0.5,
      maxErrors: MAX_ERRORS,
    };
    this.byWorker(this.row === held ? settle(held, attempted) : settleOnto(held, this.row, attempted));
    expect(isSameRun(held, this.row)).toBe(false);
  }

  step(one: Step): void {
    if (one.kind === "wait") this.now += one.ms;
    else if (one.kind === "attempt") this.attempt(one);
    else if (one.kind === "crash") this.crash();
    else this.byUser(one);
  }

  /** A worker takes it, prolongs once, and is never heard of again. */
  private crash(): void {
    if (this.row.dueAt === undefined) return;
    this.now = Math.max(this.now, this.row.dueAt);
    this.byWorker(claim(this.row, "w", this.now + CLAIM_MS, this.now));
    this.byWorker(renewClaim(this.row, this.now + 2 * CLAIM_MS, this.now));
    this.now += 3 * CLAIM_MS;
  }

  private check(before: TaskRow | null, by: "user" | "worker"): void {
    const { row } = this;
    expect(taskRowSchema.parse(row)).toEqual(row);
    const { status, execution, errors } = row;
    expect(row.dueAt !== undefined, `due while ${status}`).toBe(
      status === "ACTIVE" || status === "PROCESSING",
    );
    const isFinished = status === "DONE" || status === "FAILED";
    expect(row.ttl !== undefined, `an end while ${status}`).toBe(isFinished && row.keepSeconds !== undefined);
    if (status === "DONE") expect(isOver(row, this.now + 1_000 * (row.keepSeconds ?? 0) - 1)).toBe(false);
    if (status === "FAILED") expect(isOver(row, this.now + 90 * 86_400_000 - 1)).toBe(false);
    if (status === "PROCESSING") expect(row.claim).toBeDefined();
    if (status === "ACTIVE" || status === "DONE" || status === "FAILED") expect(row.claim).toBeUndefined();
    if (status === "DONE" || status === "FAILED" || status === "SUSPENDED") expect(row.reason).toBeDefined();
    expect(execution.count).toBe(execution.successful + execution.failed);
    expect(errors?.count ?? 0).toBeLessThanOrEqual(execution.failed + (row.reason === "worker-lost" ? 1 : 0));
    expect(row.attempt).toBeLessThanOrEqual((row.retry?.limit ?? 3) + 1);
    const runsMax = row.repeat === undefined ? 1 : row.repeat.max;
    if (runsMax > 0) expect(execution.count).toBeLessThanOrEqual(runsMax + this.retried + this.rescheduled);
    if (before === null) return;
    expect(row.rev).toBe(before.rev + 1);
    if (by === "user") expect(row.fence).toBe(before.fence);
    expect(row.fence - before.fence).toBeLessThanOrEqual(1);
    expect(row.occurrence).toBeGreaterThanOrEqual(before.occurrence);
    expect([row.namespace, row.id, row.createdAt]).toEqual([before.namespace, before.id, before.createdAt]);
  }
}

test("whatever users and workers do, in any order, a task stays sound", () => {
  fc.assert(
    fc.property(definition, fc.array(step, { maxLength: 25 }), (given, steps) => {
      const life = new Life(given);
      for (const one of steps) life.step(one);
    }),
    { numRuns: 400 },
  );
});

test("from every state, without hand-editing, attempts alone lead a finite task to its end", () => {
  fc.assert(
    fc.property(definition, fc.array(step, { maxLength: 15 }), (given, steps) => {
      const life = new Life(
        given.repeat?.max === 0 ? { ...given, repeat: { ...given.repeat, max: 4 } } : given,
      );
      for (const one of steps) life.step(one);
      if (life.row.status === "SUSPENDED") life.byUser({ kind: "unsuspend" });
      for (let turn = 0; turn < 200 && life.row.dueAt !== undefined; turn += 1) {
        life.attempt({ kind: "attempt", outcome: "retryable", takes: 0, meanwhile: [] });
      }
      expect(["DONE", "FAILED"]).toContain(life.row.status);
    }),
    { numRuns: 200 },
  );
});

test("a moved schedule is never run before its time because a worker was lost", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 * CLAIM_MS }), fc.boolean(), (inMs, isClaimedFirst) => {
      const life = new Life({});
      if (isClaimedFirst) life.byWorker(claim(life.row, "w", life.now + CLAIM_MS, life.now));
      const at = life.now + inMs;
      life.byUser({ kind: "reschedule", inMs });
      const held = life.row;
      life.byWorker(
        isClaimedFirst
          ? renewClaim(held, life.now + 2 * CLAIM_MS, life.now)
          : claim(held, "w", life.now + CLAIM_MS, life.now),
      );
      expect(life.row.dueAt).toBeGreaterThanOrEqual(Math.max(at, life.row.claim?.until ?? 0));
    }),
  );
});

test("a schedule that cannot be read any more ends the task with its attempt recorded", () => {
  const life = new Life({ repeat: { interval: 1, unit: "minutes", max: 0 } });
  life.row = { ...life.row, repeat: { interval: 1, unit: "minutes", max: 0, cron: "not a cron" } };
  const attempted = {
    outcome: { class: "ok" as const },
    startedAt: START,
    now: START,
    random: () => 0,
    maxErrors: 5,
  };
  const ended = settle(life.row, attempted);
  expect(ended).toMatchObject({
    status: "FAILED",
    reason: "unreadable",
    execution: { count: 1, successful: 1 },
  });
  expect(ended.errors?.last).toMatch(/not a cron/);
  expect(ended.dueAt).toBeUndefined();
});

test("workers lost again and again on one task end it as the cause", () => {
  const life = new Life({});
  for (let lost = 0; lost < 10 && !isPoison(life.row); lost += 1) life.step({ kind: "crash" });
  expect(life.row.lostClaims).toBe(5);
  life.byWorker(bury(life.row, life.now));
  expect(life.row).toMatchObject({ status: "FAILED", reason: "worker-lost", errors: { count: 1 } });
});
