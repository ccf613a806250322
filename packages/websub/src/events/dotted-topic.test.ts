import fc from "fast-check";
import { expect, test } from "vitest";
import {
  collectionOfTopic,
  collectionsOfEvent,
  normalTopic,
  predicateProblem,
  topicProblem,
} from "./dotted-topic.ts";

test("8.3: an event is looked for at every level of its predicate and at the root", () => {
  expect(collectionsOfEvent("a.b.c")).toEqual(["dot:A.B.C", "dot:A.B", "dot:A", "dot:*"]);
  expect(collectionsOfEvent("x")).toEqual(["dot:X", "dot:*"]);
});

test.each([
  ["a.b", "a.b"],
  ["a.b", "A.B.c.d"],
  ["A.b.*", "a.B"],
  ["a", "a.bb"],
  ["*", "whatever.there.is"],
])("8.3: a subscription to %s is for an event %s", (topic, predicate) => {
  expect(collectionsOfEvent(predicate)).toContain(collectionOfTopic(topic));
});

test.each([
  ["a.b", "a.bb"],
  ["a.b", "a"],
  ["a.b.c", "a.b"],
  ["b", "a.b"],
])("8.3: a subscription to %s is not for an event %s", (topic, predicate) => {
  expect(collectionsOfEvent(predicate)).not.toContain(collectionOfTopic(topic));
});

const word = fc.stringMatching(/^[a-zA-Z0-9_-]{1,8}$/).filter((one) => one.toUpperCase() !== "UN");
const words = fc.array(word, { minLength: 1, maxLength: 8 });

test("8.3: matching is by whole parts, whatever the case", () => {
  fc.assert(
    fc.property(words, words, (topic, predicate) => {
      const isPrefix =
        topic.length <= predicate.length &&
        topic.every((one, at) => one.toUpperCase() === predicate[at]?.toUpperCase());
      const found = collectionsOfEvent(predicate.join(".")).includes(collectionOfTopic(topic.join(".")));
      expect(found).toBe(isPrefix);
    }),
  );
});

test("any text is either a topic or refused with words, and never breaks anything", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const problem = topicProblem(text);
      if (problem === null) expect(normalTopic(text)).toBe(normalTopic(normalTopic(text)));
      else expect(() => collectionOfTopic(text)).toThrow(/topic is/);
    }),
  );
});

test("a predicate is one topic: no star, and short ones below UN are fine", () => {
  expect(predicateProblem("UN.CEFACT")).toBeNull();
  expect(predicateProblem("un.x")).toBeNull();
  for (const bad of ["a.*", "*", "", "a..b", "a/b", "UN..x", "UN."])
    expect(predicateProblem(bad)).not.toBeNull();
});
