// Puts an update on its way: content first, then the update, then the task that fans it out. Cut off anywhere, doing it
// again with the same id goes on and makes nothing twice.
import type { HubParts } from "./hub-parts.ts";
import { fanOutTask } from "./hub-tasks.ts";
import { NOT_BEGUN, type Update } from "./update.ts";
import { hashOf } from "./url-identity.ts";

export type NewUpdate = Pick<
  Update,
  "kind" | "name" | "topic" | "collections" | "contentType" | "links" | "since"
> & {
  namespace: string;
  id: string;
  bytes: Uint8Array;
  fetchedAt?: number;
  /** Such content was stored a little while ago: once is enough. */
  isStored?: boolean;
};

/** Equal for the same content of the same type with the same links. */
export const fingerprintOf = ({
  bytes,
  contentType,
  links,
}: Pick<NewUpdate, "bytes" | "contentType" | "links">): string =>
  hashOf(bytes, contentType, links.hub, links.self);

/**
 * Resolves when it is durable that every subscriber will be sent it, with the update as it is stored: of a repeat, that
 * is the first one.
 *
 * @throws HookclockError `id-conflict` when the id was used for another update.
 */
export async function publishUpdate(
  parts: HubParts,
  given: NewUpdate,
  /** Done when the update is stored, before anybody is sent it. */
  beforeFanOut: (update: Update) => Promise<void> = async () => {},
): Promise<Update> {
  const { namespace, id, bytes, fetchedAt = null, isStored = false, ...rest } = given;
  const content = isStored
    ? parts.updates.referenceTo(namespace, bytes)
    : await parts.updates.putContent(namespace, bytes);
  const update = await parts.updates.insert(namespace, id, {
    ...rest,
    contentId: content.id,
    contentBytes: content.bytes,
    createdAt: parts.world.clock.now(),
    fetchedAt,
    fingerprint: hashOf(fingerprintOf(given), given.topic),
    ...NOT_BEGUN,
  });
  await beforeFanOut(update);
  await parts.world.tasks.register(fanOutTask(namespace, { update: id, part: 0 }, update.createdAt));
  return update;
}
