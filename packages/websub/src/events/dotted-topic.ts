// Topics of events: words with dots between, from the general to the special. A subscription to `a.b` gets everything at
// and below it; upper and lower case are the same.
import { refuse } from "@hookclock/core";
import type { Collection } from "../hub/url-identity.ts";

const BYTES_MAX = 512;
/** Each level is a place that subscriptions of an event are looked for at. */
const PARTS_MAX = 32;
const FORBIDDEN = /[\p{Cc}\s/*]/u;
const ALL = "*";
const ALLOWED =
  'words with dots between, such as "orders.paid", of which only the last may be "*", without spaces and slashes';

/** What is wrong with the topic of a subscription, in words, or null. */
export function topicProblem(topic: string): string | null {
  const parts = topic.split(".");
  const words = parts.at(-1) === ALL ? parts.slice(0, -1) : parts;
  if (Buffer.byteLength(topic) > BYTES_MAX) return `is longer than ${BYTES_MAX} bytes`;
  if (parts.length > PARTS_MAX) return `has more than ${PARTS_MAX} parts`;
  if (words.some((word) => word === "")) return "has an empty part";
  if (words.includes(ALL)) return 'has a "*" that is not its last part';
  if (words.some((word) => word.includes(ALL))) return 'has a "*" that is not a whole part';
  if (words.some((word) => FORBIDDEN.test(word))) return "has a space, a slash or a control character";
  if (!topic.isWellFormed()) return "is not well-formed Unicode";
  // Names below UN belong to its bodies; a subscription to all of one has to say so.
  const isShort = words.length === parts.length && parts.length < UN_PARTS_MIN;
  if (isShort && parts.length > 1 && parts[0]?.toUpperCase() === "UN") {
    return `starts with "UN." and has fewer than ${UN_PARTS_MIN} parts; end it in ".*" to mean all below it`;
  }
  return null;
}
const UN_PARTS_MIN = 4;

/** What is wrong with the predicate of an event, in words, or null. It is one topic, so it holds no `*`. */
export function predicateProblem(predicate: string): string | null {
  if (predicate.includes(ALL)) return 'holds a "*"';
  return /^UN\./i.test(predicate) ? topicProblem(`X${predicate.slice(2)}`) : topicProblem(predicate);
}

/** The form in which topics are compared: `a.b`, `A.B` and `a.b.*` are one. `*` is the root of all. */
export const normalTopic = (topic: string): string => {
  const upper = topic.toUpperCase();
  return upper !== ALL && upper.endsWith(".*") ? upper.slice(0, -2) : upper;
};

/** An event's own topic and those it lies below, the most special first: of `a.b.c` also `A.B` and `A`. */
export function levelsOf(predicate: string): string[] {
  const parts = normalTopic(predicate).split(".");
  return parts.map((_part, at) => parts.slice(0, parts.length - at).join("."));
}

/**
 * Where the subscriptions to a topic are kept.
 *
 * @throws HookclockError `invalid-input` for what is no topic.
 */
export function collectionOfTopic(topic: string): Collection {
  if (topicProblem(topic) !== null) refuse("topic", topic, ALLOWED);
  return `dot:${normalTopic(topic)}`;
}

/** Below it are events of the product's own: what became of subscriptions and consumers. */
const OWN = "HOOKCLOCK";

/** Whether events at or below this topic are the product's own. */
export const isOwnTopic = (topic: string): boolean => normalTopic(topic).split(".")[0] === OWN;

/**
 * Where subscriptions are that an event may be for, the most special first, the root last. Who asks for everything gets
 * none of our own: they tell of others' subscriptions, and have to be asked for by name.
 */
export function collectionsOfEvent(predicate: string): Collection[] {
  const wanted = isOwnTopic(predicate) ? levelsOf(predicate) : [...levelsOf(predicate), ALL];
  return wanted.map((level): Collection => `dot:${level}`);
}
