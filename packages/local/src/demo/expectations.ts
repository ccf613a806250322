// What the demo promises to show, judged by what was seen. Pure.
import type { Status } from "@hookclock/core";
import type { AttemptFacts, Check, DevEvent } from "../events.ts";
import type { CircleSeen } from "./circle.ts";
import { judgeCircle } from "./circle-checks.ts";
import { FEED_NAMESPACE, NAMESPACE } from "./plan.ts";

export type SeenTask = { id: string; status: Status; reason: string | null };
export type Seen = {
  attempts: readonly (AttemptFacts & { id: string })[];
  tasks: readonly SeenTask[];
  /** Ids that the database showed as PROCESSING. */
  processing: ReadonlySet<string>;
  /** When `paused` was out of the schedule, epoch ms. */
  suspendedAt: number | null;
  unsuspendedAt: number | null;
  signed: { verified: number; refused: number };
  /** WebSub; null until it has begun. */
  circle: CircleSeen | null;
  /** Codes of what went wrong on our own side. */
  errors: readonly string[];
};

const OURS: readonly string[] = [NAMESPACE, FEED_NAMESPACE];

/** Collects what counts out of the stream of events. */
export class Witness {
  readonly attempts: (AttemptFacts & { id: string })[] = [];
  readonly processing = new Set<string>();
  readonly errors: string[] = [];
  suspendedAt: number | null = null;
  unsuspendedAt: number | null = null;
  static readonly ATTEMPTS_MAX = 500;

  observe(event: DevEvent): void {
    if (event.type === "task" && event.task.namespace === NAMESPACE && event.task.status === "PROCESSING") {
      this.processing.add(event.task.id);
    }
    if (event.type === "error" && this.errors.length < Witness.ATTEMPTS_MAX) this.errors.push(event.code);
    if (event.type !== "attempt" || !OURS.includes(event.task.namespace)) return;
    // What the promises are about happens early; later rounds only repeat it.
    if (this.attempts.length < Witness.ATTEMPTS_MAX)
      this.attempts.push({ id: event.task.id, ...event.facts });
  }
}

/** An attempt that was starting while the suspension was written is no breach of it. */
const SUSPEND_GRACE_MS = 250;

export function judge(seen: Seen): Check[] {
  const of = (id: string) => seen.attempts.filter((attempt) => attempt.id === id);
  const taskOf = (id: string) => seen.tasks.find((task) => task.id === id);
  const statuses = (id: string, count?: number) =>
    of(id)
      .slice(0, count)
      .map((attempt) => attempt.responseStatus)
      .join(", ") || "nothing";
  const ends = (id: string) => {
    const task = taskOf(id);
    return task === undefined ? "no task" : [task.status, task.reason].filter(Boolean).join(" ");
  };
  const oks = (id: string) => of(id).filter(({ outcome }) => outcome === "ok").length;
  const earliest = Math.min(0, ...seen.attempts.map(({ latenessMs }) => latenessMs));
  return [
    check(
      "a one-shot task runs once and is DONE",
      of("one-shot").length >= 1 && oks("one-shot") === of("one-shot").length,
      `${statuses("one-shot")}, ${ends("one-shot")}`,
    ),
    check("a recurring task comes round", oks("every-2s") >= 3, `${oks("every-2s")} runs`),
    check("a cron task comes round", oks("cron") >= 1, `${oks("cron")} runs`),
    check(
      "signatures are verified by the receiver",
      seen.signed.verified >= 2 && seen.signed.refused === 0,
      `${seen.signed.verified} verified, ${seen.signed.refused} refused`,
    ),
    check(
      "a flaky receiver is retried until it answers",
      statuses("flaky", 3) === "503, 503, 200",
      statuses("flaky", 3),
    ),
    check(
      "a receiver that is down ends in FAILED",
      statuses("down", 4) === "500, 500, 500, 500",
      `${statuses("down", 4)}, ${ends("down")}`,
    ),
    check(
      "410 ends a task at once",
      statuses("gone") === "410" && ends("gone") === "FAILED gone",
      `${statuses("gone")}, ${ends("gone")}`,
    ),
    check(
      "a long attempt shows as PROCESSING",
      seen.processing.has("slow") && oks("slow") >= 1,
      `${seen.processing.has("slow") ? "seen" : "not seen"}, ${statuses("slow", 1)}`,
    ),
    suspension(
      seen,
      of("paused").map(({ startedAt }) => startedAt),
    ),
    ...judgeCircle(seen.circle, seen.attempts),
    check(
      "nothing runs before its time",
      seen.attempts.length > 0 && earliest === 0,
      earliest < 0 ? `${-earliest} ms early` : `${seen.attempts.length} attempts, none early`,
    ),
    check(
      "nothing goes wrong on our own side",
      seen.errors.length === 0,
      seen.errors.length === 0 ? "no errors" : [...new Set(seen.errors)].join(", "),
    ),
  ];
}

function suspension(seen: Seen, starts: readonly number[]): Check {
  const { suspendedAt: from, unsuspendedAt: to } = seen;
  const what = "a suspended task rests, then goes on";
  if (from === null || to === null) return check(what, false, "not suspended and unsuspended yet");
  const before = starts.filter((at) => at <= from + SUSPEND_GRACE_MS).length;
  const between = starts.filter((at) => at > from + SUSPEND_GRACE_MS && at < to).length;
  const after = starts.filter((at) => at >= to).length;
  return check(
    what,
    before > 0 && between === 0 && after > 0,
    `${before} runs before, ${between} meanwhile, ${after} after`,
  );
}

const check = (what: string, ok: boolean, seen: string): Check => ({ what, ok, seen });
