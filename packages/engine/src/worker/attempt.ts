// One attempt: ask the handler, and keep the task protected for as long as that takes.
import {
  claim,
  DEFAULTS,
  deliveryId,
  HookclockError,
  isSameRun,
  type Outcome,
  renewClaim,
  type TaskRow,
} from "@hookclock/core";
import type { Engine } from "../engine.ts";
import { problemOf } from "./outcome.ts";

/** An attempt that lives longer than this takes a claim of its own, so that its shard's lease need not wait for it. */
const DETACH_AFTER_MS = 1_000;

export type AttemptResult = { held: TaskRow; outcome: Outcome; startedAt: number };

/** After its time is up a handler is told to end; one that has not ended this much later is left to itself. */
const ABANDON_AFTER_MS = 5_000;

/** Makes one attempt under guard. Never rejects: what is our own fault is an outcome of class `fault`. */
export async function runGuarded(engine: Engine, row: TaskRow, guard: Guard): Promise<Outcome> {
  return Promise.race([runHandler(engine, row, guard.signal), guard.abandoned]);
}

async function runHandler(engine: Engine, row: TaskRow, signal: AbortSignal): Promise<Outcome> {
  const handler = engine.handlers.get(row.kind);
  if (handler === undefined) {
    const known = [...engine.handlers.keys()].join(", ");
    return fault("unknown-kind", `no handler for kind "${row.kind}" in this worker; it knows: ${known}`);
  }
  try {
    const outcome = await handler.run(row, {
      signal,
      deliveryId: deliveryId(row.namespace, row.id, row.occurrence),
      startedAt: engine.clock.now(),
      attempt: row.attempt + 1,
    });
    const problem = problemOf(outcome);
    return problem === null
      ? outcome
      : fault("handler-fault", `the handler of kind "${row.kind}" ${problem}`);
  } catch (error) {
    const code = error instanceof HookclockError ? error.code : "handler-fault";
    const message = error instanceof HookclockError ? error.message : nameOf(error);
    return fault(code, `the handler of kind "${row.kind}" failed: ${message}`);
  }
}

const fault = (error: string, message: string): Outcome => ({ class: "fault", error, message });

/** An unknown error's text may hold a header or a body: only its name is safe to keep. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/**
 * Watches over an attempt in flight. After a second it claims the row (status PROCESSING, due again when the claim
 * ends), then renews the claim until the attempt is over. `detached` is called once the row stands on its own.
 */
export class Guard {
  readonly #engine: Engine;
  readonly #owner: string;
  readonly #over = new AbortController();
  readonly #detached: () => void;
  readonly #work: Promise<void>;
  readonly #attempt = new AbortController();
  readonly #abandon = Promise.withResolvers<Outcome>();
  held: TaskRow;

  constructor(engine: Engine, owner: string, row: TaskRow, detached: () => void) {
    this.#engine = engine;
    this.#owner = owner;
    this.held = row;
    this.#detached = detached;
    this.#work = this.#watch();
  }

  /** Aborts when the attempt's time is up, or when the worker is told to stop at once. */
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  /** Resolves when a handler does not end though it was told to. */
  get abandoned(): Promise<Outcome> {
    return this.#abandon.promise;
  }

  /** Cuts the attempt short. */
  cut(): void {
    this.#attempt.abort();
  }

  /** Ends the watch; afterwards `held` is the row as this worker last wrote it. */
  async end(): Promise<TaskRow> {
    // With a reason, because the default one is an exception with a stack, made anew for every attempt.
    this.#over.abort("over");
    await this.#work;
    return this.held;
  }

  async #watch(): Promise<void> {
    const { clock, limits } = this.#engine;
    const { signal } = this.#over;
    const timeoutAt = clock.monotonic() + (this.held.timeoutMs ?? DEFAULTS.timeoutMs);
    const thirdMs = limits.claimMs / 3;
    let protectAt = clock.monotonic() + (this.held.claim ? thirdMs : Math.min(DETACH_AFTER_MS, thirdMs));
    let isProtected = true;
    for (;;) {
      const nextAt = this.#attempt.signal.aborted ? timeoutAt + ABANDON_AFTER_MS : timeoutAt;
      await clock.sleep(Math.min(nextAt, isProtected ? protectAt : nextAt) - clock.monotonic(), signal);
      if (signal.aborted) return;
      if (clock.monotonic() >= nextAt && !this.#timeUp()) return;
      if (!isProtected || clock.monotonic() < protectAt) continue;
      isProtected = await this.#protect();
      protectAt = clock.monotonic() + thirdMs;
    }
  }

  /** First tells the handler to end, then gives it up. False when it was given up. */
  #timeUp(): boolean {
    if (!this.#attempt.signal.aborted) {
      this.#attempt.abort(new DOMException("the attempt took longer than timeoutMs", "TimeoutError"));
      return true;
    }
    this.#abandon.resolve(
      fault("timeout", `the handler of kind "${this.held.kind}" did not end when its time was up`),
    );
    return false;
  }

  /** False when there is nothing left to protect: the task was deleted, or another worker has it. */
  async #protect(): Promise<boolean> {
    const { clock, limits, tasks } = this.#engine;
    for (let tries = 0; tries < 5; tries += 1) {
      const now = clock.now();
      const until = now + limits.claimMs;
      const mine = this.held.claim?.owner === this.#owner;
      const after = mine ? renewClaim(this.held, until, now) : claim(this.held, this.#owner, until, now);
      try {
        if ((await tasks.save({ before: this.held, after })) === "saved") {
          this.held = after;
          if (!mine) this.#detached();
          return true;
        }
        const current = await tasks.read(this.held);
        if (current === null || !isSameRun(this.held, current)) return false;
        this.held = current;
      } catch (error) {
        // The attempt goes on; the next turn tries again. Its result is protected by the row's version in any case.
        const message = error instanceof Error ? error.message : String(error);
        this.#engine.emit({ type: "error", where: "claim", message, code: "store-unavailable" });
        return true;
      }
    }
    return true;
  }
}
