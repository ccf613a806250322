import { expect, test } from "vitest";
import { CONSUMER_COLUMNS } from "./show-websub.ts";

test("of a consumer that cannot be read a list shows its name, that it is so, and why", () => {
  const broken = { namespace: "app", name: "odd", type: null, enabled: false, problem: "no type" } as const;
  expect(CONSUMER_COLUMNS.map(({ cell }) => cell(broken))).toEqual([
    { text: "odd", tone: "strong" },
    "",
    { text: "unreadable", tone: "bad" },
    "",
    { text: "no type", tone: "bad" },
  ]);
});
