// Which hubs and which topic an answer names: headers first, then the body (WebSub section 4).
import { LIMITS } from "@hookclock/core";
import { type Link, linksOfHeader } from "./link-header.ts";
import { linksOfPage } from "./page-links.ts";
import { resolveLink } from "./resolve-link.ts";

/** The last answer of a chain of redirects. */
export type FetchedPage = {
  /** Where the answer came from in the end. */
  url: string;
  /** Names in lower case; several of one name joined by commas. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
};

export type DiscoveredLinks = {
  /** https before http, otherwise as advertised; without repetitions. Empty when there is none. */
  hubs: string[];
  /** The topic's own URL; null when none is named. */
  self: string | null;
  /** Feeds that a page says it has. Only looked for where there is no hub in the headers. */
  feeds: string[];
  /** Where each was found. */
  from: { hubs: "header" | "body" | null; self: "header" | "body" | null };
};

/** More hubs than anybody has. One is enough to subscribe, and a page must not make us talk to a crowd. */
const HUBS_MAX = 16;

/** Links about something else than what was fetched are none of it. */
const isAboutPage = (link: Link, url: string): boolean =>
  link.anchor === undefined || (URL.canParse(link.anchor, url) && new URL(link.anchor, url).href === url);

const isSecure = (url: string): boolean => /^https:/i.test(url);

const ordered = (hubs: readonly string[]): string[] => {
  const each = [...new Set(hubs)];
  return [...each.filter(isSecure), ...each.filter((hub) => !isSecure(hub))].slice(0, HUBS_MAX);
};

/**
 * What a fetched page or feed says about its hubs and its topic. Each of the two is taken from the `Link` headers if
 * they name it, else from the body (so a header that has only one of them is completed by the body).
 */
export const discover = ({ url, headers, body }: FetchedPage): DiscoveredLinks => {
  const links = linksOfHeader(headers["link"] ?? "").filter((link) => isAboutPage(link, url));
  const related = (rel: string) =>
    links.flatMap((link) => (link.rels.includes(rel) ? (resolveLink(link.href, url) ?? []) : []));
  const inHeader = { hubs: related("hub"), self: related("self") };
  const needsBody = inHeader.hubs.length === 0 || inHeader.self.length === 0;
  const inBody = needsBody
    ? linksOfPage(headers["content-type"], body, url)
    : { hubs: [], self: [], feeds: [] };
  const hubsFrom = inHeader.hubs.length > 0 ? "header" : inBody.hubs.length > 0 ? "body" : null;
  const selfFrom = inHeader.self.length > 0 ? "header" : inBody.self.length > 0 ? "body" : null;
  return {
    hubs: ordered(hubsFrom === "header" ? inHeader.hubs : inBody.hubs),
    self: (selfFrom === "header" ? inHeader.self : inBody.self)[0] ?? null,
    feeds: [...new Set(inBody.feeds)].slice(0, HUBS_MAX),
    from: { hubs: hubsFrom, self: selfFrom },
  };
};

/**
 * The URLs to ask at for a hub, in turn. A hub that is advertised as http is asked over https first (WebSub section
 * 8.2), unless it names a port: then nobody knows where https would be.
 */
export const hubCandidates = (hub: string): string[] => {
  const url = URL.canParse(hub) ? new URL(hub) : null;
  const isPlain = url !== null && url.protocol === "http:" && url.port === "";
  if (!isPlain || hub.length >= LIMITS.urlBytesMax) return [hub];
  return [hub.replace(/^http:/i, "https:"), hub];
};
