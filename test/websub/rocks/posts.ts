// Posts of an imagined site, and the formats in which it shows them.
import { randomToken } from "./site.ts";

export type Post = { id: string; text: string; updated: string };
export type PageLinks = { hub: string; self: string };

const MOMENT = "2026-01-02T03:04:05Z";

export const newPost = (updated = MOMENT): Post => ({
  id: randomToken(),
  text: `Overheard today: ${randomToken()} & co`,
  updated,
});

const escapeMarkup = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const linkTags = (links: PageLinks | null, tag: string): string =>
  links === null
    ? ""
    : `<${tag} rel="hub" href="${escapeMarkup(links.hub)}"/><${tag} rel="self" href="${escapeMarkup(links.self)}"/>`;

export const asHtml = (posts: readonly Post[], links: PageLinks | null): string => {
  const articles = posts.map(({ id, text }) => `<article id="${id}"><p>${escapeMarkup(text)}</p></article>`);
  const head = `<head><meta charset="utf-8"><title>Posts</title>${linkTags(links, "link")}</head>`;
  return `<!doctype html>\n<html>${head}<body>\n${articles.join("\n")}\n</body></html>\n`;
};

export const asAtom = (posts: readonly Post[], links: PageLinks | null): string => {
  const entries = posts.map(
    ({ id, text, updated }) =>
      `<entry><id>urn:post:${id}</id><title>${id}</title><updated>${updated}</updated><content>${escapeMarkup(text)}</content></entry>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:posts</id><title>Posts</title><updated>${MOMENT}</updated>
${linkTags(links, "link")}
${entries.join("\n")}
</feed>
`;
};

export const asRss = (posts: readonly Post[], links: PageLinks | null): string => {
  const items = posts.map(
    ({ id, text }) =>
      `<item><guid isPermaLink="false">${id}</guid><description>${escapeMarkup(text)}</description></item>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Posts</title>
<link>http://localhost/</link><description>Posts</description>
${linkTags(links, "atom:link")}
${items.join("\n")}
</channel></rss>
`;
};

export const asText = (posts: readonly Post[]): string => posts.map(({ text }) => `${text}\n`).join("\n");

/** Spread over lines, so that a hub that writes it anew is found out. */
export const asJson = (posts: readonly Post[]): string => `${JSON.stringify({ items: posts }, null, 2)}\n`;
