// What a text is, by what it starts with.

/** Position behind the prolog of a document: declarations, comments, the document type. -1 when it does not end. */
const behindProlog = (text: string): number => {
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
    const start = at;
    if (text.startsWith("<?", at)) at = text.indexOf("?>", at) + 2;
    else if (text.startsWith("<!--", at)) at = text.indexOf("-->", at + 4) + 3;
    else if (text.startsWith("<!", at)) at = behindDoctype(text, at);
    else return at;
    if (at <= start) return -1;
  }
};

const behindDoctype = (text: string, start: number): number => {
  const end = text.indexOf(">", start);
  const subset = text.slice(start, end + 1).indexOf("[");
  if (subset < 0) return end + 1;
  const closed = text.indexOf("]", start + subset);
  return closed < 0 ? 0 : text.indexOf(">", closed) + 1;
};

const NAME = /<(?:[^\s<>/:"'=]{1,64}:)?([^\s<>/:"'=]{1,64})(?=[\s/>])/y;

/** Name of a document's outermost element, in lower case and without its prefix; empty when there is none. */
export const rootElement = (text: string): string => {
  const at = behindProlog(text);
  if (at < 0) return "";
  NAME.lastIndex = at;
  return NAME.exec(text)?.[1]?.toLowerCase() ?? "";
};

export type XmlFeedFormat = "atom" | "rss" | "rdf";

const FORMATS: ReadonlyMap<string, XmlFeedFormat> = new Map([
  ["feed", "atom"],
  ["rss", "rss"],
  ["rdf", "rdf"],
]);

/** Which kind of XML feed a text says it is by its outermost element. */
export const xmlFeedFormat = (text: string): XmlFeedFormat | undefined => FORMATS.get(rootElement(text));
