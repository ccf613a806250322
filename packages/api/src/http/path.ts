// Paths: matched as they were sent, their parameters decoded once and strictly.
import { HookclockError } from "@hookclock/core";

/** The path of a URL, its escapes left alone: an id may hold an escaped "/". */
export function rawPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

/** `/v1/keys/{id}` as the router writes it: `/v1/keys/:id`. `{rest*}` is all that follows, separators included. */
export const routerPath = (pattern: string): string =>
  pattern.replaceAll(/\{(\w+)(\*?)\}/g, (_, name: string, rest: string) => `:${name}${rest && "{.+}"}`);

/** Matches raw paths of a pattern. */
export const matcherOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(".", "\\.")
      .replaceAll(/\{\w+\*\}/g, "(.+)")
      .replaceAll(/\{\w+\}/g, "([^/]+)")}$`,
  );

/** The parameters of a path, decoded. A broken escape is `invalid-input` naming the parameter. */
export function pathParameters(pattern: string, path: string): Record<string, string> {
  const names = [...pattern.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const values = matcherOf(pattern).exec(path)?.slice(1) ?? [];
  return Object.fromEntries(names.map((name, index) => [name, decodeOnce(values[index] ?? "", name)]));
}

/** Decodes percent escapes; `what` names the place in the error. */
export function decodeOnce(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw brokenEscape(what, error);
  }
}

function brokenEscape(field: string, cause: unknown): HookclockError {
  const allowed = "percent escapes of UTF-8";
  return new HookclockError("invalid-input", `${field} has a broken escape; allowed: ${allowed}`, {
    ...{ field, allowed, cause },
  });
}

/** Where a task is. */
export const taskPath = (namespace: string, id: string): string =>
  `/v1/namespaces/${encodeURIComponent(namespace)}/tasks/${encodeURIComponent(id)}`;
