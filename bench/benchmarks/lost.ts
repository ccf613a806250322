import type { Bench, Benchmark } from "../lib/benchmark.ts";
import type { Figure } from "../lib/figures.ts";

async function drain(bench: Bench, endpoint: string, workers: number, tasks: number) {
  const { receiver, url } = await bench.receiver();
  const tables = bench.newTables();
  const all = await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, 300));
      return bench.worker({ endpoint, tables });
    }),
  );
  await all[0]?.ask("register", { count: tasks, url });
  const startedAt = performance.now();
  let lost = 0;
  const shares = await Promise.all(
    all.map(async (worker) => {
      let processed = 0;
      for (let remaining = true; remaining; ) {
        const { result } = await worker.ask("trigger", {});
        processed += result.processed;
        lost += result.lost;
        remaining = result.remaining;
      }
      return processed;
    }),
  );
  const wallMs = performance.now() - startedAt;
  const arrivals = await receiver.ask("take", null);
  const distinct = new Set(arrivals.map(({ path }) => path)).size;
  return { wallMs, lost, shares, delivered: distinct, doubles: arrivals.length - distinct };
}

export const lost: Benchmark = {
  name: "lost",
  title: "Four workers on one backlog",
  how: "four processes call trigger until nothing remains, default options, dynalite; then one process on as many",
  async measure(bench): Promise<Figure[]> {
    const endpoint = await bench.database("dynalite");
    const tasks = bench.count(2_000, 500);
    const four = await drain(bench, endpoint, 4, tasks);
    const one = await drain(bench, endpoint, 1, tasks);
    const shares = four.shares.sort((a, b) => b - a);
    return [
      { what: "claims lost to others", value: (four.lost / tasks) * 100, unit: "% of tasks", atMost: 5 },
      { what: "delivered twice", value: four.doubles, unit: "tasks", atMost: 0 },
      { what: "not delivered", value: tasks - four.delivered, unit: "tasks", atMost: 0 },
      ...shares.map((share, index) => ({
        what: `share of worker ${index + 1}`,
        value: (share / tasks) * 100,
        unit: "%",
      })),
      { what: "wall time, four workers", value: four.wallMs, unit: "ms" },
      { what: "wall time, one worker", value: one.wallMs, unit: "ms" },
    ];
  },
};
