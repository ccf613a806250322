import { expect, test, vi } from "vitest";
import { makeEmfMetrics } from "./emf-metrics.ts";

type Emf = {
  _aws: {
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
  [name: string]: unknown;
};

/** The lines that an invocation reports. */
function reported(work: (metrics: ReturnType<typeof makeEmfMetrics>) => void): Emf[] {
  const lines: Emf[] = [];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Emf);
    return true;
  });
  try {
    work(makeEmfMetrics("dev"));
  } finally {
    spy.mockRestore();
  }
  return lines;
}

test("sums come once an invocation, distributions value by value, under service and stage alone", () => {
  const lines = reported((metrics) => {
    metrics.count("executed");
    metrics.count("executed", 4);
    metrics.sample("latenessMs", 3);
    metrics.sample("latenessMs", 8);
    metrics.flush();
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ executed: 5, latenessMs: [3, 8], service: "hookclock", stage: "dev" });
  const [definition] = lines[0]?._aws.CloudWatchMetrics ?? [];
  expect(definition?.Namespace).toBe("Hookclock");
  expect(definition?.Dimensions).toEqual([["service", "stage"]]);
  expect(definition?.Metrics).toEqual(
    expect.arrayContaining([
      { Name: "executed", Unit: "Count" },
      { Name: "latenessMs", Unit: "Milliseconds" },
    ]),
  );
});

test("an invocation in which nothing happened reports nothing", () => {
  expect(reported((metrics) => metrics.flush())).toEqual([]);
});

test("what was reported is not reported again", () => {
  const lines = reported((metrics) => {
    metrics.count("attempts", 2);
    metrics.flush();
    metrics.flush();
    metrics.count("attempts", 3);
    metrics.flush();
  });
  expect(lines.map(({ attempts }) => attempts)).toEqual([2, 3]);
});

test("more values than one line holds go into several, none is lost", () => {
  const lines = reported((metrics) => {
    for (let ms = 0; ms < 250; ms += 1) metrics.sample("latenessMs", ms);
    metrics.flush();
  });
  expect(lines.flatMap((line) => line["latenessMs"])).toHaveLength(250);
});
