// Which updates are not worth sending any more, because the topic has moved on.
import type { Outcome } from "@hookclock/core";
import type { HubParts } from "./hub-parts.ts";
import type { UpdateFacts } from "./update.ts";

export const outOfDate: Outcome = {
  class: "ok",
  message: "the topic has newer content, which goes to everybody",
};

/**
 * Content that was fetched is what a topic was at that time. When the topic is something else by now, everybody is sent
 * that, and the older one must not come behind it. What was handed in is sent in any case: nobody else has it.
 */
export async function isOutOfDate(
  { topics }: HubParts,
  namespace: string,
  { fetchedAt, collections: [collection = ""] }: Pick<UpdateFacts, "fetchedAt" | "collections">,
): Promise<boolean> {
  return fetchedAt !== null && (await topics.changedAt(namespace, collection)) > fetchedAt;
}
