// The table that a demo ends with. Pure.

import { durationText, padTo, printable, stopwatch } from "../screen/format.ts";
import type { View } from "../screen/model.ts";
import type { Paint } from "../screen/paint.ts";
import { statusText, toneOfStatus } from "../screen/words.ts";
import { FEED_NAMESPACE } from "./plan.ts";

const WHAT_WIDTH = 46;

/** `cutShort`: the user ended it, so what was not shown may only have been still to come. */
export function demoSummary(view: View, paint: Paint, cutShort = false): string[] {
  const missing = cutShort ? paint("quiet", "not yet  ") : paint("bad", "NOT SHOWN");
  const { checks, counters, lateness } = view;
  // What WebSub does are many tasks, which come and go.
  const tasks = view.tasks.filter(({ namespace }) => namespace !== FEED_NAMESPACE);
  const kept = checks.filter(({ ok }) => ok).length;
  const late =
    lateness === null ? "none" : `p50 ${durationText(lateness.p50Ms)}, max ${durationText(lateness.maxMs)}`;
  return [
    "",
    paint("strong", `The demo in ${stopwatch(view.ranMs)}`),
    "",
    ...checks.map(
      ({ what, ok, seen }) =>
        `  ${ok ? paint("good", "shown    ") : missing}  ${padTo(what, WHAT_WIDTH)}  ${paint("quiet", seen)}`,
    ),
    "",
    paint("quiet", `  ${padTo("TASK", 16)}  ${padTo("STATUS", 21)}  RUNS`),
    ...tasks.map(
      (task) =>
        `  ${padTo(printable(task.id), 16)}  ${paint(toneOfStatus(task.status, task.reason), padTo(statusText(task.status, task.reason), 21))}  ${task.successful} ok, ${task.failed} failed`,
    ),
    "",
    `  attempts  ${counters.succeeded} ok, ${counters.failed} failed, ${counters.retried} of them retried`,
    `  lateness  ${late}`,
    `  promises  ${kept} of ${checks.length} shown`,
    "",
  ];
}
