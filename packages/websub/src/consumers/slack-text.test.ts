import { expect, test } from "vitest";
import type { Entry } from "../ports.ts";
import type { StoredMessage } from "./message-json.ts";
import { slackText } from "./slack-text.ts";

const withEntry = (entry: Partial<Entry>): StoredMessage => ({
  ...{
    namespace: "app",
    id: "m",
    source: { subscription: "s" },
    topic: "https://blog.example/feed",
    receivedAt: 0,
  },
  entry: { id: "e", version: "v", ...entry },
  content: null,
});
const withContent = (
  text: string,
  type = "text/plain",
  source: StoredMessage["source"] = { event: "A" },
) => ({
  ...withEntry({}),
  ...{ source, entry: null, content: { type, bytes: Buffer.from(text) } },
});

test.each<[Partial<Entry>, string]>([
  [{ title: "T", author: "A", url: "https://b.example/1" }, "T — A\nhttps://b.example/1"],
  [{ title: "T" }, "T"],
  [{ url: "https://b.example/?a=1&b=2" }, "https://b.example/?a=1&amp;b=2"],
  [
    { title: "<!channel> & <https://evil.example|click>" },
    "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;",
  ],
  [{ title: "  ", author: "" }, "https://blog.example/feed"],
  [{}, "https://blog.example/feed"],
])("an entry %j shows as %j", (entry, expected) => {
  expect(slackText(withEntry(entry), undefined)).toBe(expected);
});

test("a template decides the text: its own marks are meant, those of values are not", () => {
  const message = withEntry({ title: "a > b", url: "https://b.example/1" });
  expect(slackText(message, "<{{entry.url}}|{{entry.title}}>")).toBe("<https://b.example/1|a &gt; b>");
});

test("a text that would be empty is replaced: Slack refuses an empty one", () => {
  expect(slackText(withEntry({ title: "T" }), "{{entry.summary}} ")).toBe("T");
});

test("content shows as its text, a told message as it was told", () => {
  expect(slackText(withContent('{"a":"<b>"}', "application/json"), undefined)).toBe('{"a":"&lt;b&gt;"}');
  expect(slackText(withContent("see <https://x.example|x>", "text/plain", { direct: true }), undefined)).toBe(
    "see <https://x.example|x>",
  );
  expect(slackText(withContent("\u0000", "image/png"), undefined)).toBe("https://blog.example/feed");
});

test.each([
  ["plain", "yz", "y"],
  ["an entity is not cut in two", "&&", ""],
  ["nor is a pair of surrogates", "😀", ""],
])("at most 40,000 characters: %s", (_name, end, kept) => {
  const head = "x".repeat(39_999);
  const message = withContent(`${head}${end}`);
  for (const template of [undefined, "{{content.text}}"]) {
    const text = slackText(message, template);
    expect(text.startsWith(head)).toBe(true);
    expect(text.slice(39_999)).toBe(kept);
  }
});
