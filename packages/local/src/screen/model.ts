// What the screen knows: events in, view model out. Reads no clock and writes nothing.
import type { Status } from "@hookclock/core";
import type { AttemptFacts, Check, DevEvent, Glimpse } from "../events.ts";
import { Lateness } from "./lateness.ts";

type Started = Extract<DevEvent, { type: "started" }>;
export type Phase = "starting" | "running" | "draining" | "stopped";
export type Execution = AttemptFacts & {
  namespace: string;
  id: string;
  status: Status;
  reason: string | null;
};
export type Request = { method: string; path: string; status: number };
export type Caption = { at: number; text: string };
export type TaskLine = Glimpse & {
  /** When the attempt in flight started, epoch ms. */
  runningSince: number | null;
  /** What the last attempt ran into when no answer came. */
  error: string | null;
  tookMs: number | null;
  note: string;
};
export type View = {
  now: number;
  phase: Phase;
  started: Started | null;
  ranMs: number;
  tasks: TaskLine[];
  /** Tasks known beyond those in `tasks`. */
  hiddenCount: number;
  /** Whether older ones were forgotten, so that there may be more still. */
  forgotSome: boolean;
  /** Newest first. */
  recent: Execution[];
  captions: Caption[];
  counters: {
    succeeded: number;
    failed: number;
    retried: number;
    lost: number;
    faults: number;
    inFlight: number;
  };
  backlog: { count: number; atLeast: boolean };
  /** Of what was due while this instance ran and was not suspended. */
  lateness: { p50Ms: number; maxMs: number } | null;
  lastError: { at: number; code: string; message: string } | null;
  checks: readonly Check[];
  /** What the API was asked. `refused`: answered with an error. */
  requests: { count: number; refused: number; last: Request | null };
};

type Known = { glimpse: Glimpse; error: string | null; tookMs: number | null };

const TASKS_MAX = 500;
const RECENT_MAX = 50;
const CAPTIONS_MAX = 20;
/** An attempt whose end was never heard of (our own fault on the way) is not shown for ever. */
const IN_FLIGHT_MAX_MS = 16 * 60_000;
/** An error is news for so long. */
const ERROR_SHOWN_MS = 15_000;

const keyOf = ({ namespace, id }: { namespace: string; id: string }): string => `${namespace}\n${id}`;

export class ScreenModel {
  readonly #tasks = new Map<string, Known>();
  readonly #inFlight = new Map<string, number>();
  readonly #notes = new Map<string, string>();
  /** Where a task stands in the list: the order in which it was first heard of. */
  readonly #places = new Map<string, number>();
  /** Attempts that started late for a reason: their task was suspended, or nothing ran when it was due. */
  readonly #excused = new Set<string>();
  readonly #lateness = new Lateness();
  readonly #counters = { succeeded: 0, failed: 0, retried: 0, lost: 0, faults: 0 };
  #nextPlace = 0;
  #forgotSome = false;
  #recent: Execution[] = [];
  #captions: Caption[] = [];
  #phase: Phase = "starting";
  #started: Started | null = null;
  #endedAt: number | null = null;
  #backlog = { count: 0, atLeast: false };
  #lastError: View["lastError"] = null;
  #checks: readonly Check[] = [];
  #requests: View["requests"] = { count: 0, refused: 0, last: null };

  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  apply(event: DevEvent): void {
    switch (event.type) {
      case "started":
        this.#started = event;
        this.#phase = "running";
        return;
      case "start":
        this.#begun(event);
        return;
      case "request":
        this.#asked(event);
        return;
      case "attempt":
        this.#attempted(event.task, event.facts);
        return;
      case "lost":
        this.#inFlight.delete(keyOf(event));
        this.#counters.lost += 1;
        return;
      case "task":
        this.#learn(event.task);
        return;
      case "removed":
        this.#tasks.delete(keyOf(event));
        this.#places.delete(keyOf(event));
        return;
      case "backlog":
        this.#backlog = { count: event.count, atLeast: event.atLeast };
        return;
      case "error":
        this.#counters.faults += 1;
        this.#lastError = { at: event.at, code: event.code, message: event.message };
        return;
      case "caption":
        this.#captions = [...this.#captions, { at: event.at, text: event.text }].slice(-CAPTIONS_MAX);
        return;
      case "websub":
        return;
      case "note":
        this.#notes.set(keyOf(event), event.text);
        this.#place(keyOf(event));
        return;
      case "draining":
        this.#phase = "draining";
        return;
      case "checked":
        this.#checks = event.checks;
        return;
      case "stopped":
        this.#phase = "stopped";
        this.#endedAt = event.at;
    }
  }

