import { expect, test } from "vitest";
import { policyOf } from "./hub-policy.ts";

test("what is not said restricts nothing", () => {
  expect(policyOf({}, {})).toEqual({});
});

test("an empty list lets nobody in", async () => {
  const { callback } = policyOf({ callbacks: [] }, {});
  expect(await callback?.("https://example.com/", "n")).toMatch(/does not call/);
});

test("each list judges its own, in plain words that show no list", async () => {
  const { topic, callback, publisher } = policyOf(
    { topics: ["https://a.example/feeds/"], callbacks: ["*.b.example"], publishers: ["c.example"] },
    {},
  );
  expect(await topic?.("https://a.example/feeds/1", "n")).toBeNull();
  expect(await topic?.("https://a.example.evil.org/feeds/1", "n")).toBe("this hub does not serve this topic");
  expect(await callback?.("https://x.b.example/cb?t=1", "n")).toBeNull();
  expect(await callback?.("https://x.b.example@evil.org/", "n")).toBe("this hub does not call this address");
  expect(await publisher?.("https://c.example/f", "n")).toBeNull();
  expect(await publisher?.("https://a.example/feeds/1", "n")).toMatch(/no pings/);
});

test("a list of URLs says nothing about dotted topics", async () => {
  const { topic } = policyOf({ topics: ["https://a.example/"] }, {});
  expect(await topic?.("orders.paid", "n")).toBeNull();
});

test("list and function both have to agree, and the function is asked only for what is listed", async () => {
  const asked: string[] = [];
  const own = async (url: string, namespace: string) => {
    asked.push(`${namespace} ${url}`);
    return url.endsWith("/no") ? "not you" : null;
  };
  const { callback } = policyOf({ callbacks: ["a.example"] }, { callback: own });
  const answers = ["https://a.example/yes", "https://a.example/no", "https://b.example/yes"].map((url) =>
    callback?.(url, "n"),
  );
  expect(await Promise.all(answers)).toEqual([null, "not you", "this hub does not call this address"]);
  expect(asked).toEqual(["n https://a.example/yes", "n https://a.example/no"]);
});

test("an entry that is no address is refused by its place", () => {
  const make = () => policyOf({ publishers: ["example.com", "https://u:p@example.com"] }, {});
  expect(make).toThrow(expect.objectContaining({ code: "invalid-input", field: "hub.allow.publishers[1]" }));
});
