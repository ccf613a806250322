// Who receives the deliveries: mostly quick, sometimes slow, failing where it is told to. Writes down every arrival.
import type { Outcome, TaskRow } from "@hookclock/core";
import type { AttemptContext, Clock, Handler, Random } from "@hookclock/engine";

export type Arrival = {
  id: string;
  occurrence: number;
  attempt: number;
  at: number;
  /** Arrival minus the time the attempt was due. */
  lateMs: number;
  /** How long before its time it was known that it would be due. */
  knownMs: number;
};

const SLOW_SHARE = 0.02;
const ok: Outcome = { class: "ok", received: { status: 200, headers: {}, body: "" } };
const error: Outcome = { class: "retryable", error: "status", message: "answered 500" };

export const attemptKey = (task: { id: string; occurrence: number }, attempt: number): string =>
  `${task.id}/${task.occurrence}/${attempt}`;

export class Receiver {
  readonly arrivals: Arrival[] = [];
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The handler of one process, which waits by that process's clock. */
  handler(sleep: Clock["sleep"], inFlight: Set<string>): Handler {
    return {
      kind: "http",
      laneOf: ({ request }) => (request ? new URL(request.url).host : undefined),
      run: async (task, context) => {
        inFlight.add(attemptKey(task, context.attempt));
        this.#arrive(task, context);
        const random = this.#random();
        const answerMs = random < SLOW_SHARE ? 1_000 + this.#random() * 7_000 : 15 + this.#random() * 135;
        await sleep(answerMs, context.signal);
        const fails = Number(new URL(task.request?.url ?? "").searchParams.get("fails") ?? "0");
        return context.attempt <= fails ? error : ok;
      },
    };
  }

  #arrive(task: TaskRow, { attempt }: AttemptContext): void {
    const at = this.#clock.now();
    const dueAt = task.dueAt ?? Number.NaN;
    const { id, occurrence } = task;
    const knownMs = dueAt - task.updatedAt;
    this.arrivals.push({ id, occurrence, attempt, at, lateMs: at - dueAt, knownMs });
  }
}
