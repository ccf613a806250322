// Lists of WebSub's things, page after page.
import type { Command } from "commander";
import { wholeNumber } from "./options.ts";
import type { Output } from "./output.ts";
import type { Column } from "./table.ts";

export type ListOptions = { limit: number; all?: boolean };
type Page<Item> = { items: Item[]; nextKey: string | null };
type Asked = { limit: number; startKey?: string };
export type Listed<Item> = { items: Item[]; count: number; nextKey: string | null };

const LIMIT = 100;
const PAGE_MAX = 1_000;

export const addListOptions = (command: Command, things: string): Command =>
  command
    .option("--limit <count>", `${things} at most`, wholeNumber(1), LIMIT)
    .option("--all", "all of them, however many");

/** As many as are wanted, from pages that may be short. `nextKey` is null when there are no more. */
export async function listUpTo<Item>(
  { limit, all = false }: ListOptions,
  ask: (asked: Asked) => Promise<Page<Item>>,
): Promise<Listed<Item>> {
  const most = all ? Number.POSITIVE_INFINITY : limit;
  const items: Item[] = [];
  let nextKey: string | null = null;
  do {
    const asked: Asked = { limit: Math.min(most - items.length, PAGE_MAX) };
    const page: Page<Item> = await ask(nextKey === null ? asked : { ...asked, startKey: nextKey });
    items.push(...page.items);
    nextKey = page.nextKey;
  } while (nextKey !== null && items.length < most);
  return { items, count: items.length, nextKey };
}

/** `none`: said when there is nothing. */
export function showList<Item>(
  output: Output,
  listed: Listed<Item>,
  { none, columns }: { none: string; columns: readonly Column<Item>[] },
): void {
  output.result(listed, () => {
    if (listed.count === 0) return output.lines([none]);
    output.table(listed.items, columns);
    if (listed.nextKey !== null)
      output.remark(`there are more than ${listed.count}: --limit N or --all shows them`);
  });
}
