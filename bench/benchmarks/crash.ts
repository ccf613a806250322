import type { Bench, Benchmark } from "../lib/benchmark.ts";
import type { Figure } from "../lib/figures.ts";

const CLAIM_MS = 2_000;
const CONCURRENCY = 25;

export const crash: Benchmark = {
  name: "crash",
  title: "Four workers killed in mid-batch",
  how: "600 due tasks, receiver answers after 30 ms, SIGKILL to all four at 300 arrivals, then one new worker; claim length 2 s, dynalite",
  async measure(bench): Promise<Figure[]> {
    const endpoint = await bench.database("dynalite");
    const { receiver, url } = await bench.receiver({ answerAfterMs: 30 });
    const tables = bench.newTables();
    const options = { claimMs: CLAIM_MS, concurrency: CONCURRENCY, hostConcurrency: CONCURRENCY };
    const survivor = await bench.worker({ endpoint, tables, options });
    const tasks = 600;
    await survivor.ask("register", { count: tasks, url });
    await killFour(bench, { endpoint, tables, options }, () => receiver.ask("until", 300));
    const killedAt = performance.now();

    const sentBefore = (await receiver.ask("take", null)).map(({ path }) => pathOf(path));
    const statuses = await survivor.ask("statuses", "bench");
    const inFlight = new Set(sentBefore.filter((path) => statuses[path] !== "DONE"));
    while (Object.values(await survivor.ask("statuses", "bench")).some((status) => status !== "DONE")) {
      await survivor.ask("trigger", {});
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const healedMs = performance.now() - killedAt;
    const sentAfter = (await receiver.ask("take", null)).map(({ path }) => pathOf(path));
    const all = [...sentBefore, ...sentAfter];
    const doubles = all.length - new Set(all).size;
    const unexplained = sentAfter.filter((path) => sentBefore.includes(path) && !inFlight.has(path)).length;
    return [
      { what: "delivered", value: new Set(all).size, unit: "tasks", atLeast: tasks },
      { what: "delivered twice, not in flight", value: unexplained, unit: "tasks", atMost: 0 },
      { what: "delivered twice", value: doubles, unit: "tasks" },
      { what: "sent and not recorded when killed", value: inFlight.size, unit: "tasks" },
      { what: "from the kill to all done", value: healedMs, unit: "ms" },
    ];
  },
};

async function killFour(
  bench: Bench,
  input: Parameters<Bench["worker"]>[0],
  moment: () => Promise<unknown>,
): Promise<void> {
  const four = await Promise.all(Array.from({ length: 4 }, () => bench.worker(input)));
  const cut = moment();
  const ends = four.map((worker) => worker.ask("trigger", {}).catch(() => undefined));
  await cut;
  await Promise.all(four.map((worker) => worker.kill()));
  await Promise.all(ends);
}

const pathOf = (path: string): string => path.split("?")[0] ?? "";
