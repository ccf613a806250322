import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Benchmark, DatabaseName } from "../lib/benchmark.ts";
import { sumOf, type Used } from "../lib/counting-client.ts";
import type { Figure } from "../lib/figures.ts";

const CONCURRENCY = 50;
const ARRIVED_MS = 120_000;

const callbacksOf = (url: string, name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${url}/${name}/${index}`);

async function timeOn(bench: Bench, database: DatabaseName, subscribers: number): Promise<Figure[]> {
  const endpoint = await bench.database(database);
  const { receiver, url } = await bench.receiver();
  const hub = await bench.hub({ endpoint, tables: bench.newTables(), concurrency: CONCURRENCY });
  const update = async (name: string, count: number) => {
    const topic = `${url}/${name}`;
    await hub.ask("subscribe", { topic, callbacks: callbacksOf(url, name, count) });
    await receiver.ask("take", null);
    // The topic is fetched once.
    const arrived = receiver.ask("until", count + 1);
    const cpuBefore = await hub.ask("cpuMs", null);
    const at = await hub.ask("ping", topic);
    // What does not come at all is a figure too, and no reason to wait for ever.
    await Promise.race([arrived, sleep(ARRIVED_MS, null, { ref: false })]);
    const cpuMs = (await hub.ask("cpuMs", null)) - cpuBefore;
    return { at, cpuMs, arrivals: await receiver.ask("take", null) };
  };
  const writer = await bench.rawWriter(endpoint);
  const writes = { writes: bench.count(2_000, 500), concurrency: CONCURRENCY };
  await hub.ask("start", null);
  // All of it has run before it is measured.
  await update("warm", 100);
  const before = await writer.ask("measure", writes);
  const { at, arrivals, cpuMs } = await update("news", subscribers);
  await hub.ask("stop", null);
  const after = await writer.ask("measure", writes);

  const fetched = arrivals.find(({ path }) => path === "/news");
  const deliveries = arrivals.filter(({ path }) => path !== "/news");
  const times = deliveries.map((arrival) => arrival.at);
  const last = Math.max(...times);
  const fetchedAt = fetched?.at ?? Number.NaN;
  const perSecond = deliveries.length / ((last - fetchedAt) / 1_000);
  const raw = (before.perSecond + after.perSecond) / 2;
  const on = (what: string) => `${database}: ${what}`;
  return [
    { what: on("ping to the last delivery"), value: last - at, unit: "ms" },
    { what: on("of it, ping to the fetch of the topic"), value: fetchedAt - at, unit: "ms" },
    { what: on("fetch to the first delivery"), value: Math.min(...times) - fetchedAt, unit: "ms" },
    { what: on("fetch to the last delivery"), value: last - fetchedAt, unit: "ms" },
    { what: on("deliveries from fetch to the last"), value: perSecond, unit: "/s" },
    { what: on("share of the raw write rate"), value: perSecond / raw, unit: "" },
    { what: on("raw writes, before and after"), value: raw, unit: "/s" },
    { what: on("CPU of the hub for each subscriber"), value: cpuMs / deliveries.length, unit: "ms" },
    { what: on("not delivered"), value: subscribers - deliveries.length, unit: "", atMost: 0 },
  ];
}

/** What an update used, for each subscriber, by table. */
function split(used: readonly Used[], subscribers: number): Figure[] {
  const byWhat = new Map<string, number>();
  for (const { operation, place, units } of used) {
    const what = `each of ${subscribers}: ${operation} ${place}`;
    byWhat.set(what, (byWhat.get(what) ?? 0) + units);
  }
  return [...byWhat].map(([what, units]) => ({ what, value: units / subscribers, unit: "units" }));
}

async function unitsOf(bench: Bench, subscribers: number): Promise<Figure[]> {
  const endpoint = await bench.database("DynamoDB Local");
  const { url } = await bench.receiver();
  const tables = bench.newTables();
  const hub = await bench.hub({ endpoint, tables, concurrency: CONCURRENCY, counting: true });
  const topic = `${url}/news`;
  await hub.ask("subscribe", { topic, callbacks: callbacksOf(url, "news", subscribers) });
  await hub.ask("ping", topic);
  await hub.ask("settle", null);
  const { used } = await hub.ask("take", null);
  return [
    { what: `each of ${subscribers}, in all`, value: sumOf(used) / subscribers, unit: "units" },
    ...split(used, subscribers),
  ];
}

export const websub: Benchmark = {
  name: "websub",
  title: "One update to the subscribers of a topic of our hub",
  how: `1,000 subscribers with a secret each, always-on worker, concurrency ${CONCURRENCY}, one receiver; units from ping to the last task DONE with its log, DynamoDB Local`,
  async measure(bench) {
    const subscribers = bench.count(1_000, 100);
    return [
      ...(await timeOn(bench, "dynalite", subscribers)),
      ...(await timeOn(bench, "DynamoDB Local", subscribers)),
      ...(await unitsOf(bench, subscribers)),
    ];
  },
};
