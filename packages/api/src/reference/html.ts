// HTML as a value: text is escaped wherever it is put in, so that nothing can be forgotten.

/** A piece of HTML that is safe to put into a page. Made only by `html` and `trusted`. */
export type Html = { readonly markup: string };
export type Part = Html | string | number | false | null | undefined | readonly Part[];

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand between tags and in quoted attributes. What HTML cannot hold becomes U+FFFD. */
export function escapeText(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that HTML forbids.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd")
      .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
  );
}

/** Markup of our own that holds nothing from outside. */
export const trusted = (markup: string): Html => ({ markup });

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (typeof part === "string") return escapeText(part);
  if (typeof part === "number") return String(part);
  if ("markup" in part) return part.markup;
  return part.map(render).join("");
}

/** `html\`<b>${text}</b>\``: strings are escaped, pieces of HTML and lists of them are put in as they are. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  const pieces = literals.map((literal, index) => literal + render(parts[index]));
  return { markup: pieces.join("") };
}

/** The part of an address after `#`: letters, digits and dashes, never empty. */
export function anchorOf(text: string): string {
  const anchor = text
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase();
  return anchor === "" ? "section" : anchor;
}
