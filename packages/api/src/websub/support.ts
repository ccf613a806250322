// What the routes of WebSub share.
import { HookclockError } from "@hookclock/core";
import * as z from "zod";
import type { ApiDependencies, ApiWebSub } from "../ports.ts";

/** The part of WebSub; its routes are there only where it is. */
export function webSubOf({ websub }: ApiDependencies): ApiWebSub {
  if (websub !== undefined) return websub;
  throw new HookclockError("not-found", "there is no WebSub at this address");
}

export const consumerName = z.string().min(1).max(128);

/** Positions of WebSub's lists are texts; cursors hold objects. */
export type StartKey = { startKey: string };

/** A page of WebSub's lists as the paging wants it. */
export const resultOf = <Item>(page: {
  items: Item[];
  nextKey: string | null;
}): { items: Item[]; lastEvaluatedKey: StartKey | null } => ({
  items: page.items,
  lastEvaluatedKey: page.nextKey === null ? null : { startKey: page.nextKey },
});
