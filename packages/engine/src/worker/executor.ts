// Runs one task: claims it first where its last worker was lost, guards the attempt, records what it came to.
import { bury, claim, type HookclockError, isPoison, type TaskRow } from "@hookclock/core";
import type { Engine } from "../engine.ts";
import { Guard, runGuarded } from "./attempt.ts";
import type { WindowKey } from "./key-window.ts";
import { type Ended, type Recorded, Recorder } from "./recorder.ts";
import { keyOf, type ShardHold } from "./shard-hold.ts";
import { newTally, type Tally } from "./tally.ts";

type ExecutorOptions = { owner: string; onProgress: () => void; onLater?: (row: TaskRow) => void };

export class Executor {
  readonly tally: Tally = newTally();
  readonly #engine: Engine;
  readonly #holds: ReadonlyMap<number, ShardHold>;
  readonly #options: ExecutorOptions;
  readonly #recorder: Recorder;
  readonly #guards = new Set<Guard>();

  constructor(engine: Engine, holds: ReadonlyMap<number, ShardHold>, options: ExecutorOptions) {
    this.#engine = engine;
    this.#holds = holds;
    this.#options = options;
    this.#recorder = new Recorder(engine);
  }

  /** Attempts that ended and are not durable yet. */
  get backlog(): number {
    return this.#recorder.backlog;
  }

  /** Cuts every attempt in flight short. */
  cutAll(): void {
    for (const guard of this.#guards) guard.cut();
  }

  /** Null when the row turned out to be somebody else's. Rejects only when nothing was sent. */
  async run(key: WindowKey, row: TaskRow): Promise<Ended | null> {
    const hold = this.#holds.get(key.shard);
    const dueAt = key.dueAt;
    const startedAt = this.#engine.clock.now();
    let held = row;
    if (row.claim !== undefined || dueAt <= (hold?.cautiousUpTo ?? 0)) {
      // Its last worker was lost: this attempt is claimed beforehand, so that a task that kills workers is noticed.
      held = claim(row, this.#options.owner, startedAt + this.#engine.limits.claimMs, startedAt);
      if ((await this.#engine.tasks.save({ before: row, after: held })) !== "saved") {
        hold?.forget(key);
        this.#lost(row);
        return null;
      }
      hold?.known.delete(keyOf(key));
      if (isPoison(held)) return { ...poisoned(held), startedAt, dueAt };
    }
    const guard = new Guard(this.#engine, this.#options.owner, held, () => {
      hold?.handled(key);
      this.#options.onProgress();
    });
    const { namespace, id } = row;
    this.#engine.emit({ type: "start", namespace, id, startedAt, latenessMs: startedAt - dueAt });
    this.#guards.add(guard);
    try {
      const outcome = await runGuarded(this.#engine, row, guard);
      return { origin: held, held: await guard.end(), outcome, startedAt, dueAt };
    } finally {
      this.#guards.delete(guard);
    }
  }

  /** Makes an attempt durable and counts it. Resolves with what went wrong, if anything: the row is then as it was. */
  async record(key: WindowKey, ended: Ended): Promise<HookclockError | null> {
    const recorded = await this.#recorder.record(ended);
    const hold = this.#holds.get(key.shard);
    if (recorded.result === "error") {
      // Still due: it will be found and run again.
      hold?.forget(key);
      return recorded.error;
    }
    hold?.handled(key);
    this.#count(ended, recorded);
    if (recorded.result === "saved") this.#options.onLater?.(recorded.row);
    return null;
  }

  #count(ended: Ended, recorded: Exclude<Recorded, { result: "error" }>): void {
    const { outcome, startedAt, dueAt } = ended;
    this.tally.processed += 1;
    if (outcome.class === "ok") this.tally.succeeded += 1;
    else this.tally.failed += 1;
    if (outcome.class === "fault") this.tally.errors += 1;
    if (recorded.result === "lost") {
      this.#lost(ended.origin);
      return;
    }
    const task = recorded.result === "saved" ? recorded.row : ended.held;
    this.#engine.emit({ type: "attempt", log: recorded.log, task, latenessMs: startedAt - dueAt });
  }

  #lost({ namespace, id }: TaskRow): void {
    this.tally.lost += 1;
    this.#engine.emit({ type: "lost", namespace, id });
  }
}

function poisoned(held: TaskRow): Pick<Ended, "origin" | "held" | "outcome" | "move"> {
  return {
    origin: held,
    held,
    outcome: { class: "fault", error: "worker-lost", message: "every worker that ran this task was lost" },
    move: bury,
  };
}
