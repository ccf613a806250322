// npm run bench [-- name ...] [--quick] [--repeat N] [--json] [--library path/to/index.js]
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { capacity } from "./benchmarks/capacity.ts";
import { crash } from "./benchmarks/crash.ts";
import { lateness } from "./benchmarks/lateness.ts";
import { lost } from "./benchmarks/lost.ts";
import { minutes } from "./benchmarks/minutes.ts";
import { profile } from "./benchmarks/profile.ts";
import { reads } from "./benchmarks/reads.ts";
import { requests } from "./benchmarks/requests.ts";
import { throughput } from "./benchmarks/throughput.ts";
import { websub } from "./benchmarks/websub.ts";
import { Bench, type Benchmark } from "./lib/benchmark.ts";
import { type Figure, joined, type Line } from "./lib/figures.ts";
import { printed } from "./lib/print.ts";

const ALL: readonly Benchmark[] = [
  capacity,
  requests,
  throughput,
  lateness,
  reads,
  lost,
  crash,
  minutes,
  websub,
];
const HELP = `npm run bench -- [name ...] [options]

  names       ${ALL.map(({ name }) => name).join(", ")} (all of them when none is given);
              profile: where the worker's CPU goes, with a .cpuprofile in .cache/
  --quick     smaller counts
  --repeat N  N runs of each: the median, with the lowest and the highest
  --json      for machines
  --library   another build of the library, to compare with`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    repeat: { type: "string", default: "1" },
    library: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

type Settings = { quick: boolean; repeat: number; library: string | undefined };

async function runsOf(benchmark: Benchmark, { quick, repeat, library }: Settings): Promise<Line[]> {
  const runs: Figure[][] = [];
  for (let run = 0; run < repeat; run += 1) {
    await using bench = new Bench({ quick, library });
    runs.push(await benchmark.measure(bench));
  }
  return joined(runs);
}

async function main(): Promise<void> {
  const known = [...ALL, profile];
  const unknown = positionals.find((name) => !known.some((one) => one.name === name));
  const repeat = Number(values.repeat);
  if (values.help || unknown !== undefined || !Number.isInteger(repeat) || repeat < 1) {
    if (unknown !== undefined) console.error(`There is no benchmark "${unknown}".\n`);
    console.log(HELP);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const library = values.library && pathToFileURL(resolve(values.library)).href;
  const chosen = positionals.length === 0 ? ALL : known.filter(({ name }) => positionals.includes(name));
  const results: { name: string; title: string; lines: Line[] }[] = [];
  for (const benchmark of chosen) {
    const lines = await runsOf(benchmark, { quick: values.quick, repeat, library });
    const { name, title } = benchmark;
    results.push({ name, title, lines });
    const flags = `${values.quick ? " --quick" : ""}${repeat > 1 ? ` --repeat ${repeat}` : ""}`;
    if (!values.json) console.log(printed(benchmark, lines, `npm run bench -- ${name}${flags}`));
  }
  if (values.json) console.log(JSON.stringify({ node: process.version, repeat, results }, null, 2));
}

await main();
