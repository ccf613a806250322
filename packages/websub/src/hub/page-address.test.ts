import { expect, test } from "vitest";
import { pageAddressOf, pageOfTopic } from "./page-address.ts";

const BASE = "https://hub.example";

test("a page is below the address of its namespace", () => {
  expect(pageOfTopic(BASE, "app", `${BASE}/topics/app/news`)?.namespace).toBe("app");
  expect(pageOfTopic(BASE, "my app", `${BASE}/topics/my%20app/a/b?x=1`)).not.toBeNull();
});

test("however its host is written, it is the same page", () => {
  const key = pageOfTopic(BASE, "app", `${BASE}/topics/app/news`)?.key;
  for (const place of ["HTTPS://Hub.Example", "https://hub.example:443"]) {
    expect(pageOfTopic(BASE, "app", `${place}/topics/app/news`)?.key).toBe(key);
    expect(pageOfTopic(`${place}/v`, "app", `${BASE}/v/topics/app/news`)?.key).toBe(key);
  }
});

test.each([
  `http://hub.example/topics/app/news`,
  `https://hub.example:8443/topics/app/news`,
  `https://hub.example@evil.example/topics/app/news`,
  `${BASE}/topics/other/news`,
  `${BASE}/topics/app`,
  `${BASE}/topics/app/`,
  `${BASE}/topics//news`,
  `${BASE}/hub/app`,
  `${BASE}.evil.example/topics/app/news`,
  "https://elsewhere.example/topics/app/news",
  `${BASE}/topics/app/news#part`,
  `${BASE}/topics/app/../other/news`,
  `${BASE}/topics/app/%2e%2e/news`,
  `${BASE}/topics/app/a%2Fb`,
  `${BASE}/topics/app/%zz`,
  `${BASE}/topics/other%2Fapp/news`,
])("%s is no page of the namespace app", (topic) => expect(pageOfTopic(BASE, "app", topic)).toBeNull());

test("spellings of one address are one, and other addresses are others", () => {
  const key = (url: string) => pageAddressOf(url)?.key;
  expect(key("/topics/app/a%3Ab%7E")).toBe(key("/topics/app/a:b~"));
  expect(key("/topics/app/%C3%A9")).toBe(key("/topics/app/é"));
  const others = [
    "/topics/app/a",
    "/topics/app/a/",
    "/topics/app/a/b",
    "/topics/app/a?",
    "/topics/app/a?b=1",
  ];
  expect(new Set(others.map(key)).size).toBe(others.length - 1);
  expect(key("/topics/app/a?b=1?c")).not.toBe(key("/topics/app/a?b=1"));
});
