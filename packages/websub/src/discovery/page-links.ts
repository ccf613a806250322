// Links inside of what was fetched: of a page, or of a feed.
import { decodeText } from "../content/decode-text.ts";
import { isHtml, isJson, isVague, isXml, parseMediaType } from "../content/media-type.ts";
import { rootElement, xmlFeedFormat } from "../content/root-element.ts";
import { linksOfFeed } from "./feed-links.ts";
import { linksOfHtml } from "./html-links.ts";
import { linksOfJsonFeed } from "./json-feed-links.ts";
import { noLinks, type PageLinks } from "./page-scan.ts";

/**
 * Hubs and topic (`self`) that a page or feed names inside, as absolute URLs in the order of the document; and the feeds
 * that a page says it has. HTML counts up to the end of its head; of feeds Atom, RSS and JSON Feed are read. `type` is
 * the `Content-Type`, `url` where the bytes came from in the end. Anything else has no links. Never throws.
 */
export const linksOfPage = (type: string | undefined, bytes: Uint8Array, url: string): PageLinks => {
  const { essence, charset } = parseMediaType(type);
  const isText = isXml(essence) || isHtml(essence) || isJson(essence) || isVague(essence);
  if (!isText || bytes.length === 0) return noLinks();
  const text = decodeText(bytes, charset);
  if (isJson(essence)) return linksOfJsonFeed(text, url);
  // Feeds that are served as a page, or as nothing in particular, are feeds all the same.
  if (xmlFeedFormat(text) !== undefined) return linksOfFeed(text, url);
  if (isHtml(essence) || rootElement(text) === "html") return linksOfHtml(text, url);
  return noLinks();
};
