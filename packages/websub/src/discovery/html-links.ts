// Links in the head of an HTML page. Those in its body may be written by anybody who comments there (WebSub 8.1).
import { isXml, parseMediaType } from "../content/media-type.ts";
import { relsOf } from "./link-header.ts";
import { type Attributes, noLinks, type PageLinks, scan } from "./page-scan.ts";
import { baseWithin, resolveLink } from "./resolve-link.ts";

/** What may stand in a head. The first other element, or text, begins the body, whether or not it says so. */
const HEAD_ELEMENTS = new Set(["html", "head", "title", "meta", "link", "base", "script", "style"]);
/** Elements of the head whose text is their own. */
const WITH_TEXT = new Set(["title", "script", "style"]);
/** May stand in a head and hold anything. What is inside applies to others: to agents without scripts, or to nobody. */
const ASIDE = new Set(["noscript", "template"]);
/** Nothing in a head is that deep, and looking for the start of each end tag among all that are open takes time. */
const DEPTH_MAX = 64;

type Found = { hubs: string[]; self: string[]; feeds: string[]; base?: string };

const isFeed = (type: string | undefined): boolean => {
  const { essence } = parseMediaType(type);
  return essence === "application/feed+json" || (isXml(essence) && /atom|rss|rdf/.test(essence));
};

const note = (found: Found, attributes: Attributes): void => {
  const { href, rel, type } = attributes;
  if (href === undefined || rel === undefined) return;
  const rels = relsOf(rel);
  if (rels.includes("hub")) found.hubs.push(href);
  if (rels.includes("self")) found.self.push(href);
  if (rels.includes("alternate") && isFeed(type)) found.feeds.push(href);
};

/** Hubs, topic and feeds that the head of a page names. `url` is where the page is. */
export const linksOfHtml = (text: string, url: string): PageLinks => {
  const found: Found = { ...noLinks() };
  const open: string[] = [];
  let isOver = false;
  const isAside = () => open.some((name) => ASIDE.has(name));
  scan(
    text,
    {
      open: (name, attributes) => {
        open.push(name);
        if (open.length > DEPTH_MAX) isOver = true;
        else if (isAside()) return;
        else if (!HEAD_ELEMENTS.has(name)) isOver = true;
        else if (name === "link") note(found, attributes);
        else if (name === "base" && attributes["href"] !== undefined) found.base ??= attributes["href"];
      },
      close: (name) => {
        open.pop();
        if (name === "head" || name === "html") isOver = true;
      },
      text: (part) => {
        if (part.trim() !== "" && !isAside() && !WITH_TEXT.has(open.at(-1) ?? "")) isOver = true;
      },
      isDone: () => isOver,
    },
    {},
  );
  const base = baseWithin(url, found.base);
  const resolved = (hrefs: string[]) => hrefs.flatMap((href) => resolveLink(href, base) ?? []);
  return { hubs: resolved(found.hubs), self: resolved(found.self), feeds: resolved(found.feeds) };
};
