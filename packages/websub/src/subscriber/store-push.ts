// Makes content durable: first who it is, then its bytes, then the task that hands it on. Any step may be done twice.
import { createHash } from "node:crypto";
import { HookclockError } from "@hookclock/core";
import { writeContent } from "../content-store.ts";
import { registerOnce } from "../own-tasks.ts";
import { LATE_MS } from "./moves.ts";
import type { Parts } from "./parts.ts";
import type { Pushes, SubscriptionKey } from "./subscription-repository.ts";
import { receiveTask } from "./tasks.ts";

/** A hub that did not hear our answer sends the same again: within this time that is the same push. */
const SAME_PUSH_MS = 10 * 60_000;
/** Long enough for the task to outlive every trouble. */
const CONTENT_KEPT_MS = 14 * 86_400_000;
const TRIES_MAX = 25;
/** Pushes to the callback of now that are remembered, for those that come to one of before as well. */
const LATELY_MAX = 20;

export type Content = { type: string; bytes: Uint8Array; topic: string };

export const hashOfContent = ({ type, bytes }: Pick<Content, "type" | "bytes">): string =>
  createHash("sha256").update(`${type}\n`).update(bytes).digest("base64url");

/** Durable when it resolves. `isFormer`: it came to a callback of before. */
export async function storePush(
  parts: Parts,
  key: SubscriptionKey,
  content: Content,
  { isFormer }: { isFormer: boolean },
): Promise<void> {
  const named = await nameOf(parts, key, hashOfContent(content), isFormer);
  if (named !== null) await storeContent(parts, key, { ...content, ...named });
}

export async function storeContent(
  { world }: Parts,
  key: SubscriptionKey,
  { type, bytes, topic, push, receivedAt }: Content & { push: string; receivedAt: number },
): Promise<void> {
  const expiresAt = receivedAt + CONTENT_KEPT_MS;
  await writeContent(world.documents, { namespace: key.namespace, id: push, bytes, expiresAt });
  const payload = { push, topic, type, bytes: bytes.length, receivedAt };
  await registerOnce(world.tasks, receiveTask(key, payload));
}

/**
 * Counts the push and gives it a name; the one before is given its name again when it comes once more. Null for what came
 * to the callback of now already: should it not be stored yet, the hub sends it there again.
 */
async function nameOf(
  parts: Parts,
  key: SubscriptionKey,
  hash: string,
  isFormer: boolean,
): Promise<{ push: string; receivedAt: number } | null> {
  const now = parts.world.clock.now();
  const newPush = parts.world.newId();
  let isKnown = false;
  const saved = await changePushes(parts, key, (before) => {
    isKnown = isFormer && before.lately.some((one) => one.hash === hash && now - one.at <= LATE_MS);
    if (isKnown) return before;
    const lately = isFormer ? before.lately : [...before.lately, { hash, at: now }].slice(-LATELY_MAX);
    if (isSame(before, hash, now)) return { ...before, lately };
    const counted = { received: before.received + 1, lastAt: now, lastHash: hash, lastPush: newPush };
    return { ...before, ...counted, lately };
  });
  return isKnown ? null : { push: saved.lastPush ?? newPush, receivedAt: saved.lastAt ?? now };
}

const isSame = ({ lastHash, lastAt, lastPush }: Pushes, hash: string, now: number): boolean =>
  lastPush !== undefined && lastHash === hash && lastAt !== undefined && now - lastAt <= SAME_PUSH_MS;

export async function countRefused(parts: Parts, key: SubscriptionKey, why: string): Promise<void> {
  const refusal = { at: parts.world.clock.now(), why };
  await changePushes(parts, key, (before) => ({ ...before, refused: before.refused + 1, refusal }));
}

async function changePushes(
  { subscriptions }: Parts,
  key: SubscriptionKey,
  decide: (before: Pushes) => Pushes,
): Promise<Pushes> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const saved = await subscriptions.savePushes(key, decide);
    if (saved !== null) return saved;
  }
  throw new HookclockError(
    "edit-conflict",
    `the pushes of subscription "${key.id}" come too fast to be counted`,
  );
}
