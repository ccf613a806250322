// What all lists here are asked with, and what they answer.
import { DEFAULTS, LIMITS, namespaceField } from "@hookclock/core";
import * as z from "zod";

export type ListQuery = {
  namespace: string;
  /** Items at most, 1 to 1,000. Default 100. */
  limit?: number;
  /** `nextKey` of the page before. */
  startKey?: string;
};
export type ListPage<Item> = { items: Item[]; nextKey: string | null };

const START_KEY_LENGTH_MAX = 2_048;
export const listFields = {
  namespace: namespaceField,
  limit: z.number().int().min(1).max(LIMITS.pageSizeMax).default(DEFAULTS.pageSize),
  startKey: z.string().min(1).max(START_KEY_LENGTH_MAX).optional(),
};
