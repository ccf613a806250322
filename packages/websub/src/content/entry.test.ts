import fc from "fast-check";
import { expect, test } from "vitest";
import { makeEntry } from "./entry.ts";

const SETTINGS = { base: "https://pub.example/blog/", bytesMax: 100_000 };
const make = (raw: Parameters<typeof makeEntry>[0], settings = SETTINGS) => makeEntry(raw, settings);

test("an entry has the feed's id and the date of its update as its version", () => {
  expect(
    make({
      id: " urn:1 ",
      title: "T",
      url: "post?a=1",
      author: "A",
      summary: "S",
      content: "<p>C</p>",
      published: "2026-01-01T00:00:00Z",
      updated: "Fri, 02 Jan 2026 00:00:00 +0100",
      categories: ["x", undefined, " x", "y"],
    }),
  ).toEqual({
    id: "urn:1",
    version: "2026-01-01T23:00:00.000Z",
    title: "T",
    url: "https://pub.example/blog/post?a=1",
    author: "A",
    summary: "S",
    content: "<p>C</p>",
    publishedAt: Date.UTC(2026, 0, 1),
    updatedAt: Date.UTC(2026, 0, 1, 23),
    categories: ["x", "y"],
  });
});

test("without a date of update every change of what it says is another version, and nothing else is", () => {
  const raw = {
    id: "1",
    title: "T",
    url: "/x",
    author: "A",
    summary: "S",
    content: "C",
    published: "2026-01-01",
    categories: ["x"],
  };
  const version = make(raw)?.version;
  expect(version).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(make({ ...raw, updated: "no date" })?.version).toBe(version);
  expect(make({ ...raw, title: " T\n" })?.version).toBe(version);
  const changed = [
    { title: "U" },
    { url: "/y" },
    { author: "B" },
    { summary: "Z" },
    { content: "D" },
    { published: "2026-01-02" },
    { categories: ["y"] },
    { title: undefined },
  ].map((change) => make({ ...raw, ...change })?.version);
  expect(new Set([version, ...changed]).size).toBe(changed.length + 1);
});

test("with one, only the date matters", () => {
  const raw = { id: "1", content: "C", updated: "2026-01-01T00:00:00Z" };
  expect(make({ ...raw, content: "D" })?.version).toBe(make(raw)?.version);
  expect(make({ ...raw, updated: "2026-01-01T00:00:00.001Z" })?.version).not.toBe(make(raw)?.version);
});

test("without an id its link is its id, without a link what it says", () => {
  expect(make({ url: "/a", title: "T" })?.id).toBe("https://pub.example/a");
  expect(make({ url: "urn:x:1", title: "T" })?.id).toBe("urn:x:1");
  const id = make({ title: "T" })?.id;
  expect(id).toMatch(/^sha256:/);
  expect(make({ title: "T" })?.id).toBe(id);
  expect(make({ title: "U" })?.id).not.toBe(id);
});

test("nothing said is no entry", () => {
  expect(make({})).toBeNull();
  expect(make({ title: " ", categories: [""], updated: "never" })).toBeNull();
});

test.each(["javascript:alert(1)", "data:text/html,x", "urn:x:1", "http://[", "//"])(
  "%s is nothing to click on",
  (url) => {
    expect(make({ id: "1", url })).not.toHaveProperty("url");
  },
);

test("relative links need something to be relative to", () => {
  expect(makeEntry({ id: "1", url: "/a" }, { bytesMax: 1_000 })).not.toHaveProperty("url");
  expect(makeEntry({ id: "1", url: "https://x.example/a" }, { bytesMax: 1_000 })?.url).toBe(
    "https://x.example/a",
  );
});

test("ids that are too long for a key are replaced by their hash", () => {
  expect(make({ id: "x".repeat(1_024) })?.id).toHaveLength(1_024);
  expect(make({ id: "x".repeat(1_025) })?.id).toMatch(/^sha256:/);
  expect(make({ id: "x".repeat(1_025) })?.id).not.toBe(make({ id: "x".repeat(1_026) })?.id);
});

test("half characters, which no database takes, are replaced", () => {
  const entry = make({ id: "\uD83D", title: "a\uDC00", categories: ["\uD800"] });
  expect(entry).toMatchObject({ id: "\uFFFD", title: "a\uFFFD", categories: ["\uFFFD"] });
});

test("an entry fits its bound: content is cut first, then the summary, and the version is that of the whole", () => {
  const raw = { id: "1", title: "T", summary: "s".repeat(500), content: "é\n".repeat(1_000) };
  const whole = make(raw);
  const cut = make(raw, { ...SETTINGS, bytesMax: 1_500 });
  expect(whole).not.toHaveProperty("cut");
  expect(cut).toMatchObject({ version: whole?.version, summary: raw.summary, cut: true });
  expect(raw.content.startsWith(cut?.content ?? "-")).toBe(true);
  const tiny = make(raw, { ...SETTINGS, bytesMax: 300 });
  expect(tiny).not.toHaveProperty("content");
  expect(tiny?.summary?.length).toBeGreaterThan(10);
});

test("whatever an entry says, it is well formed, fits, and is the same again", () => {
  const text = fc.option(
    fc.string({ unit: fc.constantFrom(...'ab <>&\n"\\é漢\u0000', "🔑", "\uD800"), maxLength: 3_000 }),
    {
      nil: undefined,
    },
  );
  const raw = fc.record({
    id: text,
    title: text,
    url: text,
    author: text,
    summary: text,
    content: text,
    updated: text,
  });
  fc.assert(
    fc.property(raw, fc.integer({ min: 40_000, max: 60_000 }), (said, bytesMax) => {
      const entry = make(said, { ...SETTINGS, bytesMax });
      expect(make(said, { ...SETTINGS, bytesMax })).toEqual(entry);
      const json = JSON.stringify(entry);
      expect(json.isWellFormed()).toBe(true);
      expect(JSON.stringify(JSON.parse(json)).includes("\\ud800")).toBe(false);
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(bytesMax);
    }),
  );
});
