// Where messages come from, and at which sources their handlers are kept.
import { HookclockError, idField, shown } from "@hookclock/core";
import * as z from "zod";
import { levelsOf, normalTopic, topicProblem } from "../events/dotted-topic.ts";
import type { Message } from "../ports.ts";

/** What handlers are linked to. */
export type Source = Message["source"];
/** A message may also have been told to a consumer directly. */
export type AnySource = Source | { direct: true };
export const anySourceSchema = z.union([
  z.strictObject({ subscription: z.string() }),
  z.strictObject({ event: z.string() }),
  z.strictObject({ direct: z.literal(true) }),
]);
export const sourceSchema = z.union([
  z.strictObject({ subscription: z.string() }),
  z.strictObject({ event: z.string() }),
]);

/** The name of a source in keys: topics are the same whatever their case, and with or without `.*` at the end. */
export const sourceName = (source: Source): string =>
  "subscription" in source ? `subscription:${source.subscription}` : `event:${normalTopic(source.event)}`;

/** Every source whose handlers want a message of this one: of an event `a.b.c` also `a.b`, `a` and `*`, nearest first. */
export function sourcesFor(source: Source): string[] {
  if ("subscription" in source) return [sourceName(source)];
  return [...new Set([...levelsOf(source.event), "*"])].map((level) => `event:${level}`);
}

/** Whether an event's predicate is the topic itself, not something below it. */
export const isExactly = (topic: string, predicate: string): boolean =>
  normalTopic(topic) === normalTopic(predicate);

const inputSchema = z.union([
  z.strictObject({ subscription: idField }),
  z.strictObject({ event: z.string() }),
]);
/** Sources are parts of keys, escaped, and stand there beside two names: a key has no room for more. */
const ESCAPED_LENGTH_MAX = 800;
const ALLOWED =
  'either {"subscription": its id} or {"event": a dotted topic such as "orders.paid", "orders.*" or "*"}';

/**
 * Reads the source that a user names.
 *
 * @throws HookclockError `invalid-input`.
 */
export function parseSource(value: unknown, field = "source"): Source {
  const result = inputSchema.safeParse(value);
  const source = result.success ? result.data : null;
  const problem = source === null ? null : problemOf(source);
  if (source !== null && problem === null) return source;
  const name = source !== null && "event" in source ? source.event : value;
  const given = problem === null ? shown(name) : `${shown(name)}, which ${problem}`;
  throw new HookclockError("invalid-input", `${field} is ${given}; allowed: ${ALLOWED}`, {
    field,
    allowed: ALLOWED,
  });
}

/** In words, or null. */
function problemOf(source: Source): string | null {
  const problem = "event" in source ? topicProblem(source.event) : null;
  if (problem !== null) return problem;
  const isLong = encodeURIComponent(sourceName(source)).length > ESCAPED_LENGTH_MAX;
  return isLong ? `is longer than ${ESCAPED_LENGTH_MAX} characters once it is escaped` : null;
}
