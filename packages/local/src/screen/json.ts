// One JSON object an event, for programs. Pure. Instants are ISO 8601.
import type { DevEvent, Glimpse } from "../events.ts";

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** One line without a line end; null for what a program has no use for. */
export function jsonOf(event: DevEvent): string | null {
  const { at, ...facts } = event;
  switch (facts.type) {
    case "note":
      return null;
    case "start":
      return line(at, { ...facts, startedAt: isoOf(facts.startedAt) });
    case "attempt": {
      const { startedAt, ...rest } = facts.facts;
      return line(at, { type: "attempt", task: taskOf(facts.task), startedAt: isoOf(startedAt), ...rest });
    }
    case "task":
      return line(at, { ...facts, task: taskOf(facts.task) });
    default:
      return line(at, facts);
  }
}

const line = (at: number, facts: object): string => JSON.stringify({ at: isoOf(at), ...facts });

function taskOf({ nextAt, updatedAt, ...task }: Glimpse): object {
  return { ...task, nextAttemptDate: nextAt === null ? null : isoOf(nextAt), updatedDate: isoOf(updatedAt) };
}
