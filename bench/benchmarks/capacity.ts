import type { Bench, Benchmark } from "../lib/benchmark.ts";
import { sumOf, type Used } from "../lib/counting-client.ts";
import type { Figure } from "../lib/figures.ts";

/** One figure for each operation and place that used anything. */
function split(when: string, used: readonly Used[], tasks: number): Figure[] {
  const byWhat = new Map<string, number>();
  for (const { operation, place, units } of used) {
    const what = `${when}: ${operation} ${place}`;
    byWhat.set(what, (byWhat.get(what) ?? 0) + units);
  }
  return [...byWhat].map(([what, units]) => ({ what, value: units / tasks, unit: "units" }));
}

async function unitsOf(bench: Bench, endpoint: string, url: string, tasks: number): Promise<Figure[]> {
  const worker = await bench.worker({ endpoint, tables: bench.newTables(), counting: "capacity" });
  // The first task of a process reads the shard count, once for half a minute.
  await worker.ask("register", { count: 1, url, singly: true });
  await worker.ask("trigger", {});
  await worker.ask("take", null);
  await worker.ask("register", { count: tasks, url, singly: true });
  const register = (await worker.ask("take", null)).used;
  await worker.ask("trigger", {});
  const run = (await worker.ask("take", null)).used;
  const who = tasks === 1 ? "one alone" : `each of ${tasks}`;
  return [
    { what: `${who}, in all`, value: sumOf([...register, ...run]) / tasks, unit: "units", atMost: 8 },
    ...split(`${who}, register`, register, tasks),
    ...split(`${who}, run`, run, tasks),
  ];
}

export const capacity: Benchmark = {
  name: "capacity",
  title: "Capacity units of one one-shot task, from register to DONE with its log",
  how: "DynamoDB Local, ReturnConsumedCapacity=INDEXES, 0.5 KB body, one attempt; 200 due at once, 30, and one alone",
  async measure(bench) {
    const endpoint = await bench.database("DynamoDB Local");
    const { url } = await bench.receiver();
    const figures: Figure[] = [];
    for (const tasks of [200, 30, 1]) figures.push(...(await unitsOf(bench, endpoint, url, tasks)));
    return figures;
  },
};
