// A clock that agrees with the database: workers that share its tables then share a time, however their own are set.
import { type DatedAnswer, narrow, type OffsetRange, offsetFrom } from "@hookclock/core";
import type { Clock } from "@hookclock/engine";

export type DatabaseClock = Clock & {
  /** Takes in what an answer of the database says about the time. Its instants are the base clock's. */
  learn(answer: DatedAnswer): void;
};

/** `base`, corrected by as much as the dates of the database's answers prove it to be off; 0 if they prove nothing. */
export function createDatabaseClock(base: Clock): DatabaseClock {
  let range: OffsetRange | null = null;
  let learnedAt = 0;
  let offset = 0;
  return {
    now: () => base.now() + offset,
    monotonic: () => base.monotonic(),
    sleep: (ms, signal) => base.sleep(ms, signal),
    learn(answer) {
      range = narrow(range, answer, base.monotonic() - learnedAt);
      learnedAt = base.monotonic();
      // Drift is a fraction of a millisecond, and instants are whole ones: a row with a broken one cannot be read back.
      offset = Math.trunc(offsetFrom(range));
    },
  };
}
