import * as z from "zod";

/** One page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    count: z.number().int().min(0),
    nextCursor: z.string().nullable().describe("Where the list goes on; null at its end."),
  });
