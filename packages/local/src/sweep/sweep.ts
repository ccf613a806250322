// The embedded database keeps rows whose time is up until somebody deletes them. This does, a little now and then.
import { createSweep, type Sweep, type SweepOptions } from "hookclock";

export type SweepPace = {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
};

/** Before the first round, and between one round through all tables and the next. */
export const REST_MS = 10 * 60_000;
/** Between two pages: whoever works with the database goes first. */
export const PAGE_MS = 500;

/** Sweeps the tables of a database until the signal aborts. Never rejects. */
export async function sweepDatabase(options: SweepOptions, pace: SweepPace): Promise<void> {
  const sweep = createSweep(options);
  await runSweep(sweep, pace);
  sweep.close();
}

/** A step that fails is made again after a rest: the database's other users say what is wrong with it. */
export async function runSweep(sweep: Pick<Sweep, "step">, { now, sleep, signal }: SweepPace): Promise<void> {
  let pauseMs = REST_MS;
  for (;;) {
    await sleep(pauseMs, signal);
    if (signal.aborted) return;
    const step = await sweep.step(now()).catch(() => null);
    pauseMs = step === null || step.isRoundOver ? REST_MS : PAGE_MS;
  }
}
