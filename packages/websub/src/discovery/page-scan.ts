// What the scans of pages and feeds share.
import { Parser, type ParserOptions } from "htmlparser2";

/** Links as found, resolved. Order is that of the document. */
export type PageLinks = {
  hubs: string[];
  self: string[];
  /** Feeds that a page says it has. */
  feeds: string[];
};

export const noLinks = (): PageLinks => ({ hubs: [], self: [], feeds: [] });

export type Attributes = Readonly<Record<string, string>>;
export type Scan = {
  open: (name: string, attributes: Attributes) => void;
  close: (name: string) => void;
  text?: (text: string) => void;
  /** Nothing that comes later can matter. */
  isDone: () => boolean;
};

/** How much is read between two looks at whether the rest matters. */
const SLICE_LENGTH = 4_096;

/** Reads a document as far as the scan wants. Entities that a document defines itself are not expanded. */
export const scan = (text: string, { open, close, text: onText, isDone }: Scan, options: ParserOptions) => {
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (!isDone()) open(name, attributes);
      },
      onclosetag: (name) => {
        if (!isDone()) close(name);
      },
      ontext: (part) => {
        if (!isDone()) onText?.(part);
      },
    },
    options,
  );
  for (let at = 0; at < text.length && !isDone(); at += SLICE_LENGTH) {
    parser.write(text.slice(at, at + SLICE_LENGTH));
  }
};
