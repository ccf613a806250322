import type { Bench, Benchmark } from "../lib/benchmark.ts";
import { readsOf, sumOf } from "../lib/counting-client.ts";
import { median } from "../lib/figures.ts";

const DUE = 100;
const RUNS = 5;

async function readsOfTrigger(bench: Bench, endpoint: string, url: string, others: number): Promise<number> {
  const tables = bench.newTables();
  const worker = await bench.worker({ endpoint, tables, counting: "capacity" });
  if (others > 0) await worker.ask("fill", { endpoint, tables, future: others, finished: others, url });
  // A process that has just started is slow, and rows that wait too long are read again: not what is asked here.
  await worker.ask("register", { count: DUE, url });
  await worker.ask("trigger", {});
  const units: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await worker.ask("register", { count: DUE, url });
    await worker.ask("take", null);
    await worker.ask("trigger", {});
    units.push(sumOf(readsOf((await worker.ask("take", null)).used)));
  }
  return median(units);
}

export const reads: Benchmark = {
  name: "reads",
  title: "Reads of one trigger, beside rows that are not due",
  how: "capacity units read by one trigger with 100 due tasks, in an empty table and beside future and finished ones, the median of five; DynamoDB Local",
  async measure(bench) {
    const endpoint = await bench.database("DynamoDB Local");
    const { url } = await bench.receiver();
    const others = bench.count(100_000, 10_000);
    const empty = await readsOfTrigger(bench, endpoint, url, 0);
    const full = await readsOfTrigger(bench, endpoint, url, others);
    return [
      { what: "more than in an empty table", value: (full / empty - 1) * 100, unit: "%", atMost: 10 },
      { what: "empty table", value: empty, unit: "units" },
      { what: `beside ${others} future and ${others} finished`, value: full, unit: "units" },
    ];
  },
};
