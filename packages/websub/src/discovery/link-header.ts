// The `Link` header of RFC 8288, read as its appendix B tells to: what is broken is passed over, the rest counts.

export type Link = {
  /** As written between the brackets, not resolved. */
  href: string;
  /** Relation types, in lower case. None when the link names none. */
  rels: string[];
  /** The link is about this resource instead of the one it came with. */
  anchor?: string;
};

const isSpace = (character: string | undefined): boolean => character === " " || character === "\t";

/** Walks over one header value. Everything here advances, so the whole takes time in proportion to its length. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string | undefined {
    return this.#text[this.#at];
  }

  skip(): void {
    this.#at += 1;
  }

  skipSpaces(): void {
    while (isSpace(this.peek())) this.skip();
  }

  /** The text up to one of the characters, which is left to be read; or up to the end. */
  until(characters: string): string {
    const start = this.#at;
    for (let next = this.peek(); next !== undefined && !characters.includes(next); next = this.peek()) {
      this.skip();
    }
    return this.#text.slice(start, this.#at);
  }

  /** What stands between quotes, without the backslashes that keep characters from being read. */
  quoted(): string {
    this.skip();
    let value = "";
    while (this.peek() !== undefined && this.peek() !== '"') {
      if (this.peek() === "\\") this.skip();
      value += this.peek() ?? "";
      this.skip();
    }
    this.skip();
    return value;
  }
}

const readParameter = (reader: Reader): { name: string; value: string } => {
  const name = reader.until("=;,").trim().toLowerCase();
  if (reader.peek() !== "=") return { name, value: "" };
  reader.skip();
  reader.skipSpaces();
  if (reader.peek() !== '"') return { name, value: reader.until(";,").trim() };
  const value = reader.quoted();
  // Nothing belongs between the closing quote and the next sign.
  reader.until(";,");
  return { name, value };
};

const readParameters = (reader: Reader): Map<string, string> => {
  const parameters = new Map<string, string>();
  for (;;) {
    reader.until(";,");
    if (reader.peek() !== ";") return parameters;
    reader.skip();
    const { name, value } = readParameter(reader);
    // Of several parameters of one name the first counts (section 3.3).
    if (name !== "" && !parameters.has(name)) parameters.set(name, value);
  }
};

/** The relation types of a `rel`, in lower case. */
export const relsOf = (value: string): string[] =>
  value
    .split(/[ \t\r\n\f]+/)
    .filter((rel) => rel !== "")
    .map((rel) => rel.toLowerCase());

/**
 * The links of a `Link` header. Several headers joined by commas mean the same as each alone. Names, order and quoting
 * of the parameters are free; commas and semicolons may stand inside the brackets and inside quotes. Never throws.
 */
export const linksOfHeader = (value: string): Link[] => {
  const reader = new Reader(value);
  const links: Link[] = [];
  while (reader.peek() !== undefined) {
    // Only commas and spaces may stand before a link. Anything else is passed over, up to the next comma.
    const before = reader.until("<,").trim();
    if (reader.peek() === "<" && before === "") {
      reader.skip();
      const href = reader.until(">").trim();
      const isClosed = reader.peek() === ">";
      reader.skip();
      const parameters = readParameters(reader);
      const anchor = parameters.get("anchor");
      const link = { href, rels: relsOf(parameters.get("rel") ?? "") };
      if (isClosed) links.push(anchor === undefined ? link : { ...link, anchor });
    } else {
      reader.until(",");
    }
    reader.skip();
  }
  return links;
};
