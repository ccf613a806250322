// A page with a feed, as somebody else might have it, and what came of its entries at a reader's.

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

type Entry = { title: string; at: number };

export class Blog {
  readonly #hubUrl: string;
  readonly #entries: Entry[] = [];
  /** Titles that reached the reader, signed, with how often. */
  readonly read = new Map<string, number>();
  /** What reached the reader without a genuine signature. */
  refused = 0;
  static readonly ENTRIES_MAX = 20;

  /** `hubUrl`: the hub that the feed names. */
  constructor(hubUrl: string) {
    this.#hubUrl = hubUrl;
  }

  write(entry: Entry): void {
    this.#entries.unshift(entry);
    this.#entries.splice(Blog.ENTRIES_MAX);
  }

  /** What the reader is handed: an envelope with one entry. */
  take(body: string, isGenuine: boolean): void {
    if (!isGenuine) {
      this.refused += 1;
      return;
    }
    const title = titleOf(body);
    this.read.set(title, (this.read.get(title) ?? 0) + 1);
  }

  /** The page knows where its feed is, and nothing of a hub. */
  page(url: string): string {
    const entries = this.#entries.map(({ title }) => `<li>${escaped(title)}</li>`).join("");
    return `<!doctype html><html><head><title>A page</title><link rel="alternate" type="application/atom+xml" href="${url}/feed"></head><body><ul>${entries}</ul></body></html>`;
  }

  /** The feed names itself and its hub, as WebSub section 4 has it. */
  feed(url: string): string {
    const latest = this.#entries[0]?.at ?? 0;
    const entries = this.#entries.map(
      ({ title, at }) =>
        `<entry><id>${url}/blog/${at}</id><title>${escaped(title)}</title><link href="${url}/blog"/>${updated(at)}</entry>`,
    );
    const links = `<link rel="self" href="${url}/feed"/><link rel="hub" href="${escaped(this.#hubUrl)}"/>`;
    return `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>${url}/feed</id><title>A page</title><author><name>Somebody</name></author>${updated(latest)}${links}${entries.join("")}</feed>`;
  }
}

const updated = (at: number): string => `<updated>${new Date(at).toISOString()}</updated>`;

type Envelope = { data?: { entry?: { title?: unknown } } };

function titleOf(body: string): string {
  try {
    return String((JSON.parse(body) as Envelope).data?.entry?.title);
  } catch {
    return "what is no envelope";
  }
}
