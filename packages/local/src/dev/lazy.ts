// The door to an instance. What only an instance needs (database, API, screen) is loaded behind it: every other command
// is a guest of one and should not wait for that.
import type { DevOptions, Room } from "./run.ts";

/** Runs until it is told to stop, then drains. Resolves with the exit code. */
export async function runDev(options: DevOptions, room: Room): Promise<number> {
  const { runDev } = await import("./run.ts");
  return runDev(options, room);
}