  /** What is to be shown now, with at most `tasksMax` tasks and `recentMax` executions. */
  view(now: number, { tasksMax, recentMax }: { tasksMax: number; recentMax: number }): View {
    const lines = [...this.#tasks]
      .sort(([a], [b]) => (this.#places.get(a) ?? 0) - (this.#places.get(b) ?? 0))
      .map(([key, known]) => this.#lineOf(key, known));
    for (const [key, since] of this.#inFlight) {
      if (now - since > IN_FLIGHT_MAX_MS) this.#inFlight.delete(key);
    }
    const error = this.#lastError;
    return {
      now,
      phase: this.#phase,
      started: this.#started,
      ranMs: this.#started === null ? 0 : (this.#endedAt ?? now) - this.#started.at,
      tasks: mostTelling(lines, tasksMax),
      hiddenCount: Math.max(0, lines.length - tasksMax),
      forgotSome: this.#forgotSome,
      recent: this.#recent.slice(0, recentMax),
      captions: this.#captions,
      counters: { ...this.#counters, inFlight: this.#inFlight.size },
      backlog: this.#backlog,
      lateness: this.#lateness.summary(),
      lastError: error !== null && now - error.at <= ERROR_SHOWN_MS ? error : null,
      checks: this.#checks,
      requests: this.#requests,
    };
  }

  #asked({ method, path, status }: Request): void {
    const { count, refused } = this.#requests;
    const wasRefused = status === 0 || status >= 400;
    this.#requests = {
      count: count + 1,
      refused: refused + (wasRefused ? 1 : 0),
      last: { method, path, status },
    };
  }

  #begun(event: Extract<DevEvent, { type: "start" }>): void {
    const key = keyOf(event);
    this.#inFlight.set(key, event.startedAt);
    const wasSuspended = this.#tasks.get(key)?.glimpse.status === "SUSPENDED";
    const dueAt = event.startedAt - event.latenessMs;
    if (wasSuspended || (this.#started !== null && dueAt < this.#started.at)) this.#excused.add(key);
  }

  #attempted(task: Glimpse, facts: AttemptFacts): void {
    const key = keyOf(task);
    this.#inFlight.delete(key);
    this.#learn(task);
    const known = this.#tasks.get(key);
    if (known) Object.assign(known, { error: facts.error, tookMs: facts.tookMs });
    if (!this.#excused.delete(key)) this.#lateness.add(facts.latenessMs);
    if (facts.outcome === "ok") this.#counters.succeeded += 1;
    else this.#counters.failed += 1;
    if (task.reason === "retrying") this.#counters.retried += 1;
    const { namespace, id, status, reason } = task;
    this.#recent = [{ ...facts, namespace, id, status, reason }, ...this.#recent].slice(0, RECENT_MAX);
  }

  #learn(glimpse: Glimpse): void {
    const key = keyOf(glimpse);
    const known = this.#tasks.get(key);
    // A slow read may bring news older than what an attempt has told meanwhile.
    if (known && known.glimpse.updatedAt > glimpse.updatedAt) return;
    this.#tasks.set(key, { error: null, tookMs: null, ...known, glimpse });
    this.#place(key);
    if (this.#tasks.size > TASKS_MAX) this.#forgetOne();
  }

  /** Finished ones are forgotten first, oldest first. */
  #forgetOne(): void {
    const entries = [...this.#tasks];
    const finished = entries.find(
      ([, { glimpse }]) => glimpse.nextAt === null && glimpse.status !== "PROCESSING",
    );
    const victim = (finished ?? entries[0])?.[0];
    if (victim === undefined) return;
    this.#forgotSome = true;
    this.#tasks.delete(victim);
    this.#places.delete(victim);
  }

  #place(key: string): void {
    if (!this.#places.has(key)) this.#places.set(key, this.#nextPlace++);
  }

  #lineOf(key: string, { glimpse, error, tookMs }: Known): TaskLine {
    const runningSince = this.#inFlight.get(key) ?? null;
    return { ...glimpse, runningSince, error, tookMs, note: this.#notes.get(key) ?? "" };
  }
}

/**
 * Which tasks to show when not all fit: running ones, then those due next, those with a note, and the latest changes; in a steady order.
 */
function mostTelling(lines: readonly TaskLine[], max: number): TaskLine[] {
  if (lines.length <= max) return [...lines];
  const rank = (line: TaskLine) =>
    line.runningSince !== null || line.status === "PROCESSING"
      ? 0
      : line.nextAt !== null
        ? 1
        : line.note !== ""
          ? 2
          : 3;
  const chosen = new Set(
    [...lines]
      .sort(
        (a, b) =>
          rank(a) - rank(b) ||
          (rank(a) === 1 ? (a.nextAt ?? 0) - (b.nextAt ?? 0) : b.updatedAt - a.updatedAt),
      )
      .slice(0, max),
  );
  return lines.filter((line) => chosen.has(line));
}
