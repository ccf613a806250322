import { createHash } from "node:crypto";
import type { Json } from "@hookclock/core";

/** A JSON object, as bodies that become fields must be. */
export type Fields = { [key: string]: Json };

export const isFields = (body: Json | undefined): body is Fields =>
  typeof body === "object" && body !== null && !Array.isArray(body);

/** A field's value as text. What has no text of its own (an object in a form) goes as JSON. */
const textOfValue = (value: Json): string => {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** Name and text of each field; a list gives its name once for every entry. */
const pairsOf = (fields: Fields): [string, string][] =>
  Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((entry): [string, string] => [name, textOfValue(entry)]),
  );

/** `application/x-www-form-urlencoded` text (URL standard), which is also the form of a query. */
export const encodeForm = (fields: Fields): string => new URLSearchParams(pairsOf(fields)).toString();

/** Names in a multipart header, escaped as browsers do (HTML standard, multipart/form-data encoding). */
const escapeName = (name: string): string =>
  name
    .replace(/\r\n|\r|\n/g, "\r\n")
    .replaceAll("\n", "%0A")
    .replaceAll("\r", "%0D")
    .replaceAll('"', "%22");

/**
 * `multipart/form-data` (RFC 7578) of text fields. The boundary is made from the content: the same request gives the
 * same bytes in every attempt, and no field can hold the boundary of the body it is in.
 */
export const encodeMultipart = (fields: Fields): { body: string; contentType: string } => {
  const digest = createHash("sha256").update(JSON.stringify(fields)).digest("hex");
  const boundary = `hookclock-${digest.slice(0, 40)}`;
  const parts = pairsOf(fields).map(
    ([name, text]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${escapeName(name)}"\r\n\r\n${text}\r\n`,
  );
  return {
    body: `${parts.join("")}--${boundary}--\r\n`,
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
};

// The ampersand keeps a question mark that belongs to the key: alone it would be taken for the start of a query.
const keyOf = (pair: string): string => new URLSearchParams(`&${pair}`).keys().next().value ?? "";

/**
 * Merges fields into the query of a URL. A field replaces every occurrence of its key, at the place of the first;
 * new keys come last. All other text of the query stays as it is, byte for byte. The fragment goes: it is never sent.
 */
export const mergeIntoQuery = (url: string, fields: Fields): string => {
  const [withoutFragment = ""] = url.split("#", 1);
  const at = withoutFragment.indexOf("?");
  const place = at < 0 ? withoutFragment : withoutFragment.slice(0, at);
  const query = at < 0 ? "" : withoutFragment.slice(at + 1);
  const left = new Map(Object.entries(fields));
  const replaced = new Set(left.keys());
  const kept = (query === "" ? [] : query.split("&")).flatMap((pair) => {
    const key = keyOf(pair);
    const value = left.get(key);
    if (value === undefined) return replaced.has(key) ? [] : [pair];
    left.delete(key);
    // An empty list has no entries: its key goes.
    return [encodeForm(Object.fromEntries([[key, value]]))].filter((text) => text !== "");
  });
  // Object.fromEntries keeps a field called __proto__ a field.
  const added = [encodeForm(Object.fromEntries(left))].filter((text) => text !== "");
  const merged = [...kept, ...added].join("&");
  return merged === "" && (at < 0 || query !== "") ? place : `${place}?${merged}`;
};
