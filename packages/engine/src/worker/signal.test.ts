import { expect, test } from "vitest";
import { Doorbell } from "./signal.ts";

const never = new Promise<never>(() => {});
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Whether a wait is over after a turn of the event loop. */
async function isOver(wait: Promise<void>): Promise<boolean> {
  let over = false;
  void wait.then(() => {
    over = true;
  });
  await turn();
  return over;
}

test("waits for the next ring", async () => {
  const bell = new Doorbell();
  const wait = bell.waitOr(never);
  expect(await isOver(wait)).toBe(false);
  bell.announce();
  expect(await isOver(wait)).toBe(true);
  expect(await isOver(bell.waitOr(never))).toBe(false);
});

test("a ring that was missed ends one wait, however often it rang", async () => {
  const bell = new Doorbell();
  bell.announce();
  bell.announce();
  expect(await isOver(bell.waitOr(never))).toBe(true);
  expect(await isOver(bell.waitOr(never))).toBe(false);
});

test("a ring after a wait that ended for another reason is not lost on it", async () => {
  const bell = new Doorbell();
  await bell.waitOr(Promise.resolve());
  bell.announce();
  await turn();
  expect(await isOver(bell.waitOr(never))).toBe(true);
});

test("a ring while a wait is ending for another reason is not kept: who waited goes on after it anyway", async () => {
  const bell = new Doorbell();
  const other = Promise.withResolvers<void>();
  const wait = bell.waitOr(other.promise);
  other.resolve();
  bell.announce();
  await wait;
  expect(await isOver(bell.waitOr(never))).toBe(false);
});
