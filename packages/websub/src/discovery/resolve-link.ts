import { Buffer } from "node:buffer";
import { LIMITS } from "@hookclock/core";

const ABSOLUTE = /^https?:\/\/[^\s\p{Cc}]+$/iu;

/**
 * The http or https URL that a link leads to, or null when it leads nowhere of that kind. An absolute one stays exactly as its
 * publisher wrote it: hubs compare topics letter by letter.
 */
export const resolveLink = (href: string, base: string | undefined): string | null => {
  const text = href.trim();
  if (Buffer.byteLength(text) > LIMITS.urlBytesMax) return null;
  const url = URL.canParse(text, base) ? new URL(text, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  if (ABSOLUTE.test(text)) return text;
  return url.href.length > LIMITS.urlBytesMax ? null : url.href;
};

/** The base for links below an element that names one of its own: relative to the base around it. */
export const baseWithin = (base: string, own: string | undefined): string => {
  if (own === undefined || own.length > LIMITS.urlBytesMax || !URL.canParse(own, base)) return base;
  const { href } = new URL(own, base);
  return href.length > LIMITS.urlBytesMax ? base : href;
};
