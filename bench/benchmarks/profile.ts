import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench, Benchmark, DatabaseName } from "../lib/benchmark.ts";
import type { Figure } from "../lib/figures.ts";

type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
};

const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));
const TOP = 25;
const CONCURRENCY = 50;

export const profile: Benchmark = {
  name: "profile",
  title: "Where the CPU of the worker goes",
  how: "self time by package and by function, ms per task; the whole profiles are .cache/bench-*.cpuprofile",
  measure: async (bench) => [
    ...(await profileOn(bench, "dynalite")),
    ...(await profileOn(bench, "DynamoDB Local")),
  ],
};

async function profileOn(bench: Bench, database: DatabaseName): Promise<Figure[]> {
  const endpoint = await bench.database(database);
  const { url } = await bench.receiver();
  const options = { concurrency: CONCURRENCY, hostConcurrency: CONCURRENCY };
  const worker = await bench.worker({ endpoint, tables: bench.newTables(), options });
  const tasks = bench.count(3_000, 500);
  await worker.ask("register", { count: 500, url });
  await worker.ask("trigger", {});
  await worker.ask("register", { count: tasks, url });
  await worker.ask("profile", null);
  await worker.ask("trigger", {});
  const text = await worker.ask("endProfile", null);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, `bench-${database.toLowerCase().replace(" ", "-")}.cpuprofile`), text);
  const top = topOf(JSON.parse(text) as Profile, tasks);
  return top.map((figure) => ({ ...figure, what: `${database}: ${figure.what}` }));
}

function topOf({ nodes, samples, timeDeltas }: Profile, tasks: number): Figure[] {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const byFunction = new Map<string, number>();
  const byPackage = new Map<string, number>();
  samples.forEach((id, index) => {
    const frame = byId.get(id);
    if (frame === undefined || frame.functionName === "(idle)") return;
    const ms = (timeDeltas[index] ?? 0) / 1000 / tasks;
    const place = placeOf(frame.url);
    const name = `${frame.functionName || "(anonymous)"} ${place.file}:${frame.lineNumber + 1}`;
    byFunction.set(name, (byFunction.get(name) ?? 0) + ms);
    byPackage.set(place.packageName, (byPackage.get(place.packageName) ?? 0) + ms);
  });
  return [...sorted("package", byPackage), ...sorted("function", byFunction).slice(0, TOP)];
}

function sorted(kind: string, ms: ReadonlyMap<string, number>): Figure[] {
  return [...ms]
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => ({ what: `${kind} ${name}`, value, unit: "ms" }));
}

function placeOf(url: string): { packageName: string; file: string } {
  const inModules = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)(.*)$/.exec(url);
  if (inModules) return { packageName: inModules[1] ?? "", file: url.split("/").slice(-2).join("/") };
  if (url.startsWith("node:")) return { packageName: url.split("/")[0] ?? url, file: url };
  if (url === "") return { packageName: "(native)", file: "(native)" };
  return { packageName: "hookclock", file: url.split("/").slice(-2).join("/") };
}
