// Lists of addresses as settings: which URLs an entry such as `*.example.com` or `https://example.com/feeds/` means.
// Always compared part by part, as the URL is read by who fetches it: what a URL looks like says little
// (`https://example.com.evil.example`, `https://example.com@evil.example`).
import { HookclockError } from "../errors.ts";

export type AddressPattern = {
  /** As it was written. */
  readonly text: string;
  /** `https:`; null for http and https. */
  readonly protocol: string | null;
  readonly host: string;
  /** The hosts below it instead of itself. */
  readonly below: boolean;
  /** Null for the one that belongs to the scheme, `*` for any. */
  readonly port: string | null;
  /** `/` for any. */
  readonly path: string;
};

export const ADDRESS_FORMS =
  'a host such as "example.com", "*.example.com" (those below it) or "example.com:8443" (":*" for any port), or the beginning of a URL such as "https://example.com/feeds/"';

const DEFAULT_PORT: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };
const FORM =
  /^(?:(https?):\/\/)?(\*\.)?(\[[0-9a-f:.]+\]|[^\s/?#@\\:*[\]]+)(?::(\d{1,5}|\*))?(\/[^\s?#\\]*)?$/i;
const IS_ADDRESS = /^(?:\[.*\]|\d+(?:\.\d+){3})$/;
/** What some servers take for a separator, though it is none in a URL. */
const HIDDEN_SEPARATOR = /%2f|%5c/gi;

const bare = (hostname: string): string => hostname.replace(/\.$/, "");

/** @throws HookclockError `invalid-input` with what is allowed; the entry is named, so it should be no secret. */
export function parseAddressPattern(text: string): AddressPattern {
  const [, scheme, star, host = "", port = null, path = "/"] = FORM.exec(text.trim()) ?? [];
  const probe = `${scheme ?? "https"}://${host}${port === null || port === "*" ? "" : `:${port}`}${path}`;
  const url = host !== "" && URL.canParse(probe) ? new URL(probe) : null;
  if (url === null || url.username !== "" || (star !== undefined && IS_ADDRESS.test(url.hostname))) {
    throw new HookclockError("invalid-input", `${JSON.stringify(text)} is not ${ADDRESS_FORMS}`, {
      allowed: ADDRESS_FORMS,
    });
  }
  return {
    text: text.trim(),
    protocol: scheme === undefined ? null : url.protocol,
    host: bare(url.hostname),
    below: star !== undefined,
    port,
    path: url.pathname,
  };
}

/** Whether one of the entries means this URL. What is no http or https URL, or holds credentials, is never meant. */
export function isListed(patterns: readonly AddressPattern[], text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const port = DEFAULT_PORT[url.protocol];
  if (port === undefined || url.username !== "" || url.password !== "") return false;
  return patterns.some((pattern) => fits(pattern, url, url.port === "" ? port : url.port));
}

function fits(pattern: AddressPattern, url: URL, port: string): boolean {
  if (pattern.protocol !== null && pattern.protocol !== url.protocol) return false;
  const allowed = pattern.port ?? DEFAULT_PORT[url.protocol];
  if (allowed !== "*" && Number(allowed) !== Number(port)) return false;
  const host = bare(url.hostname);
  if (pattern.below ? !host.endsWith(`.${pattern.host}`) : host !== pattern.host) return false;
  return leads(pattern.path, url.pathname) && leads(pattern.path, uncovered(url));
}

/** Whole parts of a path count: `/feeds` leads to `/feeds` and `/feeds/a`, and not to `/feedsx`. */
const leads = (path: string, to: string): boolean =>
  to === path || to.startsWith(path.endsWith("/") ? path : `${path}/`);

/** The path as a server reads it that decodes before it walks: `/feeds/..%2Fadmin` is `/admin` there. */
function uncovered(url: URL): string {
  const path = url.pathname.replace(HIDDEN_SEPARATOR, "/");
  return new URL(`${url.protocol}//${url.host}${path.replace(/^\/+/, "/")}`).pathname;
}
