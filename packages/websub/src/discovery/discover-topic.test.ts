import { type Receiver, startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { type Discovered, type Discovery, discoverTopic } from "./discover-topic.ts";
import { testWebClient } from "./test-web-client.ts";

type Page = { status?: number; headers?: Record<string, string | string[]>; body?: string };

const OPTIONS = { userAgent: "tester/1" };
const HTML = { "content-type": "text/html; charset=utf-8" };

/** A site with pages by path; links in them may use `{site}` for its address. */
const startSite = async (pages: Record<string, Page>): Promise<Receiver> => {
  const site: Receiver = await startReceiver((request) => {
    const page = pages[request.url];
    if (page === undefined) return { status: 404, body: "no such page" };
    const filled = (text: string) => text.replaceAll("{site}", site.url);
    const headers = Object.fromEntries(
      Object.entries(page.headers ?? {}).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map(filled) : filled(value),
      ]),
    );
    return { status: page.status ?? 200, headers, body: filled(page.body ?? "") };
  });
  return site;
};

const found = (discovery: Discovery): Discovered => {
  if (!discovery.ok) throw new Error(`nothing discovered: ${discovery.message}`);
  return discovery;
};

const visit = async (pages: Record<string, Page>, path = "/", options: object = {}) => {
  await using site = await startSite(pages);
  const discovery = await discoverTopic(testWebClient(), site.url + path, { ...OPTIONS, ...options });
  return { discovery, site: site.url, paths: site.requests.map(({ url }) => url), requests: site.requests };
};

test("S-D1, S-D2: links in several headers are found with one GET", async () => {
  const link = ['<{site}/hub>; rel="hub"', '<{site}/topic>; rel="self"'];
  const { discovery, site, requests } = await visit({ "/": { headers: { ...HTML, link }, body: "<p>hi" } });
  expect(discovery).toMatchObject({
    ok: true,
    topic: `${site}/topic`,
    hubs: [`${site}/hub`],
    from: { hubs: "header", self: "header" },
    finalUrl: `${site}/`,
    contentType: "text/html; charset=utf-8",
    truncated: false,
  });
  expect(new TextDecoder().decode(found(discovery).body)).toBe("<p>hi");
  expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  expect(requests[0]?.headers).toMatchObject({ "user-agent": "tester/1", accept: "*/*" });
});

const ATOM_NS = "http://www.w3.org/2005/Atom";
test.each([
  [
    "HTML",
    "text/html",
    '<head><link rel="hub" href="{site}/hub"><link rel="self" href="{site}/topic"></head>',
  ],
  [
    "Atom",
    "text/xml",
    `<feed xmlns="${ATOM_NS}"><link rel="hub" href="{site}/hub"/><link rel="self" href="{site}/topic"/></feed>`,
  ],
  [
    "RSS",
    "text/xml",
    `<rss xmlns:atom="${ATOM_NS}"><channel><atom:link rel="hub" href="{site}/hub"/><atom:link rel="self" href="{site}/topic"/></channel></rss>`,
  ],
])("S-D3: links in the body of %s are found", async (_, type, body) => {
  const { discovery, site } = await visit({ "/": { headers: { "content-type": type }, body } });
  expect(discovery).toMatchObject({
    topic: `${site}/topic`,
    hubs: [`${site}/hub`],
    from: { hubs: "body", self: "body" },
  });
});

test("S-D1: a hub in the headers wins over one in the body", async () => {
  const headers = { "content-type": "text/xml", link: '<{site}/right>; rel="hub", <{site}/>; rel="self"' };
  const body = `<feed xmlns="${ATOM_NS}"><link rel="hub" href="{site}/wrong"/></feed>`;
  const { discovery, site } = await visit({ "/": { headers, body } });
  expect(found(discovery).hubs).toEqual([`${site}/right`]);
});

test("S-D6: self may be another URL than the one that was fetched", async () => {
  const { discovery, site } = await visit({
    "/": { headers: { link: "</hub>; rel=hub, </?self=other>; rel=self" } },
  });
  expect(found(discovery).topic).toBe(`${site}/?self=other`);
});

