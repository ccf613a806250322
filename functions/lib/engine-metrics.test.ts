import type { EngineEvent } from "hookclock";
import { expect, test } from "vitest";
import { makeListener } from "./engine-metrics.ts";
import { testWorld } from "./test-world.ts";

const place = { namespace: "app", id: "a" };
const attempt = (status: "SUCCESS" | "FAIL", reason?: string) =>
  ({ type: "attempt", latenessMs: 3, log: { status }, task: { reason } }) as unknown as EngineEvent;

function after(...events: EngineEvent[]) {
  const world = testWorld();
  const listen = makeListener(world.metrics, world.log);
  for (const event of events) listen(event);
  return world;
}

test("an occurrence is executed when it came to an end, attempts count each time", () => {
  const { sums } = after(
    attempt("FAIL", "retrying"),
    attempt("FAIL", "retrying"),
    attempt("SUCCESS"),
    attempt("FAIL", "max-attempts"),
    attempt("FAIL"),
  );
  expect(sums).toEqual({ attempts: 5, executed: 3, succeeded: 1, failed: 2 });
});

test("lateness is that of the start, never below nothing", () => {
  const start = (latenessMs: number): EngineEvent => ({ type: "start", ...place, startedAt: 0, latenessMs });
  expect(after(start(12), start(-1)).samples).toEqual([
    ["latenessMs", 12],
    ["latenessMs", 0],
  ]);
});

test("lost claims and errors are counted, errors are told", () => {
  const error: EngineEvent = { type: "error", where: "look", message: "away", code: "throttled" };
  const { sums, lines } = after({ type: "lost", ...place }, error);
  expect(sums).toEqual({ claimsLost: 1, errors: 1 });
  expect(lines).toMatchObject([
    { level: "error", fields: { where: "look", code: "throttled", error: "away" } },
  ]);
});
