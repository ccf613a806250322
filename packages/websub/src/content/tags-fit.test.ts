import { expect, test } from "vitest";
import { tagsFit } from "./tags-fit.ts";

test.each([
  "<feed></feed>",
  "<feed/>",
  '<?xml version="1.0"?><!-- <x> --><!DOCTYPE feed><feed a=">" b=\'/>\'><x/></feed >\n<!-- cached -->',
  '<!DOCTYPE feed [<!ENTITY a "b"><!ELEMENT x (y)>]><feed></feed>',
  "<rss><channel><item><title>a</title></item></channel></rss>",
  "<feed><x><![CDATA[</x><y>]]></x><!-- </feed> --></feed>",
  "<a:feed><a:x></a:x></a:feed>",
  "<rss><pubDate></pubdate></RSS>",
  // Careless markup where text is taken as it is.
  "<rss><description>a < b <p> unclosed <br> x</i></description></rss>",
  "<rss><content:encoded><p></content:encoded></rss>",
  "<feed><title><title>x</title></title></feed>",
  "<feed><content><![CDATA[</content>]]><content/></content></feed>",
  '<rss><title>how to write a <title " and a </title></rss>',
])("%s is whole", (text) => {
  expect(tagsFit(text)).toBe(true);
});

test.each([
  "",
  "text",
  "<feed>",
  "<feed",
  "<feed></feed",
  "</feed>",
  "<feed><x></feed>",
  "<feed></x></feed>",
  "<feed><x></feed></x>",
  "<rss><channel><item><b></item><item></item></channel></rss>",
  "<rss><channel><item><title>a</title></item>",
  "<feed><title>a</feed>",
  "<feed><title><title>x</title></feed>",
  "<feed></feed><feed></feed>",
  "<feed></feed></feed>",
  "<feed><!-- </feed>",
  "<feed><![CDATA[ </feed>",
  "<feed><? </feed>",
  '<feed a="></feed>',
  "<feed>a < b</feed>",
  "<feed><></></feed>",
])("%j is not", (text) => {
  expect(tagsFit(text)).toBe(false);
});

test.each([
  "<a>",
  "</a>",
  "<a/>",
  "<title>",
  "<!---->",
  "<",
  "<!--",
  "<a b='",
  "<title></title>",
  "<a></a>",
  "</title ",
  "<title><title '",
])(
  "a megabyte of %s is read in one go",
  (piece) => {
    const inner = piece.repeat(1_000_000 / piece.length);
    expect(tagsFit(`<feed>${inner}</feed>`)).toBe(/^(<a\/>|<!---->|<title><\/title>|<a><\/a>)$/.test(piece));
  },
  5_000,
);
