// What a publisher of our own may hand in, beyond its size.
import { check, namespaceField, refuse } from "@hookclock/core";
import * as z from "zod";
import { isUrl } from "./url-identity.ts";

const TOPIC_BYTES_MAX = 2_048;
const TYPE = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;
/** An update's id, where its publisher gives one. The same in all rooms that take one. */
export const publishedIdField = z.string().regex(/^[\x21-\x7e]{1,255}$/, "1 to 255 visible ASCII characters");

/** @throws HookclockError `invalid-input`: before anything is written under it. */
export function checkNamespace(namespace: string): void {
  check(namespaceField, namespace, "namespace");
}

/** @throws HookclockError `invalid-input`. */
export function checkTopicUrl(topic: string): void {
  if (!isUrl(topic) || !URL.canParse(topic) || Buffer.byteLength(topic) > TOPIC_BYTES_MAX) {
    refuse("topic", topic, `an absolute http: or https: URL of at most ${TOPIC_BYTES_MAX} bytes`);
  }
}

/** @throws HookclockError `invalid-input`. */
export function checkType(contentType: string): void {
  if (!TYPE.test(contentType) || !contentType.includes("/")) {
    refuse("contentType", contentType, 'a media type such as "application/json", at most 255 characters');
  }
}

/** @throws HookclockError `invalid-input`. */
export function checkPublishedId(id: string | undefined): void {
  if (id !== undefined) check(publishedIdField, id, "id");
}
