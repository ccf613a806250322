// The JSON that a message is to the outside: what envelopes carry, what filters ask and templates show.
import { isHookclockError, isoOf, type Json, toJson } from "@hookclock/core";
import { isHtml, isJson, isXml, parseMediaType } from "../content/media-type.ts";
import type { Entry, Message } from "../ports.ts";
import { CONSUMER_LIMITS } from "./limits.ts";
import type { AnySource } from "./source.ts";

/** A message as it is stored: one from a source, or one that was told to a consumer. */
export type StoredMessage = Omit<Message, "source"> & { source: AnySource };

/** What kind of message it is, as `type` of an envelope says it. */
export function typeOf({ source, entry }: StoredMessage): string {
  if ("direct" in source) return "hookclock.message";
  if ("event" in source) return "hookclock.event";
  return entry === null ? "hookclock.content" : "hookclock.entry";
}

/**
 * The message as JSON: `id`, `namespace`, `source`, `topic`, `receivedDate`, `entry` (null when it is none), `payload`
 * (content that is JSON) and `content` (its type and size, and its text unless it is the payload).
 */
export function messageJson(message: StoredMessage): Record<string, Json> {
  const { id, namespace, source, topic, receivedAt, entry, content } = message;
  const payload = content === null ? undefined : payloadOf(content);
  return {
    id,
    namespace,
    source,
    topic,
    receivedDate: isoOf(receivedAt),
    entry: entry === null ? null : entryJson(entry),
    payload: payload ?? null,
    content: content === null ? null : contentJson(content, payload !== undefined),
  };
}

/** As `messageJson`, with content that is no text as base64: what an envelope has room for. */
export function wholeMessageJson(message: StoredMessage): Record<string, Json> {
  const json = messageJson(message);
  const { content } = json;
  const isThere = content !== null && typeof content === "object" && !Array.isArray(content);
  if (!isThere || message.content === null || "text" in content || json["payload"] !== null) return json;
  return { ...json, content: { ...content, base64: Buffer.from(message.content.bytes).toString("base64") } };
}

function entryJson({ publishedAt, updatedAt, ...entry }: Entry): Json {
  const json: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(entry)) if (value !== undefined) json[name] = value;
  if (publishedAt !== undefined) json["publishedDate"] = isoOf(publishedAt);
  if (updatedAt !== undefined) json["updatedDate"] = isoOf(updatedAt);
  return json;
}

type Content = NonNullable<Message["content"]>;

function contentJson({ type, bytes }: Content, isPayload: boolean): { [name: string]: Json } {
  const text = isPayload ? null : textOf({ type, bytes });
  return { type, sizeBytes: bytes.length, ...(text === null ? {} : { text }) };
}

/** Content that is JSON of a size and depth that can be looked into; undefined for anything else. */
function payloadOf({ type, bytes }: Content): Json | undefined {
  if (!isJson(parseMediaType(type).essence) || bytes.length > CONSUMER_LIMITS.payloadBytesMax)
    return undefined;
  const text = decode(bytes, "utf-8");
  if (text === null) return undefined;
  try {
    return toJson(JSON.parse(text), "payload");
  } catch (error) {
    if (error instanceof SyntaxError || isHookclockError(error)) return undefined;
    throw error;
  }
}

/** The text of content that says it is text; null when it is not, or not in the charset it names. */
export function textOf({ type, bytes }: Content): string | null {
  const { essence, charset = "utf-8" } = parseMediaType(type);
  const isText =
    essence.startsWith("text/") ||
    essence === "application/x-www-form-urlencoded" ||
    [isHtml, isJson, isXml].some((isOne) => isOne(essence));
  return isText ? decode(bytes, charset) : null;
}

function decode(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    // A charset nobody knows, or bytes that are none of it: then it travels as bytes.
    return null;
  }
}
