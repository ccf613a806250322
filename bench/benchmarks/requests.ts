import type { Bench, Benchmark, DatabaseName } from "../lib/benchmark.ts";
import { requestsOf } from "../lib/counting-client.ts";
import type { Figure } from "../lib/figures.ts";

async function requestsOn(bench: Bench, database: DatabaseName): Promise<Figure[]> {
  const endpoint = await bench.database(database);
  const { url } = await bench.receiver();
  const figures: Figure[] = [];
  for (const tasks of [200, 1_000]) {
    const worker = await bench.worker({ endpoint, tables: bench.newTables(), counting: "requests" });
    await worker.ask("register", { count: tasks, url });
    await worker.ask("take", null);
    await worker.ask("trigger", {});
    const counts = await worker.ask("take", null);
    const what = `${database}, ${tasks} due at once`;
    figures.push({ what, value: requestsOf(counts) / tasks, unit: "requests", atMost: 2.5 });
    for (const [operation, count] of Object.entries(counts.requests)) {
      figures.push({ what: `${what}: ${operation}`, value: count / tasks, unit: "requests" });
    }
  }
  return figures;
}

export const requests: Benchmark = {
  name: "requests",
  title: "DynamoDB requests per executed task",
  how: "counted on the wire, repeats included, during one trigger with default options",
  measure: async (bench) => [
    ...(await requestsOn(bench, "dynalite")),
    ...(await requestsOn(bench, "DynamoDB Local")),
  ],
};
