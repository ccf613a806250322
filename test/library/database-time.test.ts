// Workers whose own clocks are wrong: the database's time is what counts.
import { startDynalite, startReceiver } from "@hookclock/testkit";
import Hooks from "hookclock";
import { expect, test } from "vitest";
import { type TravelClock, travelClock } from "./support.ts";

const HOUR = 3_600_000;

/** The real clock, set wrong. */
function wrongBy(offsetMs: number): TravelClock {
  const clock = travelClock();
  clock.jump(offsetMs);
  return clock;
}

test.each([HOUR, -HOUR])(
  "a worker whose clock is %i ms off fires a task neither early nor an hour late",
  async (off) => {
    await using database = await disposable(await startDynalite());
    await using receiver = await startReceiver();
    const hooks = new Hooks(
      {
        endpoint: database.endpoint,
        tasksTableName: "tasks",
        logsTableName: "logs",
        createTable: true,
        egress: { allow: ["127.0.0.1"] },
      },
      { clock: wrongBy(off), databaseTime: true },
    );
    await hooks.ready();
    const due = Date.now() + 1_500;
    await hooks.register({ namespace: "app", url: receiver.url, scheduledDate: new Date(due) });
    const stop = new AbortController();
    const worker = hooks.run({ signal: stop.signal, pollMs: 200 });
    await receiver.received(1);
    // The date of an answer names a second, so that is how well the hour is known. How late it is beyond that is the
    // machine's affair: an hour would be longer than this test may take.
    expect(Date.now() - due).toBeGreaterThan(-2_000);
    stop.abort();
    expect(await worker).toMatchObject({ processed: 1 });
    await hooks.close();
  },
);

async function disposable<T extends { stop(): Promise<void> }>(database: T): Promise<T & AsyncDisposable> {
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.stop() });
}
