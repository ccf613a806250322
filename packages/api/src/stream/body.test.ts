import { expect, test } from "vitest";
import { bodyOf } from "./body.ts";

/** Pieces of which the second comes only when nobody wants any more. */
async function* untilLeft(whenLeft: Promise<void>) {
  yield "one";
  await whenLeft;
  yield "two";
}

test("a reader that leaves while a piece is made is no fault", async () => {
  const faults: unknown[] = [];
  let leave = (): void => {};
  const whenLeft = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const body = bodyOf("first", untilLeft(whenLeft), { leave, onError: (error) => faults.push(error) });
  const reader = body.getReader();
  const next = async () => new TextDecoder().decode((await reader.read()).value);
  expect([await next(), await next()]).toEqual(["first", "one"]);
  void next().catch(() => {});
  await reader.cancel();
  await new Promise((resolve) => setImmediate(resolve));
  expect(faults).toEqual([]);
});

test("a piece that cannot be made ends the body, and why is told", async () => {
  const faults: unknown[] = [];
  // biome-ignore lint/correctness/useYield: it fails before its first piece
  async function* broken(): AsyncGenerator<string, void, undefined> {
    throw new Error("broken");
  }
  const body = bodyOf("first", broken(), { leave: () => {}, onError: (error) => faults.push(error) });
  expect(await new Response(body).text()).toBe("first");
  expect(faults).toEqual([new Error("broken")]);
});
