import { expect, test } from "vitest";
import { discover, hubCandidates } from "./discover.ts";

const URL_OF_PAGE = "https://pub.example/post";
const HTML =
  '<head><link rel="hub" href="https://body.example/hub"><link rel="self" href="https://body.example/self"></head>';
const look = (link: string | undefined, html = "", type = "text/html") =>
  discover({
    url: URL_OF_PAGE,
    headers: { "content-type": type, ...(link === undefined ? {} : { link }) },
    body: new TextEncoder().encode(html),
  });

test("S-D1: headers come first: where they name both, the body does not count", () => {
  expect(look('<https://h.example/>; rel="hub", <https://s.example/>; rel="self"', HTML)).toEqual({
    hubs: ["https://h.example/"],
    self: "https://s.example/",
    feeds: [],
    from: { hubs: "header", self: "header" },
  });
});

test("S-D1: without headers the body counts", () => {
  expect(look(undefined, HTML)).toEqual({
    hubs: ["https://body.example/hub"],
    self: "https://body.example/self",
    feeds: [],
    from: { hubs: "body", self: "body" },
  });
  expect(look('<https://x.example/>; rel="preload"', HTML).from).toEqual({ hubs: "body", self: "body" });
});

test("S-D9: a relation that the headers leave out is taken from the body, each by itself", () => {
  expect(look('<https://h.example/>; rel="hub"', HTML)).toMatchObject({
    hubs: ["https://h.example/"],
    self: "https://body.example/self",
    from: { hubs: "header", self: "body" },
  });
  expect(look('<https://s.example/>; rel="self"', HTML)).toMatchObject({
    hubs: ["https://body.example/hub"],
    self: "https://s.example/",
    from: { hubs: "body", self: "header" },
  });
});

test("S-D4: all hubs are found, each once, and the first self", () => {
  const link =
    '<https://b.example/>; rel=hub, <https://a.example/>; rel="hub self", <https://b.example/>; rel=hub, <https://z.example/>; rel=self';
  expect(look(link)).toMatchObject({
    hubs: ["https://b.example/", "https://a.example/"],
    self: "https://a.example/",
  });
});

test("S-D4: nothing named is nothing found", () => {
  expect(look(undefined, "<p>hello")).toEqual({
    hubs: [],
    self: null,
    feeds: [],
    from: { hubs: null, self: null },
  });
});

test("S-D6: links in headers are relative to what was fetched", () => {
  expect(look("</hub>; rel=hub, <?v=2>; rel=self")).toMatchObject({
    hubs: ["https://pub.example/hub"],
    self: "https://pub.example/post?v=2",
  });
  expect(look("<>; rel=self").self).toBe(URL_OF_PAGE);
});

test("S-D8: a link about another resource is not this one's", () => {
  expect(look('<https://h.example/>; rel=hub; anchor="/other"', HTML).hubs).toEqual([
    "https://body.example/hub",
  ]);
  expect(look('<https://h.example/>; rel=hub; anchor="post"', HTML).hubs).toEqual(["https://h.example/"]);
  expect(look('<https://h.example/>; rel=hub; anchor="http://["', HTML).from.hubs).toBe("body");
});

test("links that lead to no http address are none", () => {
  const link =
    "<mailto:a@b.example>; rel=hub, <javascript:x>; rel=hub, <http://[>; rel=hub, <data:,x>; rel=self";
  expect(look(`${link}, <https://${"x".repeat(9_000)}.example/>; rel=hub`)).toMatchObject({
    hubs: [],
    self: null,
  });
});

test("S-R9: hubs over https come before others, the order is otherwise the publisher's", () => {
  const link = ["http://one", "https://two", "http://three", "HTTPS://four"]
    .map((place) => `<${place}.example/>; rel=hub`)
    .join(", ");
  expect(look(link).hubs).toEqual([
    "https://two.example/",
    "HTTPS://four.example/",
    "http://one.example/",
    "http://three.example/",
  ]);
});

test("S-R9: a hub advertised as http is asked over https first, where its port does not forbid that", () => {
  expect(hubCandidates("http://hub.example/a?b=c")).toEqual([
    "https://hub.example/a?b=c",
    "http://hub.example/a?b=c",
  ]);
  expect(hubCandidates("HTTP://hub.example:80/")).toEqual([
    "https://hub.example:80/",
    "HTTP://hub.example:80/",
  ]);
  expect(hubCandidates("http://127.0.0.1:8080/hub")).toEqual(["http://127.0.0.1:8080/hub"]);
  expect(hubCandidates("https://hub.example/")).toEqual(["https://hub.example/"]);
  expect(hubCandidates("not a url")).toEqual(["not a url"]);
});

test("a page that names a crowd of hubs is heard to the end, and only some are kept", () => {
  const crowd = Array.from({ length: 5_000 }, (_, index) => `<https://h${index}.example/>; rel=hub`).join(
    ",",
  );
  expect(look(crowd).hubs).toHaveLength(16);
});

test("feeds are reported where there is no hub in the headers", () => {
  const html = '<link rel="alternate" type="application/atom+xml" href="/feed">';
  expect(look(undefined, html).feeds).toEqual(["https://pub.example/feed"]);
});
