import { expect, test } from "vitest";
import { shownCallback } from "./shown-callback.ts";

test.each([
  ["https://a.example/cb", "https://a.example/cb"],
  ["https://a.example", "https://a.example"],
  ["https://a.example/cb?token=s3cret&x=&y=1", "https://a.example/cb?token=…&x=&y=…"],
  ["https://a.example/cb?s3cret", "https://a.example/cb?…"],
  ["https://a.example/cb?a=b=s3cret", "https://a.example/cb?a=…"],
  ["https://a.example/cb?", "https://a.example/cb?"],
  ["https://a.example/cb?x=s3cret?s3cret#s3cret", "https://a.example/cb?x=…"],
  ["https://a.example/cb#s3cret", "https://a.example/cb"],
  ["https://u:s3cret@a.example/cb", "https://…@a.example/cb"],
  ["https://me.example/callbacks/app/s1/s3cret", "https://me.example/callbacks/app/s1/…"],
  [
    "https://me.example/base/callbacks/a%2Fb/s%201/s3cret?y=s3cret",
    "https://me.example/base/callbacks/a%2Fb/s%201/…?y=…",
  ],
  ["https://other.example/callbacks/app", "https://other.example/callbacks/app"],
])("%s is shown as %s", (callback, shown) => {
  expect(shownCallback(callback)).toBe(shown);
  expect(shown).not.toContain("s3cret");
});
