import type { Json } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asItIs, cut, insideJson, parseTemplate, render } from "./template.ts";

const message: Json = {
  entry: { title: "Up & <away>", categories: ["a", "b"], words: 7, draft: false, author: null },
  payload: { nested: { deep: [1, { x: true }] }, evil: "{{entry.title}}" },
};

test.each([
  ["plain", "plain"],
  ["{{entry.title}}", "Up & <away>"],
  ["{{ entry.title }}!", "Up & <away>!"],
  ["{{entry.categories}} / {{entry.categories.1}}", "a, b / b"],
  ["{{entry.words}} {{entry.draft}}", "7 false"],
  ["<{{entry.nobody}}|{{entry.author}}|{{nothing.at.all}}>", "<||>"],
  ["{{payload.nested}}", '{"deep":[1,{"x":true}]}'],
  ["{{payload.evil}}", "{{entry.title}}"],
  ["{{entry.__proto__}}{{entry.constructor}}{{entry.title.length}}", ""],
  ["$& $1 {{entry.words}}", "$& $1 7"],
  ["{ {{entry.words}} }", "{ 7 }"],
  ['{"a":{"b":"{{entry.words}}"}}', '{"a":{"b":"7"}}'],
  ["{{entry.words}}}}", "7}}"],
])("%s", (template, expected) => {
  expect(render(parseTemplate(template), message)).toBe(expected);
});

test.each([
  ["", "is no text"],
  [7, "is no text"],
  [null, "is no text"],
  ["{{}}", "{{}}"],
  ["{{entry title}}", "{{entry title}}"],
  ["{{1 + 1}}", "{{1 + 1}}"],
  ["{{entry.title()}}", "{{entry.title()}}"],
  ["{{#each entry}}x", "{{#each entry}}"],
  ["{{entry.title", "not whole"],
  ["{{{entry.title}}}", "not whole"],
  ["x".repeat(8_193), "8193 characters"],
  ["\ud800", "well-formed"],
])("refused: %j", (template, problem) => {
  expect(() => parseTemplate(template)).toThrow(problem);
  expect(() => parseTemplate(template)).toThrow("allowed");
});

test("values are made fit for where they go, the template is not", () => {
  const shout = (text: string): string => text.toUpperCase();
  expect(render("is {{entry.title}}", message, shout)).toBe("is UP & <AWAY>");
  const json = render('{"t": "{{entry.title}} {{payload.nested}}"}', message, insideJson);
  expect(JSON.parse(json)).toEqual({ t: 'Up & <away> {"deep":[1,{"x":true}]}' });
});

test("whatever the values are, a JSON template stays JSON", () => {
  const text = fc
    .array(fc.constantFrom("a", '"', "\\", "\n", "\u2028", "\u0000", "😀", "\ud800", "}}", "{{title}}"))
    .map((signs) => signs.join(""));
  fc.assert(
    fc.property(text, fc.array(text), (title, other) => {
      const values: Json = { title, other };
      const parsed: unknown = JSON.parse(
        render('{"a": "{{title}}", "b": ["{{other}}"]}', values, insideJson),
      );
      expect(parsed).toEqual({ a: title, b: [other.join(", ")] });
    }),
  );
});

test("what is rendered is bounded, and never ends in half a character", () => {
  const long: Json = { text: "😀".repeat(1_000) };
  const template = "{{text}}".repeat(100);
  const text = render(template, long, asItIs, 1_001);
  expect(text).toBe("😀".repeat(500));
  expect(render("a".repeat(20), {}, asItIs, 10)).toBe("a".repeat(10));
  expect(render("{{text}}", { text: "x".repeat(1_000_000) }).length).toBe(256 * 1024);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "ü", "😀", "\u0301")).map((signs) => signs.join("")),
      fc.nat(30),
      (one, lengthMax) => {
        const head = cut(one, lengthMax);
        expect(head.length).toBeLessThanOrEqual(lengthMax);
        expect(head.isWellFormed()).toBe(true);
        expect(one.startsWith(head)).toBe(true);
      },
    ),
  );
});
