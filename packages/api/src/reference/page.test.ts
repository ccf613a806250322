import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { curlOf, shellQuote } from "./curl.ts";
import { groupsOf, resolve, type Schema } from "./document.ts";
import { renderReference } from "./page.ts";
import { sampleOf } from "./sample.ts";
import { constraintsOf, typeText } from "./schema.ts";
import { NASTY, sampleDocument } from "./test-document.ts";
import { prose } from "./text.ts";

const LINES = [{ code: "not-found", status: 404, title: "There is no such thing" }];
const page = () => renderReference(sampleDocument, LINES);
const operation = (id: string) => {
  const found = groupsOf(sampleDocument)
    .flatMap(({ operations }) => operations)
    .find((one) => one.id === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
};

test("groups follow the document's tags; a tag it does not name makes its own, an empty one none", () => {
  expect(
    groupsOf(sampleDocument).map(({ name, operations }) => [name, operations.map(({ id }) => id)]),
  ).toEqual([
    ["Things", ["getThing", "patchThing"]],
    ["Other things", ["events"]],
  ]);
});

test("every link within the page leads to an anchor that is there once", () => {
  const { html } = page();
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(targets.length).toBeGreaterThan(10);
  expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
});

test("who goes by headings and landmarks finds the content, once", () => {
  const { html } = page();
  const headings = [...html.matchAll(/<h([1-6])[ >]/g)].map(([, level]) => Number(level));
  expect(headings[0]).toBe(1);
  expect(headings.filter((level) => level === 1)).toHaveLength(1);
  // No level is left out on the way down.
  for (const [index, level] of headings.entries()) expect(level - (headings[index - 1] ?? 0)).toBeLessThan(2);
  const nav = /<nav[\s\S]*<\/nav>/.exec(html)?.[0] ?? "";
  expect(nav).not.toMatch(/<h[1-6]/);
  expect(nav).toContain('<ul aria-label="Other things">');
  expect(html).toContain(`<title>${sampleDocument.info.title} HTTP API</title>`);
  // A name without a role is not read out.
  expect(html.match(/<pre(?![^>]* role=)/g)).toBeNull();
});

test("what a document says is text, wherever it stands", () => {
  const { html } = page();
  expect(html).not.toContain("<img");
  expect(html).not.toContain("<script");
  expect(html.match(/<\/style>/g)).toHaveLength(1);
  expect(html).toContain("&lt;script&gt;alert(2)");
});

test("the policy allows the page's own style by its hash, and nothing else", () => {
  const { html, headers } = page();
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = headers["content-security-policy"];
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(style).not.toMatch(/@import|url\(/);
  const tags = html.replace(/"[^"]*"/g, '""').match(/<[a-z][^>]*>/g) ?? [];
  expect(tags.filter((tag) => /\s(style|src|on[a-z]+)=|^<script/.test(tag))).toEqual([]);
});

test("nothing in the page names another host to load from", () => {
  const loads = [...page().html.matchAll(/<(?:link|img|iframe|source)[^>]*?(?:href|src)="([^"]*)"/g)];
  expect(loads.map(([, address]) => address)).toEqual(["data:,"]);
});

test("an operation says its permission, parameters, constraints and defaults", () => {
  const { html } = page();
  expect(html).toContain("Needs a key with <strong>read</strong>");
  expect(html).toContain("No key needed");
  expect(html).toContain("1 to 1,000 · default <code>100</code>");
  expect(html).toContain("There is none");
  expect(html).toContain("as above, within itself");
});

test("curl calls are quoted for a shell, with what is required filled in", () => {
  expect(curlOf(sampleDocument, operation("getThing"))).toBe(
    [
      `curl "$HOOKCLOCK_URL"'/v1/things/a%2Fb'\\''c?must=x%20y'`,
      `-H "Authorization: Bearer $HOOKCLOCK_KEY"`,
    ].join(" \\\n  "),
  );
  expect(curlOf(sampleDocument, operation("patchThing"))).toContain(`-d '{"name":"it'\\''s"}'`);
  expect(curlOf(sampleDocument, operation("events"))).toBe(`curl -N "$HOOKCLOCK_URL/v1/events"`);
  expect(shellQuote("a'b")).toBe(`'a'\\''b'`);
});

test("types and constraints in words", () => {
  const words = (schema: Schema) => constraintsOf(schema).map(({ markup }) => markup);
  const say = (schema: Schema) => typeText(sampleDocument, schema);
  expect(say({ type: ["string", "null"], format: "date-time" })).toBe("string (date-time) or null");
  expect(say({ type: "array", items: { $ref: "#/components/schemas/Thing" } })).toBe("list of Thing");
  expect(say({ anyOf: [{ type: "integer" }, { const: "all" }] })).toBe('integer or "all"');
  expect(say({})).toBe("any JSON");
  expect(words({ minLength: 1, maxLength: 20 })).toEqual(["1 to 20 characters"]);
  expect(words({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toEqual(["0 or more"]);
  expect(words({ minimum: 0, maximum: 9 })).toEqual(["at most 9"]);
  expect(words({ pattern: "<x>" })).toEqual(["matches <code>&lt;x&gt;</code>"]);
});

test("a dead reference and one that leads to itself end", () => {
  const circle = { components: { schemas: { A: { $ref: "#/components/schemas/A" } } } };
  const document = { ...sampleDocument, ...circle };
  expect(resolve(document, { $ref: "#/components/schemas/A" })).toBeUndefined();
  expect(resolve(document, { $ref: "#/components/schemas/None" })).toBeUndefined();
  expect(resolve(document, { $ref: "https://example.com/a" })).toBeUndefined();
  expect(sampleOf(sampleDocument, { $ref: "#/components/schemas/Thing" })).toEqual({ name: "text" });
});

test("descriptions: paragraphs, lists, code, strong text and safe links; the rest stays text", () => {
  expect(prose("a `b<c` **d** [e](#f)\n\n- g\n- h").markup).toBe(
    '<p>a <code>b&lt;c</code> <strong>d</strong> <a href="#f">e</a></p><ul><li>g</li><li>h</li></ul>',
  );
  expect(prose("[x](javascript:alert(1)) <b>").markup).toBe("<p>[x](javascript:alert(1)) &lt;b&gt;</p>");
  expect(prose(undefined).markup).toBe("");
  expect(page().html).toContain("<strong>two</strong>");
  expect(NASTY).toContain("<script>");
});
