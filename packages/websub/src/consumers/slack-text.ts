// The text of a message as Slack shows it.
import { CONSUMER_LIMITS } from "./limits.ts";
import { messageJson, type StoredMessage, textOf } from "./message-json.ts";
import { cut, type Escape, render } from "./template.ts";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** The three signs that mean something to Slack: what comes from a feed must not mention a channel or fake a link. */
export const forSlack: Escape = (text) => text.replaceAll(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);

/**
 * Without a template: title, author and link of an entry, a told message as it was told, or the text of the content.
 * At most 40,000 characters, and never empty: Slack refuses an empty text.
 */
export function slackText(message: StoredMessage, template: string | undefined): string {
  const max = CONSUMER_LIMITS.slackTextLengthMax;
  // A little more, so that it shows below where an entity would be cut in two.
  const text = template === undefined ? "" : render(template, messageJson(message), forSlack, max + 10);
  return cutEscaped(text.trim() === "" ? ownText(message) : text, max);
}

function ownText(message: StoredMessage): string {
  const { entry, content, topic, source } = message;
  const isTold = "direct" in source;
  if (entry !== null) {
    const head = [entry.title, entry.author].filter((one) => one !== undefined && one.trim() !== "");
    const lines = [head.join(" — "), entry.url ?? ""].filter((line) => line !== "");
    if (lines.length > 0) return forSlack(lines.join("\n"));
  }
  const text = content === null ? null : cut(textOf(content) ?? "", CONSUMER_LIMITS.slackTextLengthMax);
  // Whoever tells a message writes it for this consumer: its marks are meant.
  if (text !== null && text.trim() !== "") return isTold ? text : forSlack(text);
  return forSlack(topic === "" ? message.id : topic);
}

/** As `cut`, and never in the middle of an entity. */
function cutEscaped(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : cut(text, lengthMax).replace(/&[a-z]{0,3}$/, "");
}
