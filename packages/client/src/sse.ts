// Server-sent events (WHATWG HTML, section 9.2): text in, events out. Pure, and bounded: a line without an end is refused.
import { HookclockError } from "@hookclock/core";

export type ServerEvent = {
  /** `message` unless the stream says otherwise. */
  type: string;
  data: string;
  /** The last id seen so far: where to resume. Empty when there was none. */
  id: string;
};

/** An execution log is far below this; whatever is larger is no log. */
const LENGTH_MAX = 8 * 1_024 * 1_024;

export class EventParser {
  #rest = "";
  #skipsNewline = false;
  #isFirst = true;
  #type = "";
  #data: string[] = [];
  #dataLength = 0;
  #id = "";
  #retryMs: number | undefined;

  /** The last id that came, also without an event: where to resume. Empty when there was none. */
  get lastId(): string {
    return this.#id;
  }

  /** How long the stream wants to be left alone before it is opened again, ms. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /** Takes what came in, wherever it was cut, and gives the events that are complete. Throws when one is endless. */
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    for (const line of this.#lines(text)) {
      if (line !== "") {
        this.#field(line);
        continue;
      }
      if (this.#data.length > 0) {
        events.push({ type: this.#type || "message", data: this.#data.join("\n"), id: this.#id });
      }
      this.#type = "";
      this.#data = [];
      this.#dataLength = 0;
    }
    if (this.#rest.length + this.#dataLength > LENGTH_MAX) {
      throw new HookclockError(
        "api-unreachable",
        `an event of the stream is longer than ${LENGTH_MAX} characters`,
      );
    }
    return events;
  }

  /** Complete lines; CR, LF and both together end one. */
  #lines(text: string): string[] {
    let fresh = this.#isFirst ? text.replace(/^\uFEFF/, "") : text;
    if (text !== "") this.#isFirst = false;
    if (this.#skipsNewline && fresh.startsWith("\n")) fresh = fresh.slice(1);
    if (text !== "") this.#skipsNewline = text.endsWith("\r");
    const lines = fresh.split(/\r\n|\r|\n/);
    lines[0] = this.#rest + (lines[0] ?? "");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    // A line that starts with a colon is a comment: the stream shows that it lives.
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#type = value;
    else if (name === "data") {
      this.#data.push(value);
      this.#dataLength += value.length + 1;
    } else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
  }
}
