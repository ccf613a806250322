import type { Clock } from "@hookclock/engine";

type Sleeper = { at: number; wake: () => void };

export type FakeClock = Clock & {
  /** Moves time forward, waking every sleeper at its own moment and letting what it starts settle. */
  advance(ms: number): Promise<void>;
  /** Lets everything that can go on without time passing go on. */
  settle(): Promise<void>;
  /** Makes the wall clock jump, as a wrong time server would; sleepers and `monotonic` do not notice. */
  jump(ms: number): void;
};

/** Time that a test owns. Starts at 2030-01-01T00:00:00Z unless told otherwise. */
export function createFakeClock(startMs: number = Date.UTC(2030, 0, 1)): FakeClock {
  let elapsed = 0;
  let offset = startMs;
  let sleepers: Sleeper[] = [];

  const settle = async () => {
    // Each turn runs all promise jobs; some steps of the engine wait for a turn of the event loop on purpose.
    for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper: Sleeper = { at: elapsed + Math.max(0, ms), wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          "abort",
          () => {
            sleepers = sleepers.filter((other) => other !== sleeper);
            resolve();
          },
          { once: true },
        );
      }),
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const next = sleepers.reduce<Sleeper | null>(
          (best, one) => (best && best.at <= one.at ? best : one),
          null,
        );
        if (next === null || next.at > end) break;
        elapsed = Math.max(elapsed, next.at);
        sleepers = sleepers.filter((other) => other !== next);
        next.wake();
        await settle();
      }
      elapsed = end;
      await settle();
    },
    settle,
    jump(ms) {
      offset += ms;
    },
  };
}
