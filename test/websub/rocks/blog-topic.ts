// The site as publisher for a subscriber under test: a topic whose behaviour depends on the number of the test.
import { asAtom, asHtml, asRss, newPost, type PageLinks, type Post } from "./posts.ts";
import type { Page, Visit } from "./site.ts";

export type BlogRules = {
  format: "html" | "atom" | "rss";
  linksIn: readonly ("headers" | "body")[];
  /** Behind the hub's URL where it is shown in the body. */
  hubQueryInBody?: string;
  /** Behind the hub's URL wherever it is shown. */
  hubQuery?: string;
  /** Behind the topic's URL where it calls itself. */
  selfQuery?: string;
  topicRedirect?: 301 | 302;
  hubRedirect?: 307 | 308;
  /** The hub asks about a topic that nobody wants. */
  asksAboutOther?: boolean;
  /** Requests without `hub.secret` are refused, and deliveries are signed so. */
  secret?: "too long" | "unsigned";
};

const HEADERS_ONLY: BlogRules = { format: "html", linksIn: ["headers"] };
const REDIRECTED = "?redirect=complete";

export const BLOG_RULES: { readonly [test: number]: BlogRules } = {
  100: HEADERS_ONLY,
  101: { format: "html", linksIn: ["body"] },
  102: { format: "atom", linksIn: ["body"] },
  103: { format: "rss", linksIn: ["body"] },
  104: { format: "atom", linksIn: ["headers", "body"], hubQueryInBody: "?error=wrongtag" },
  200: { ...HEADERS_ONLY, selfQuery: "?self=other" },
  201: { ...HEADERS_ONLY, topicRedirect: 302, selfQuery: REDIRECTED },
  202: { ...HEADERS_ONLY, topicRedirect: 301, selfQuery: REDIRECTED },
  203: { ...HEADERS_ONLY, hubRedirect: 307, hubQuery: "?redirect=true" },
  204: { ...HEADERS_ONLY, hubRedirect: 308, hubQuery: "?redirect=true" },
  205: { ...HEADERS_ONLY, asksAboutOther: true },
  300: HEADERS_ONLY,
  301: { ...HEADERS_ONLY, secret: "too long" },
  302: { ...HEADERS_ONLY, secret: "unsigned" },
};

const RENDER = { html: asHtml, atom: asAtom, rss: asRss };
/** XML feeds say what they are only when nobody reads them. */
const TYPES = {
  html: { GET: "text/html; charset=UTF-8", HEAD: "text/html; charset=UTF-8" },
  atom: { GET: "text/xml", HEAD: "application/atom+xml" },
  rss: { GET: "text/xml", HEAD: "application/rss+xml" },
};

export type Topic = {
  /** Where discovery starts. */
  url: string;
  /** What it calls itself: the one that a subscriber must ask for. */
  self: string;
  hub: string;
  body(): Buffer;
  addPost(): void;
  page(visit: Visit): Page;
};

/** `onFetch` hears of each request for the topic itself, redirects left out. */
export const makeTopic = (url: string, rules: BlogRules, onFetch: (method: string) => void): Topic => {
  const { format, linksIn, hubQuery = "", hubQueryInBody = "", selfQuery = "" } = rules;
  const hub = `${url}/hub`;
  const self = `${url}${selfQuery}`;
  let posts: Post[] = [newPost(), newPost(), newPost()];

  const body = (): Buffer => {
    const links: PageLinks = { hub: `${hub}${hubQuery}${hubQueryInBody}`, self };
    return Buffer.from(RENDER[format](posts, linksIn.includes("body") ? links : null));
  };
  const page = ({ method, query }: Visit): Page => {
    if (method !== "GET" && method !== "HEAD") return { status: 405 };
    if (rules.topicRedirect !== undefined && query.get("redirect") !== "complete") {
      return { status: rules.topicRedirect, headers: { location: self } };
    }
    onFetch(method);
    const headers: { [name: string]: string | string[] } = { "content-type": TYPES[format][method] };
    if (linksIn.includes("headers")) {
      headers["link"] = [`<${self}>; rel="self"`, `<${hub}${hubQuery}>; rel="hub"`];
    }
    return { status: 200, headers, body: body() };
  };
  const addPost = () => {
    posts = [newPost(), ...posts];
  };
  return { url, self, hub, body, addPost, page };
};
