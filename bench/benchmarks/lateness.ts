import type { Benchmark } from "../lib/benchmark.ts";
import { type Figure, percentile } from "../lib/figures.ts";

const SPREAD_MS = 10_000;
const HEAD_START_MS = 1_500;

export const lateness: Benchmark = {
  name: "lateness",
  title: "Lateness of tasks due at random over 10 s, always-on worker",
  how: "due time to arrival at the receiver, and to the start of the attempt by the worker's clock; dynalite",
  async measure(bench) {
    const endpoint = await bench.database("dynalite");
    const { receiver, url } = await bench.receiver();
    const worker = await bench.worker({ endpoint, tables: bench.newTables(), listening: true });
    const count = bench.count(200, 100);
    // The connection to the receiver and the code have been used before.
    await worker.ask("register", { count: 20, url });
    await worker.ask("start", null);
    await receiver.ask("until", 20);
    await receiver.ask("take", null);
    (await worker.ask("lateness", null)).length = 0;
    await worker.ask("register", { count, url, fromMs: HEAD_START_MS, spreadMs: SPREAD_MS });
    await receiver.ask("until", count);
    const arrivals = await receiver.ask("take", null);
    const starts = (await worker.ask("lateness", null)).slice(20);
    await worker.ask("stop", null);
    const late = arrivals.map(({ path, at }) => at - Number(path.split("due=")[1]));
    return [...figuresOf("at the receiver", late, true), ...figuresOf("start of the attempt", starts, false)];
  },
};

function figuresOf(where: string, late: readonly number[], judged: boolean): Figure[] {
  const early = late.filter((ms) => ms < 0).length;
  return [
    { what: `${where}, p50`, value: percentile(late, 0.5), unit: "ms", ...(judged ? { atMost: 10 } : {}) },
    { what: `${where}, p99`, value: percentile(late, 0.99), unit: "ms", ...(judged ? { atMost: 50 } : {}) },
    { what: `${where}, longest`, value: Math.max(...late), unit: "ms" },
    { what: `${where}, early`, value: early, unit: "tasks", atMost: 0 },
  ];
}
