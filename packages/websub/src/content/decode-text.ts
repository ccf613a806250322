// Bytes to text, when it is not certain in which letters they are written.
import { Buffer } from "node:buffer";
import { TextDecoder } from "node:util";

/** How much of the start is searched for a declaration. */
const HEAD_BYTES = 1_024;
const XML_DECLARATION = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']/;
const HTML_META = /<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})/i;

type Mark = { label: string; bytes: readonly number[] };
const BYTE_ORDER_MARKS: readonly Mark[] = [
  { label: "utf-8", bytes: [0xef, 0xbb, 0xbf] },
  { label: "utf-16be", bytes: [0xfe, 0xff] },
  { label: "utf-16le", bytes: [0xff, 0xfe] },
];
/** How `<` followed by a plain letter starts in UTF-16 without a mark. */
const BARE_STARTS: readonly { label: string; test: (head: Uint8Array) => boolean }[] = [
  { label: "utf-16be", test: (head) => head[0] === 0 && head[1] === 0x3c && head[2] === 0 },
  { label: "utf-16le", test: (head) => head[0] === 0x3c && head[1] === 0 && head[3] === 0 },
];

const declared = (bytes: Uint8Array): string | undefined => {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString("latin1");
  const label = XML_DECLARATION.exec(head)?.[1] ?? HTML_META.exec(head)?.[1];
  // A declaration that could be read as single bytes is not written in two.
  return label !== undefined && /^utf-?16/i.test(label) ? "utf-8" : label;
};

const decoder = (label: string, fatal: boolean): TextDecoder | undefined => {
  try {
    return new TextDecoder(label, { fatal });
  } catch {
    return undefined; // no such charset
  }
};

const tryDecode = (bytes: Uint8Array, label: string): string | undefined => {
  try {
    return decoder(label, true)?.decode(bytes);
  } catch {
    return undefined; // not written in it
  }
};

/**
 * Decodes by, in this order: the byte order mark, the charset of the `Content-Type`, the declaration inside, UTF-8. The
 * first that is known and fits all bytes wins; if none does, what was said first is believed and what does not fit
 * becomes U+FFFD. Where nothing was said and it is not UTF-8, it is Windows-1252. Never throws.
 */
export const decodeText = (bytes: Uint8Array, charset: string | undefined): string => {
  const certain =
    BYTE_ORDER_MARKS.find((mark) => mark.bytes.every((byte, index) => bytes[index] === byte))?.label ??
    BARE_STARTS.find(({ test }) => test(bytes))?.label;
  const said = (certain === undefined ? [charset, declared(bytes)] : [certain]).filter(
    (label) => label !== undefined && decoder(label, true) !== undefined,
  ) as string[];
  for (const label of [...said, "utf-8"]) {
    const text = tryDecode(bytes, label);
    if (text !== undefined) return text;
  }
  return (decoder(said[0] ?? "windows-1252", false) ?? new TextDecoder()).decode(bytes);
};
