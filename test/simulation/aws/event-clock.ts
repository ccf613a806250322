// Time for long simulations with many sleepers: as the test kit's fake clock, with a heap, and whole milliseconds.
import type { Clock } from "@hookclock/engine";

type Sleeper = { at: number; order: number; wake: (() => void) | null };

export type EventClock = Clock & {
  /** Runs everything that is due until this wall-clock instant. */
  runUntil(at: number): Promise<void>;
};

/** Turns of the event loop that let go on what can go on without time passing. */
const SETTLE_TURNS = 3;

export function createEventClock(startMs: number): EventClock {
  let now = startMs;
  let order = 0;
  const heap: Sleeper[] = [];

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  return {
    now: () => now,
    monotonic: () => now - startMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        order += 1;
        const sleeper: Sleeper = { at: now + Math.ceil(Math.max(0, ms)), order, wake: resolve };
        push(heap, sleeper);
        signal?.addEventListener(
          "abort",
          () => {
            sleeper.wake = null;
            resolve();
          },
          { once: true },
        );
      }),
    async runUntil(end) {
      await settle();
      for (let next = heap[0]; next !== undefined && next.at <= end; next = heap[0]) {
        now = Math.max(now, next.at);
        let woken = 0;
        while ((heap[0]?.at ?? Number.POSITIVE_INFINITY) <= now) {
          const sleeper = pop(heap);
          if (sleeper?.wake) woken += 1;
          sleeper?.wake?.();
        }
        if (woken > 0) await settle();
      }
      now = Math.max(now, end);
    },
  };
}

const isBefore = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Sleeper[], sleeper: Sleeper): void {
  let place = heap.length;
  heap.push(sleeper);
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent] as Sleeper;
    if (isBefore(above, sleeper)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = sleeper;
}

function pop(heap: Sleeper[]): Sleeper | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Sleeper, heap[child] as Sleeper)) child += 1;
    if (!isBefore(heap[child] as Sleeper, last)) break;
    heap[place] = heap[child] as Sleeper;
    place = child;
  }
  heap[place] = last;
  return first;
}
