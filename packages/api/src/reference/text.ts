// Descriptions: the little of CommonMark that ours use. Everything else stays what it is, as text.
import { type Html, html } from "./html.ts";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(((?:https?:\/\/|#|\.?\/)[^\s)]*)\)/g;

/** `code`, **strong** and [links](#there) within one paragraph. */
export function inline(text: string): Html {
  const parts: (Html | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, label, target] = match;
    parts.push(text.slice(end, match.index));
    if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (strong !== undefined) parts.push(html`<strong>${strong}</strong>`);
    else parts.push(html`<a href="${target}">${label}</a>`);
    end = match.index + whole.length;
  }
  parts.push(text.slice(end));
  return html`${parts}`;
}

const isItem = (line: string): boolean => /^\s*[-*] /.test(line);

/** Paragraphs and flat lists, separated by blank lines. */
export function prose(text: string | undefined): Html {
  const blocks = (text ?? "").split(/\n\s*\n/).filter((block) => block.trim() !== "");
  return html`${blocks.map((block) => {
    const lines = block.split("\n");
    if (!lines.every(isItem)) return html`<p>${inline(block.trim())}</p>`;
    return html`<ul>${lines.map((line) => html`<li>${inline(line.replace(/^\s*[-*] /, ""))}</li>`)}</ul>`;
  })}`;
}
