// Links of an XML feed itself, not of its entries: `link` in Atom, `atom:link` in the channel of RSS.
import { type Attributes, noLinks, type PageLinks, scan } from "./page-scan.ts";
import { baseWithin, resolveLink } from "./resolve-link.ts";

const ATOM = "http://www.w3.org/2005/Atom";
/** The draft's namespace, of before 2005; and none at all, where an Atom feed forgot it. */
const ATOM_LIKE = new Set([ATOM, "http://purl.org/atom/ns#"]);
/** Relations may be written as addresses in their registry (RFC 4287 section 4.2.7.2). */
const REGISTRY = /^http:\/\/www\.iana\.org\/assignments\/relation\//i;

/** No feed is that deep, and broken ones would cost time: each end tag is looked for among all that are open. */
const DEPTH_MAX = 256;

/** An open element: where its links are relative to, and what its prefixes mean, on top of those around it. */
type Level = { name: string; base: string; names: Map<string, string> | null; around: Level | null };

const meaningOf = (level: Level | null, prefix: string): string | undefined => {
  for (let at = level; at !== null; at = at.around) {
    const meaning = at.names?.get(prefix);
    if (meaning !== undefined) return meaning;
  }
  return undefined;
};

const declaredIn = (attributes: Attributes): Map<string, string> | null => {
  const names = Object.entries(attributes).flatMap(([name, value]) => {
    if (name === "xmlns") return [["", value.trim()] as const];
    return name.startsWith("xmlns:") ? [[name.slice("xmlns:".length), value.trim()] as const] : [];
  });
  return names.length === 0 ? null : new Map(names);
};

const split = (name: string): { prefix: string; local: string } => {
  const colon = name.indexOf(":");
  return { prefix: colon < 0 ? "" : name.slice(0, colon), local: name.slice(colon + 1).toLowerCase() };
};

/** Where links of the feed itself stand: right in `feed`, or in `channel` right below the outermost element. */
const holdsLinks = (level: Level): boolean => {
  if (level.around === null) return level.name === "feed";
  return level.name === "channel" && level.around.around === null && level.around.name !== "feed";
};

const isAtomLink = (level: Level, prefix: string): boolean => {
  const meaning = meaningOf(level, prefix);
  if (meaning !== undefined) return ATOM_LIKE.has(meaning);
  // A prefix that nobody declared: what is meant is plain all the same.
  return prefix === "" ? level.around?.name === "feed" : prefix === "atom" || prefix === "atom10";
};

/** Hubs and topic that a feed names. `url` is where the feed is. */
export const linksOfFeed = (text: string, url: string): PageLinks => {
  const links = noLinks();
  let level: Level | null = null;
  /** Open elements below those that are looked at. */
  let below = 0;
  const note = (base: string, { href, rel }: Attributes): void => {
    const target = href === undefined ? null : resolveLink(href, base);
    const relation = (rel ?? "").trim().replace(REGISTRY, "").toLowerCase();
    if (target === null) return;
    if (relation === "hub") links.hubs.push(target);
    if (relation === "self") links.self.push(target);
  };
  scan(
    text,
    {
      open: (name, attributes) => {
        if (below > 0 || (level !== null && !holdsLinks(level) && level.around !== null)) {
          below += 1;
          return;
        }
        const { prefix, local } = split(name);
        const base = baseWithin(level?.base ?? url, attributes["xml:base"]);
        const inner: Level = { name: local, base, names: declaredIn(attributes), around: level };
        if (level !== null && local === "link" && holdsLinks(level) && isAtomLink(inner, prefix)) {
          note(base, attributes);
        }
        level = inner;
      },
      close: () => {
        if (below > 0) below -= 1;
        else level = level?.around ?? null;
      },
      isDone: () => below > DEPTH_MAX,
    },
    { xmlMode: true },
  );
  return links;
};
