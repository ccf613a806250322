import { expect, test } from "vitest";
import { CONSUMER_COLUMNS, consumerFacts } from "./show-websub.ts";

const broken = { namespace: "app", name: "odd", type: null, enabled: false, problem: "no type" } as const;

test("of a consumer that cannot be read a list shows its name, that it is so, and why", () => {
  expect(CONSUMER_COLUMNS.map(({ cell }) => cell(broken))).toEqual([
    { text: "odd", tone: "strong" },
    "",
    { text: "unreadable", tone: "bad" },
    "",
    { text: "no type", tone: "bad" },
  ]);
});

test("so do its facts", () => {
  expect(consumerFacts(broken)).toEqual([
    ["consumer", { text: "app/odd", tone: "strong" }],
    ["state", { text: "unreadable", tone: "bad" }],
    ["  why", "no type"],
  ]);
});
