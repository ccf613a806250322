// Whether a feed is whole. The library that reads it forgives too much: where an end tag is missing it leaves entries out
// without a word, and a feed that broke off between two tags is half a feed to it.

/** Elements whose text the library takes as it is, up to their end tag: careless markup inside does no harm. In lower case, as it is to the library, too. */
const TEXTUAL = new Set([
  "title",
  "subtitle",
  "summary",
  "description",
  "content",
  "rights",
  "content:encoded",
]);
const NAME = /[^\s/>"'=<]+/y;

/** Position of the `>` that ends the tag, not of one in an attribute's value; -1 when there is none. */
const tagEnd = (text: string, from: number): number => {
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === ">") return at;
    if (sign === '"' || sign === "'") {
      at = text.indexOf(sign, at + 1);
      if (at < 0) return -1;
    }
  }
  return -1;
};

/** Position behind what is no element, when such a thing starts here: comment, CDATA, instruction, declaration. */
const behindOther = (text: string, at: number): number | null => {
  const skip = (start: string, end: string): number | null => {
    if (!text.startsWith(start, at)) return null;
    const found = text.indexOf(end, at + start.length);
    return found < 0 ? -1 : found + end.length;
  };
  return skip("<!--", "-->") ?? skip("<![CDATA[", "]]>") ?? skip("<?", "?>") ?? skip("<!", ">");
};

const nameAt = (text: string, at: number): string => {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0]?.toLowerCase() ?? "";
};

type Tag = { kind: "start" | "end" | "empty"; name: string; end: number };

const readTag = (text: string, at: number): Tag | null => {
  const isEnd = text[at + 1] === "/";
  const name = nameAt(text, at + (isEnd ? 2 : 1));
  const end = name === "" ? -1 : tagEnd(text, at + 1 + name.length);
  if (end < 0) return null;
  return { kind: isEnd ? "end" : text[end - 1] === "/" ? "empty" : "start", name, end: end + 1 };
};

/**
 * Tags inside of text that begin and never end, in a whole feed. Each of them was looked through to the end of the feed, and
 * nobody writes many of them by mistake.
 */
const UNFINISHED_MAX = 16;
type Budget = { unfinished: number };

/** Position behind the end tag of a textual element that starts before `from`; -1 when it has none. */
const behindText = (text: string, name: string, from: number, budget: Budget): number => {
  let open = 1;
  let at = text.indexOf("<", from);
  while (at >= 0) {
    const other = behindOther(text, at);
    if (other === -1) return -1;
    const isSame = other === null && nameAt(text, at + (text[at + 1] === "/" ? 2 : 1)) === name;
    const tag = isSame ? readTag(text, at) : null;
    if (isSame && tag === null && --budget.unfinished < 0) return -1;
    if (tag?.kind === "start") open += 1;
    if (tag?.kind === "end") open -= 1;
    if (open === 0) return tag?.end ?? -1;
    at = text.indexOf("<", other ?? tag?.end ?? at + 1);
  }
  return -1;
};

/** Whether every element of a feed ends, in the order in which they began, and nothing follows the outermost one. */
export const tagsFit = (text: string): boolean => {
  const open: string[] = [];
  const budget: Budget = { unfinished: UNFINISHED_MAX };
  let isOver = false;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const other = behindOther(text, at);
    const tag = other === null ? readTag(text, at) : null;
    if (other === -1 || (other === null && tag === null)) return false;
    at = other ?? tag?.end ?? -1;
    if (tag === null) continue;
    if (isOver) return false;
    if (tag.kind === "end" && open.pop() !== tag.name) return false;
    if (tag.kind === "start" && TEXTUAL.has(tag.name) && open.length > 0)
      at = behindText(text, tag.name, at, budget);
    else if (tag.kind === "start") open.push(tag.name);
    if (at < 0) return false;
    isOver = open.length === 0;
  }
  return isOver;
};
