import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loudSkip } from "@hookclock/testkit";
import { describe, expect, test } from "vitest";
import { METRICS } from "../../functions/lib/metric-names.ts";
import { Resources } from "./graph/resources.ts";
import { graphOf, missingPlatform, ROOT } from "./platform.ts";

const page = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");
const costs = (...args: string[]): string =>
  execFileSync(process.execPath, [join(ROOT, "scripts/cost.mjs"), ...args], { encoding: "utf8" });

test("the page shows the costs that the script computes", () => {
  expect(page).toContain(costs());
});

const describeHere = loudSkip(describe, await missingPlatform());

describeHere("what the page says of a deployment", () => {
  test("every alarm has its row", async () => {
    const graph = await graphOf("dev");
    const alarms = graph.resources.filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm");
    expect(alarms.length).toBeGreaterThan(5);
    for (const { name } of alarms) expect(page).toContain(`| \`${name.replace("Alarm-", "")}\` |`);
  });

  test("the script counts the figures and the alarms that are there", async () => {
    type Usages = Record<"idle" | "figures" | "watched", Record<string, number>>;
    const { usages } = JSON.parse(costs("--json")) as { usages: Usages };
    const resources = new Resources(await graphOf("dev"));
    const queries = resources
      .ofType("aws:cloudwatch/metricAlarm:MetricAlarm")
      .flatMap(({ inputs }) => inputs["metricQueries"] as { metric?: unknown }[]);
    expect(Number(usages.idle["metrics"]) + Number(usages.figures["metrics"])).toBe(
      Object.keys(METRICS).length,
    );
    expect(usages.watched).toEqual({
      // CloudWatch bills an alarm over an expression by the metrics in it.
      alarmMetrics: queries.filter(({ metric }) => metric !== undefined).length,
      dashboards: resources.ofType("aws:cloudwatch/dashboard:Dashboard").length,
    });
  });

  test("a stage without the secret ends with the words that the page shows", () => {
    const component = readFileSync(join(ROOT, ".sst/platform/src/components/secret.ts"), "utf8");
    const [, words = "?"] = /VisibleError[\s\S]*?super\(\s*`((?:[^`\\]|\\.)+)`/.exec(component) ?? [];
    const said = words.replaceAll("\\`", "`").replaceAll(/\$\{secretName\}/g, "SigningSecret");
    expect(said).toContain("sst secret set SigningSecret");
    expect(page).toContain(said);
  });

  test("what it prints is what a deployment returns", async () => {
    const { outputs } = await graphOf("production");
    const printed = Object.keys(outputs).filter((name) => !name.startsWith("_"));
    expect(printed.sort()).toEqual([
      "alarms",
      "apiTable",
      "dashboard",
      "logsTable",
      "stateTable",
      "tasksTable",
      "url",
    ]);
    expect(outputs["alarms"]).toBe("someone@example.com");
    for (const name of printed) expect(page).toMatch(new RegExp(`^${name}: `, "m"));
  });
});