test("a topic without self is what was fetched, without its fragment", async () => {
  const { discovery, site } = await visit({ "/a": { headers: { link: "</hub>; rel=hub" } } }, "/a#part");
  expect(discovery).toMatchObject({ topic: `${site}/a`, from: { hubs: "header", self: "url" } });
});

test.each([301, 302, 303, 307, 308])(
  "S-D7: %i is followed, and the last answer's links count",
  async (status) => {
    const { discovery, site, paths } = await visit({
      "/": { status, headers: { location: "/b/c", link: "</wrong>; rel=hub, </wrong>; rel=self" } },
      "/b/c": { headers: { link: "<hub>; rel=hub, <self>; rel=self" } },
    });
    expect(paths).toEqual(["/", "/b/c"]);
    expect(discovery).toMatchObject({
      topic: `${site}/b/self`,
      hubs: [`${site}/b/hub`],
      finalUrl: `${site}/b/c`,
    });
  },
);

test("S-D7: each redirect is relative to the one before", async () => {
  const { discovery, site, paths } = await visit(
    {
      "/a/b?x=1": { status: 302, headers: { location: "c/d" } },
      "/a/c/d": { status: 301, headers: { location: "e#part" } },
      "/a/c/e": { headers: { link: "<hub>; rel=hub" } },
    },
    "/a/b?x=1",
  );
  expect(paths).toEqual(["/a/b?x=1", "/a/c/d", "/a/c/e"]);
  expect(discovery).toMatchObject({ topic: `${site}/a/c/e`, hubs: [`${site}/a/c/hub`] });
});

const chain = (length: number): Record<string, Page> =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `/${index}`,
      { status: 302, headers: { location: `/${index + 1}` } },
    ]),
  );

test("S-D7: eight redirects are followed, nine are too many", async () => {
  const end = { headers: { link: "</hub>; rel=hub" } };
  const eight = await visit({ ...chain(8), "/8": end }, "/0");
  expect(found(eight.discovery).finalUrl).toBe(`${eight.site}/8`);
  const nine = await visit({ ...chain(9), "/9": end }, "/0");
  expect(nine.discovery).toMatchObject({ ok: false, class: "permanent", error: "redirects" });
  expect(nine.paths).toHaveLength(9);
});

test.each([
  ["nowhere", {}],
  ["no URL", { location: "http://[" }],
])("S-D7: a redirect to %s ends it for good", async (_, headers: Record<string, string>) => {
  const { discovery } = await visit({ "/": { status: 302, headers } });
  expect(discovery).toMatchObject({ ok: false, class: "permanent", error: "redirect" });
});

test.each([
  ["a private address", "http://10.0.0.1/", "egress-refused"],
  ["the address of a cloud's secrets", "http://169.254.169.254/latest/meta-data/", "egress-refused"],
  ["a file", "file:///etc/hostname", "invalid-input"],
  ["a URL with a password", "http://user:hunter2@127.0.0.1/", "invalid-input"],
])("a redirect to %s is refused like a first URL, and nothing secret is told", async (_, location, error) => {
  const { discovery, paths } = await visit({ "/": { status: 302, headers: { location } } });
  expect(discovery).toMatchObject({ ok: false, class: "permanent", error });
  expect(JSON.stringify(discovery)).not.toContain("hunter2");
  expect(paths).toEqual(["/"]);
});

test.each([
  ["http://10.0.0.1/", "egress-refused"],
  ["ftp://pub.example/", "invalid-input"],
  ["not a URL", "invalid-input"],
])("%s is refused before anything is sent", async (url, error) => {
  expect(await discoverTopic(testWebClient(), url, OPTIONS)).toMatchObject({
    ok: false,
    class: "permanent",
    error,
  });
});

