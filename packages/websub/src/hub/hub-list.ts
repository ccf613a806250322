// The hub's subscriptions for who runs it. Secrets are not among what is shown.
import { HookclockError, isoOf } from "@hookclock/core";
import * as z from "zod";
import { collectionOfTopic } from "../events/dotted-topic.ts";
import type { HubParts } from "./hub-parts.ts";
import { shownCallback } from "./shown-callback.ts";
import { type EndReason, type HubSubscription, isLive, isPending } from "./subscription.ts";
import { collectionOfUrl, isUrl } from "./url-identity.ts";

export type HubSubscriptionView = {
  /** Names it among those of its topic, where its callback must not stand. */
  id: string;
  topic: string;
  /** Without the values of its query, and without the token where it is one of ours: who knows that can push to it. */
  callback: string;
  /** `renewing`: in force, and asked for again. `over`: ended, run out, or never confirmed. */
  state: "pending" | "active" | "renewing" | "over";
  /** Of dotted topics: only events of the topic itself. */
  exact: boolean;
  isSigned: boolean;
  leaseSeconds: number | null;
  verifiedDate: string | null;
  expiresDate: string | null;
  requestedDate: string | null;
  endedDate: string | null;
  endReason: EndReason | "expired" | "not-confirmed" | null;
  lastError: { message: string; date: string } | null;
};
export type HubListQuery = {
  namespace: string;
  /** Only subscriptions of this topic, a URL or a dotted one. */
  topic?: string;
  limit: number;
  /** `nextKey` of the page before. */
  startKey?: string;
};
export type HubListPage = { items: HubSubscriptionView[]; nextKey: string | null };

const dateOf = (ms: number | undefined): string | null => (ms === undefined ? null : isoOf(ms));

export function viewOf(row: HubSubscription, id: string, now: number): HubSubscriptionView {
  const { active, pending, ended } = row;
  const live = isLive(row, now);
  const waits = isPending(row, now) && pending?.mode === "subscribe";
  const state = live ? (waits ? "renewing" : "active") : waits ? "pending" : "over";
  const reason = ended?.reason ?? (active === null ? "not-confirmed" : "expired");
  return {
    id,
    topic: active?.topic ?? row.topic,
    callback: shownCallback(active?.callback ?? row.callback),
    state,
    exact: (active ?? pending)?.exact ?? false,
    isSigned: active !== null && active.secret !== null,
    leaseSeconds: active?.leaseSeconds ?? null,
    verifiedDate: dateOf(active?.verifiedAt),
    expiresDate: dateOf(active?.expiresAt),
    requestedDate: dateOf(pending?.requestedAt),
    endedDate: dateOf(ended?.at ?? (state === "over" ? active?.expiresAt : undefined)),
    endReason: state === "over" ? reason : null,
    lastError:
      row.lastError === null ? null : { message: row.lastError.message, date: isoOf(row.lastError.at) },
  };
}

/**
 * A page of subscriptions, of one topic or of all that ever were confirmed, those that are over for a day included.
 *
 * @throws HookclockError `invalid-cursor` for a key that is no `nextKey`, `invalid-input` for what is no topic.
 */
export async function listSubscriptions(parts: HubParts, query: HubListQuery): Promise<HubListPage> {
  const { namespace, topic, limit, startKey } = query;
  const start = startKey === undefined ? NO_POSITION : positionOf(startKey);
  if (topic === undefined) return listAll(parts, namespace, limit, start);
  const collection = isUrl(topic) ? collectionOfUrl(topic) : collectionOfTopic(topic);
  const { rows, after } = await parts.subscriptions.page({
    ...{ namespace, collection, limit },
    after: start.after,
  });
  return { items: views(parts, rows), nextKey: after === null ? null : keyOf({ topic: null, after }) };
}

/** Topic by topic, until the page is full. */
async function listAll(
  parts: HubParts,
  namespace: string,
  limit: number,
  start: Position,
): Promise<HubListPage> {
  const items: HubSubscriptionView[] = [];
  let position = start;
  while (items.length < limit) {
    const [here, next] = await parts.topics.page(namespace, position.topic, 2);
    if (here === undefined) return { items, nextKey: null };
    const page = await parts.subscriptions.page({
      namespace,
      collection: here.topic.collection,
      limit: limit - items.length,
      // The topic that the last page ended in may be gone.
      after: here.sk === position.topic ? position.after : null,
    });
    items.push(...views(parts, page.rows));
    if (page.after !== null) position = { topic: here.sk, after: page.after };
    else if (next === undefined) return { items, nextKey: null };
    else position = { topic: next.sk, after: null };
  }
  return { items, nextKey: keyOf(position) };
}

const views = (
  parts: HubParts,
  rows: readonly { callbackHash: string; row: HubSubscription }[],
): HubSubscriptionView[] =>
  rows.map(({ callbackHash, row }) => viewOf(row, callbackHash, parts.world.clock.now()));

const positionSchema = z.object({ topic: z.string().nullable(), after: z.string().nullable() });
type Position = z.infer<typeof positionSchema>;
const NO_POSITION: Position = { topic: null, after: null };

const keyOf = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url");

function positionOf(key: string): Position {
  const position = positionSchema.safeParse(jsonIn(Buffer.from(key, "base64url").toString()));
  if (position.success) return position.data;
  throw new HookclockError("invalid-cursor", "startKey is not the nextKey of a page", {
    field: "startKey",
    cause: position.error,
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
