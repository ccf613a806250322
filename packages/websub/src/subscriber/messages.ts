// What a push says, as messages: one for each entry of a feed, or one for the whole. Pure.
import { createHash } from "node:crypto";
import { CONTENT_LIMITS, parseContent } from "../content/parse-content.ts";
import type { Message } from "../ports.ts";
import type { ReceivePayload } from "./tasks.ts";

/** The same parts give the same id, on every machine and in every attempt. */
export const idOf = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 32);

/**
 * An entry in the same version is the same message, however often it comes; an updated one is another. Content that is no
 * feed is a message with each push: the same state twice, with another in between, is two pieces of news.
 */
export function messagesOf(
  namespace: string,
  payload: ReceivePayload,
  bytes: Uint8Array,
): { messages: Message[]; problem?: string } {
  const { subscription, push, topic, type, receivedAt } = payload;
  const base = { namespace, source: { subscription }, topic, receivedAt };
  // How large a push may be was judged at the door.
  const limits = { ...CONTENT_LIMITS, bytesMax: Math.max(CONTENT_LIMITS.bytesMax, bytes.length) };
  const parsed = parseContent(type, bytes, limits, topic);
  if (parsed.kind === "feed") {
    const messages = parsed.entries.map(
      (entry): Message => ({
        ...base,
        id: idOf("entry", subscription, entry.id, entry.version),
        entry,
        content: null,
      }),
    );
    return parsed.truncated
      ? { messages, problem: `more entries than the ${limits.entriesMax} that are taken from one push` }
      : { messages };
  }
  const message: Message = {
    ...base,
    id: idOf("push", subscription, push),
    entry: null,
    content: { type, bytes },
  };
  return parsed.problem === undefined
    ? { messages: [message] }
    : { messages: [message], problem: parsed.problem };
}
