import type { Bench, Benchmark, DatabaseName } from "../lib/benchmark.ts";
import type { Figure } from "../lib/figures.ts";

const CONCURRENCY = 50;

async function measureOn(bench: Bench, database: DatabaseName): Promise<Figure[]> {
  const endpoint = await bench.database(database);
  const { receiver, url } = await bench.receiver();
  const options = { concurrency: CONCURRENCY, hostConcurrency: CONCURRENCY };
  const worker = await bench.worker({ endpoint, tables: bench.newTables(), options });
  const writer = await bench.rawWriter(endpoint);
  const writes = { writes: bench.count(2_000, 500), concurrency: CONCURRENCY };
  const tasks = bench.count(3_000, 500);

  // Both sides have run before they are measured.
  await worker.ask("register", { count: 300, url });
  await worker.ask("trigger", {});
  await receiver.ask("take", null);
  await worker.ask("register", { count: tasks, url });
  const before = await writer.ask("measure", writes);
  const { wallMs, cpuMs } = await worker.ask("trigger", {});
  const after = await writer.ask("measure", writes);
  const delivered = (await receiver.ask("take", null)).length;

  const perSecond = delivered / (wallMs / 1000);
  const raw = (before.perSecond + after.perSecond) / 2;
  const on = (what: string) => `${database}: ${what}`;
  return [
    { what: on("share of the raw write rate"), value: perSecond / raw, unit: "", atLeast: 0.5 },
    { what: on("tasks delivered"), value: perSecond, unit: "/s" },
    { what: on("raw writes before"), value: before.perSecond, unit: "/s" },
    { what: on("raw writes after"), value: after.perSecond, unit: "/s" },
    { what: on("CPU per task"), value: cpuMs / delivered, unit: "ms", atMost: 1.5 },
    { what: on("CPU per raw write"), value: (before.cpuMsEach + after.cpuMsEach) / 2, unit: "ms" },
    { what: on("not delivered"), value: tasks - delivered, unit: "tasks", atMost: 0 },
  ];
}

export const throughput: Benchmark = {
  name: "throughput",
  title: "Tasks delivered per second, and the CPU of the worker for each",
  how: `3,000 one-shot tasks due at once, concurrency ${CONCURRENCY}, one receiver; raw single UpdateItems by another process right before and after`,
  measure: async (bench) => [
    ...(await measureOn(bench, "dynalite")),
    ...(await measureOn(bench, "DynamoDB Local")),
  ],
};
