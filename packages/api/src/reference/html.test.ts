import fc from "fast-check";
import { expect, test } from "vitest";
import { anchorOf, escapeText, html, trusted } from "./html.ts";

test("text is escaped wherever it stands", () => {
  const nasty = `"><script>alert('x')</script>&`;
  const { markup } = html`<a title="${nasty}">${nasty}</a>`;
  expect(markup).toBe(
    `<a title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</a>`,
  );
});

test("pieces nest, lists join, nothing leaves nothing", () => {
  const item = (text: string) => html`<li>${text}</li>`;
  expect(html`<ul>${["a", "<b>"].map(item)}</ul>${null}${undefined}${false}${0}`.markup).toBe(
    "<ul><li>a</li><li>&lt;b&gt;</li></ul>0",
  );
  expect(html`${trusted("<hr>")}`.markup).toBe("<hr>");
});

test("whatever goes in, no sign of HTML and no forbidden character comes out", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const escaped = escapeText(text);
      expect(escaped).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      expect(escaped.isWellFormed()).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there.
      expect(escaped).not.toMatch(/[\u0000-\u0008\u000e-\u001f]/);
    }),
  );
});

test("an anchor holds letters, digits and dashes only", () => {
  expect(anchorOf("POST /v1/{id}")).toBe("post-v1-id");
  fc.assert(fc.property(fc.string(), (text) => /^[a-z0-9-]+$/.test(anchorOf(text))));
});
