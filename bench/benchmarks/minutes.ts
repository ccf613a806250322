import { latenessOf } from "../../test/simulation/aws/report.ts";
import { simulateMinutes } from "../../test/simulation/aws/world.ts";
import type { Benchmark } from "../lib/benchmark.ts";

const MINUTES = 10;

export const minutes: Benchmark = {
  name: "minutes",
  title: "Ten minutes of the functions on AWS, simulated",
  how: "lateness at the receiver in simulated time: one tick lost, one twice, one late, five cut-offs, a stream and a queue that repeat, delay and shuffle, cold starts; the same on every machine",
  async measure(bench) {
    const simulated = await simulateMinutes({ tasks: bench.count(10_000, 1_000), minutes: MINUTES, seed: 1 });
    const { trigger, react, wake, queue } = simulated.counts;
    const done = simulated.tasks.filter(({ status }) => status === "DONE").length;
    const figures = latenessOf(simulated).flatMap(({ what, count, p50, p99, max }, index) => [
      { what: `${what} (${count}): p50`, value: p50, unit: "ms" },
      // What is known a second before is promised; the rest shows where the time goes.
      { what: `${what}: p99`, value: p99, unit: "ms", ...(index === 0 ? { atMost: 2_000 } : {}) },
      { what: `${what}: longest`, value: max, unit: "ms" },
    ]);
    return [
      { what: "tasks not delivered", value: simulated.tasks.length - done, unit: "", atMost: 0 },
      ...figures,
      { what: "invocations of trigger", value: trigger.invocations, unit: "" },
      { what: "invocations of react", value: react.invocations, unit: "" },
      { what: "invocations of wake", value: wake.invocations, unit: "" },
      { what: "wake-ups sent", value: queue.sent, unit: "" },
      { what: "billed time of wake", value: wake.ranMs / 1_000, unit: "s" },
    ];
  },
};
