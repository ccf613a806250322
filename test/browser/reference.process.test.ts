// The API's reference page, in a real browser.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { type ApiDependencies, createApi } from "@hookclock/api";
import { loudSkip } from "@hookclock/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, missingForChromium } from "./chromium.ts";

const describeHere = loudSkip(describe, missingForChromium());

describeHere("the reference page in Chromium", () => {
  const server = createAdaptorServer({ fetch: createApi(dependencies()).fetch });
  let origin = "";
  let browser: Browser;

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server.close();
  });

  /** The page, and everything that went wrong or out while it was open. */
  async function open(size: { width: number; height: number }, more: { javaScriptEnabled?: boolean } = {}) {
    const context = await browser.newContext({ viewport: size, ...more });
    const page = await context.newPage();
    const trouble: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => {
      if (message.type() !== "log") trouble.push(message.text());
    });
    page.on("pageerror", (error) => trouble.push(error.message));
    page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()}`));
    page.on("request", (request) => asked.push(request.url()));
    const answer = await page.goto(`${origin}/docs`);
    expect(answer?.status()).toBe(200);
    return { page, trouble, asked, [Symbol.asyncDispose]: () => context.close() };
  }

  /** Boxes that stick out of the window, unless something around them scrolls. */
  const tooWide = (page: Page): Promise<string[]> =>
    page.evaluate(`[...document.querySelectorAll("body *")]
      .filter((node) => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest("pre, .scroll, .skip"))
      .map((node) => node.tagName + "." + node.className)`);

  const widthOf = (page: Page): Promise<number> => page.evaluate("document.documentElement.scrollWidth");

  test.each([390, 768, 1280])("nothing is wider than a window of %i px, opened or closed", async (width) => {
    await using opened = await open({ width, height: 844 });
    const { page, trouble } = opened;
    expect(await widthOf(page)).toBe(width);
    await page.evaluate(`document.querySelectorAll("details").forEach((one) => { one.open = true; })`);
    expect(await tooWide(page)).toEqual([]);
    expect(await widthOf(page)).toBe(width);
    expect(trouble).toEqual([]);
  });

  test("it asks nobody for anything, and its style applies under its policy", async () => {
    await using opened = await open({ width: 1280, height: 900 });
    const { page, trouble, asked } = opened;
    expect(asked.filter((address) => !address.startsWith("data:"))).toEqual([`${origin}/docs`]);
    const columns = await page.evaluate(`getComputedStyle(document.querySelector(".page")).display`);
    expect(columns).toBe("grid");
    expect(trouble).toEqual([]);
  });

  test("every link of the contents leads to its place, without scripts too", async () => {
    await using opened = await open({ width: 1280, height: 900 }, { javaScriptEnabled: false });
    const { page } = opened;
    const links = page.locator(".wide a");
    const count = await links.count();
    expect(count).toBeGreaterThan(30);
    for (const index of [0, 4, 7, count - 1]) {
      const link = links.nth(index);
      const anchor = (await link.getAttribute("href")) ?? "";
      await link.click();
      const box = await page.locator(anchor).boundingBox();
      expect(new URL(page.url()).hash).toBe(anchor);
      // The last places of a page cannot reach the top of the window.
      expect(Math.abs(box?.y ?? Number.POSITIVE_INFINITY), anchor).toBeLessThan(
        index === count - 1 ? 900 : 60,
      );
    }
  });

  test("light and dark are both readable", async () => {
    await using opened = await open({ width: 390, height: 844 });
    const { page } = opened;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const contrasts = (await page.evaluate(CONTRASTS)) as { text: string; contrast: number }[];
      expect(contrasts.length).toBeGreaterThan(8);
      expect(contrasts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    }
  });

  test("contents on a phone open by hand and lead on", async () => {
    await using opened = await open({ width: 390, height: 844 });
    const { page } = opened;
    expect(await page.locator(".wide").isVisible()).toBe(false);
    await page.locator(".narrow summary").click();
    await page.locator(".narrow a", { hasText: "Register a task" }).click();
    expect(new URL(page.url()).hash).toBe("#op-registertask");
    expect(await page.locator("#op-registertask").isVisible()).toBe(true);
  });
});

/** Contrast of text to its ground, as WCAG 2 counts it, for one element of each kind. */
const CONTRASTS = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (numbers(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const kinds = ["p", ".lead", "a", ".get", ".post", ".patch", ".delete", ".type", ".required", ".status", ".status.bad", "var", "th", "pre code"];
  return kinds.flatMap((kind) => {
    const node = document.querySelector("main " + kind);
    if (!node) return [];
    const [high, low] = [luminance(getComputedStyle(node).color), luminance(groundOf(node))].sort((a, b) => b - a);
    return [{ text: kind, contrast: (high + 0.05) / (low + 0.05) }];
  });
})()`;

/** The page needs no database. */
function dependencies(): ApiDependencies {
  return {
    version: "1.2.3",
    clock: { now: () => 0, sleep: async () => {} },
    newId: () => "id",
    log: { request: () => {}, error: () => {} },
  } as unknown as ApiDependencies;
}