test.each([
  [404, "permanent"],
  [403, "permanent"],
  [410, "permanent"],
  [304, "permanent"],
  [429, "retryable"],
  [500, "retryable"],
  [503, "retryable"],
])("an answer of %i is a failure that is %s", async (status, how) => {
  const page = { status, headers: { link: "</hub>; rel=hub, </>; rel=self" } };
  const { discovery } = await visit({ "/?token=t0p": page }, "/?token=t0p");
  expect(discovery).toMatchObject({ ok: false, class: how, error: "status" });
  expect(discovery).not.toHaveProperty("retryAfter");
  expect(JSON.stringify(discovery)).not.toContain("t0p");
});

test("a site that says when to come back is quoted", async () => {
  const { discovery } = await visit({ "/": { status: 503, headers: { "retry-after": "120" } } });
  expect(discovery).toMatchObject({ ok: false, class: "retryable", retryAfter: "120" });
});

test("a site that is not there can be asked again", async () => {
  const site = await startSite({});
  await site.close();
  expect(await discoverTopic(testWebClient(), site.url, OPTIONS)).toMatchObject({
    ok: false,
    class: "retryable",
    error: "refused",
  });
});

test("a site that does not answer can be asked again", async () => {
  await using site = await startReceiver("hang");
  const discovery = await discoverTopic(testWebClient(), site.url, { ...OPTIONS, timeoutMs: 50 });
  expect(discovery).toMatchObject({ ok: false, class: "retryable", error: "timeout" });
});

test("of a body that is too long the beginning counts", async () => {
  const body = `<head><link rel="hub" href="/hub"></head>${"x".repeat(100_000)}`;
  const { discovery, site } = await visit({ "/": { headers: HTML, body } }, "/", { answerBytesMax: 1_000 });
  expect(discovery).toMatchObject({ hubs: [`${site}/hub`], truncated: true });
  expect(found(discovery).body).toHaveLength(1_000);
});

const FEED = {
  headers: { "content-type": "text/xml" },
  body: `<feed xmlns="${ATOM_NS}"><link rel="hub" href="/hub"/></feed>`,
};
const ALTERNATE = '<link rel="alternate" type="application/atom+xml" href="/feed">';

test("a page without a hub that has a feed leads to the feed", async () => {
  const { discovery, site, paths } = await visit({ "/": { headers: HTML, body: ALTERNATE }, "/feed": FEED });
  expect(paths).toEqual(["/", "/feed"]);
  expect(discovery).toMatchObject({ topic: `${site}/feed`, hubs: [`${site}/hub`], finalUrl: `${site}/feed` });
});

test.each([
  [
    "the page has a hub",
    { "/": { headers: { ...HTML, link: "</hub>; rel=hub" }, body: ALTERNATE }, "/feed": FEED },
    {},
  ],
  ["it is not wanted", { "/": { headers: HTML, body: ALTERNATE }, "/feed": FEED }, { followFeeds: false }],
  ["the feed is the page", { "/": { headers: HTML, body: ALTERNATE.replace("/feed", "/") } }, {}],
])("the page itself counts when %s", async (_, pages: Record<string, Page>, options) => {
  const { discovery, site, paths } = await visit(pages, "/", options);
  expect(paths).toEqual(["/"]);
  expect(found(discovery).topic).toBe(`${site}/`);
});

test("a feed that is not there leaves the page; one that is down may come back", async () => {
  const gone = await visit({ "/": { headers: HTML, body: ALTERNATE } });
  expect(gone.discovery).toMatchObject({ ok: true, topic: `${gone.site}/`, hubs: [] });
  const down = await visit({ "/": { headers: HTML, body: ALTERNATE }, "/feed": { status: 503 } });
  expect(down.discovery).toMatchObject({ ok: false, class: "retryable" });
});

test("a topic without any hub is found all the same, with what polling needs", async () => {
  const headers = { "content-type": "text/plain", etag: '"v1"' };
  const { discovery, site } = await visit({ "/": { headers, body: "news" } });
  expect(discovery).toMatchObject({ ok: true, topic: `${site}/`, hubs: [], headers: { etag: '"v1"' } });
});
