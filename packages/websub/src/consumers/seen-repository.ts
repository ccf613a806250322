// The memory of which messages were there, as the questions that are asked about it.
import type { DocumentKey } from "@hookclock/engine";
import type { World } from "../ports.ts";
import { part } from "../rows.ts";
import { CONSUMER_LIMITS } from "./limits.ts";
import type { StoredMessage } from "./message-json.ts";
import { hashOf, messageName } from "./message-repository.ts";
import { type Source, sourceName } from "./source.ts";

type Sourced = StoredMessage & { source: Source };
export type SeenRepository = ReturnType<typeof makeSeenRepository>;

/** An entry is known by its id and version at its source, anything else by its own id. */
function seenKey({ namespace, source, entry, id }: Sourced): DocumentKey {
  const hash = entry === null ? hashOf("message", id) : hashOf("entry", entry.id, entry.version);
  return { pk: `${part(namespace)}/seen/${part(sourceName(source))}`, sk: hash };
}

export function makeSeenRepository({ documents, clock }: Pick<World, "documents" | "clock">) {
  const knownUntil = ({ entry }: Sourced): number =>
    clock.now() + (entry === null ? CONSUMER_LIMITS.keptMs : CONSUMER_LIMITS.entryKnownMs);

  return {
    /** Those of the messages that were not there yet. Of entries that were, it is noted that they are shown still. */
    async fresh<M extends Sourced>(messages: readonly M[]): Promise<M[]> {
      const found = await documents.getMany(messages.map(seenKey), clock.now());
      const fading = messages.flatMap((message, at) => {
        const seen = found[at] ?? null;
        if (seen === null || message.entry === null) return [];
        const expiresAt = knownUntil(message);
        const isFading = expiresAt - (seen.expiresAt ?? 0) >= CONSUMER_LIMITS.seenAgainMs;
        return isFading ? [{ pk: seen.pk, sk: seen.sk, data: seen.data, expiresAt }] : [];
      });
      if (fading.length > 0) await documents.putMany(fading);
      return messages.filter((_message, at) => (found[at] ?? null) === null);
    },

    /** The name under which a repetition of the message is known, unique over all sources of its namespace. */
    identity(message: Sourced): string {
      const { pk, sk } = seenKey(message);
      return `${pk} ${sk}`;
    },

    /** From here on they are no longer new. */
    async remember(messages: readonly Sourced[]): Promise<void> {
      await documents.putMany(
        messages.map((message) => ({
          ...seenKey(message),
          data: { message: messageName(message) },
          expiresAt: knownUntil(message),
        })),
      );
    },
  };
}
