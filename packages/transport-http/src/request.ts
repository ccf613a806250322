import {
  HookclockError,
  isSendable,
  type Json,
  METHODS,
  type Method,
  showUrl,
  type TaskRequest,
  validateHeaders,
} from "@hookclock/core";
import { encodeForm, encodeMultipart, isFields, mergeIntoQuery } from "./request-parts.ts";
import type { Outgoing } from "./transport.ts";
import { VERSION } from "./version.ts";

const FORM = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data";
const JSON_TYPE = "application/json";

/** Methods whose body travels in the query, because the request itself has none. */
const isBodyless = (method: Method): boolean => method === "GET" || method === "HEAD";

const mediaTypeOf = (contentType: string): string =>
  (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
const isJsonType = (mediaType: string): boolean =>
  mediaType === JSON_TYPE || mediaType === "text/json" || mediaType.endsWith("+json");

type Encoded = { body: string; contentType: string };

/** `null` means no body, as it does in `fetch`. */
const encodeBody = (body: Json, contentType: string | undefined): Encoded => {
  const mediaType = contentType === undefined ? "" : mediaTypeOf(contentType);
  if (mediaType === FORM && isFields(body))
    return { body: encodeForm(body), contentType: contentType ?? FORM };
  if (mediaType === MULTIPART && isFields(body)) return encodeMultipart(body);
  const isPlainText = typeof body === "string" && contentType !== undefined && !isJsonType(mediaType);
  return {
    body: isPlainText ? body : JSON.stringify(body),
    contentType: contentType ?? JSON_TYPE,
  };
};

/**
 * Makes of a task's request what goes on the wire.
 *
 * - POST, PUT, PATCH and DELETE carry the body: as a form or multipart if the content type says so, a text with a
 *   content type of its own as it is, anything else as JSON.
 * - GET and HEAD carry the fields of the body in the query; a field wins over a key that is there already.
 * - Headers that must not be sent are left out, whatever the row says. `extra` headers win over all others.
 */
export const buildRequest = (
  request: TaskRequest,
  extra: Readonly<Record<string, string>> = {},
): Outgoing => {
  const { method, body } = request;
  const headers = new Map<string, string>([
    ["user-agent", `hookclock/${VERSION}`],
    ["accept", "*/*"],
  ]);
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (isSendable(name, value)) headers.set(name.toLowerCase(), value);
  }
  // Answers are kept as text: unpacking them would be work for nothing.
  headers.set("accept-encoding", "identity");
  let url = request.url.split("#", 1)[0] ?? "";
  let encoded: Encoded | undefined;
  if (isBodyless(method)) {
    if (isFields(body)) url = mergeIntoQuery(url, body);
  } else if (body !== undefined && body !== null) {
    encoded = encodeBody(body, headers.get("content-type"));
    headers.set("content-type", encoded.contentType);
  }
  for (const [name, value] of Object.entries(extra)) headers.set(name, value);
  const out: Outgoing = { url, method, headers: Object.fromEntries(headers) };
  return encoded === undefined ? out : { ...out, body: encoded.body };
};

const refuseBody = (found: string, allowed: string): HookclockError =>
  new HookclockError("invalid-input", `request.body: ${found}; allowed is ${allowed}`, {
    field: "request.body",
    allowed,
  });

const validateBody = (request: TaskRequest): void => {
  const { body, method } = request;
  if (body === undefined || body === null || isFields(body)) return;
  const kind = Array.isArray(body) ? "a list" : `a ${typeof body}`;
  if (isBodyless(method)) {
    throw refuseBody(`${kind} with ${method}, whose body goes into the query`, "an object of fields");
  }
  const [, contentType = ""] =
    Object.entries(request.headers ?? {}).find(([name]) => name.toLowerCase() === "content-type") ?? [];
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === MULTIPART) throw refuseBody(`${kind} as ${MULTIPART}`, "an object of fields");
  if (mediaType === FORM && typeof body !== "string")
    throw refuseBody(`${kind} as ${FORM}`, "an object of fields or its encoded text");
};

/**
 * Refuses at the door what could never be sent as it is meant: unknown methods, headers that are malformed, reserved
 * or there twice, and bodies that the method or the content type has no room for. The URL is `checkUrl`'s business.
 *
 * @throws HookclockError `invalid-input` naming field, found and allowed; never a header's value.
 */
export const validateRequest = (request: TaskRequest): void => {
  if (!METHODS.includes(request.method)) {
    throw new HookclockError(
      "invalid-input",
      `request.method: ${JSON.stringify(request.method)} for ${showUrl(request.url)}; allowed are ${METHODS.join(", ")}`,
      { field: "request.method", allowed: METHODS },
    );
  }
  validateHeaders(request.headers ?? {});
  validateBody(request);
};
