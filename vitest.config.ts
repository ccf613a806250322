import { defineConfig } from "vitest/config";

const inCi = process.env["CI"] === "true";

/** Suites that start a database or a process, or kill one: a file at a time, after the quick ones. */
const SLOW = [
  "**/*.{contract,crash,process}.test.ts",
  "test/{api,client,contract,crash,deploy,library,process}/**/*.test.ts",
  "test/{pack,setup}.test.ts",
  "test/simulation/minutes.test.ts",
];
/** Suites that assert on durations: alone on the machine, last of all. */
const TIMING = ["**/*.timing.test.ts", "test/timing/**/*.test.ts"];
const EVERYTHING = [
  "packages/*/src/**/*.test.ts",
  "functions/**/*.test.ts",
  "test/**/*.test.ts",
  "bench/**/*.test.ts",
];
const NEVER = ["**/node_modules/**", "**/dist/**", "**/.cache/**"];

export default defineConfig({
  test: {
    // Two cores are what a small machine and a CI runner have; more workers only push each other aside.
    maxWorkers: 2,
    reporters: inCi ? ["default", ["json", { outputFile: ".cache/test-results.json" }]] : ["default"],
    // A run that finds no test, or a `.only` left behind, is a broken run.
    passWithNoTests: false,
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: EVERYTHING,
          exclude: [...NEVER, ...SLOW, ...TIMING],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "slow", include: SLOW, exclude: NEVER, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: { name: "timing", include: TIMING, exclude: NEVER, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
    // Published as ES modules that plain Node cannot load; Vite can.
    server: { deps: { inline: ["use-dynamodb", "use-async-helpers"] } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
  // Inside the workspace `hookclock` means its source, not what was built last.
  ssr: { resolve: { conditions: ["hookclock-source", "node", "development|production"] } },
});
