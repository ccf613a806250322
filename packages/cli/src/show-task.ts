// Tasks as people and programs see them. Headers that may hold a secret stay hidden unless they are asked for.

import { redactHeaders } from "@hookclock/core";
import { answerText, durationText, nextText, statusText, toneOfAnswer, toneOfStatus } from "@hookclock/local";
import type { Task } from "hookclock";
import type { Cell, Column } from "./table.ts";

export function shareable(task: Task, showSecrets = false): Task {
  const { headers } = task.request;
  if (showSecrets || headers === null) return task;
  return { ...task, request: { ...task.request, headers: redactHeaders(headers) } };
}

export const nextOf = (task: Task, now: number): string =>
  nextText(
    task.nextAttemptDate === null ? null : Date.parse(task.nextAttemptDate),
    now,
    task.reason === "retrying",
  );

export function scheduleText({ repeat }: Task): string {
  const times = repeat.max === 0 ? "" : `, ${repeat.max} times`;
  if (repeat.cron !== undefined) return `cron ${repeat.cron} (${repeat.timeZone ?? "UTC"})${times}`;
  if (repeat.max === 1) return "once";
  const unit = repeat.interval === 1 ? repeat.unit.replace(/s$/, "") : `${repeat.interval} ${repeat.unit}`;
  return `every ${unit}${times}`;
}

const statusCell = (task: Task): Cell => ({
  text: statusText(task.status, task.reason),
  tone: toneOfStatus(task.status, task.reason),
});

/** No answer although it ran: what it ran into is in its error. */
const answerCell = (task: Task): Cell => {
  const ran = task.execution.lastExecutionDate !== null;
  const error = ran && task.execution.lastResponseStatus === 0 ? "no answer" : null;
  return {
    text: answerText(task.execution.lastResponseStatus, error),
    tone: toneOfAnswer(task.execution.lastResponseStatus, error),
  };
};

const runsText = ({ execution }: Task): string => {
  if (execution.count === 0) return "";
  return `${execution.successful} ok${execution.failed > 0 ? `, ${execution.failed} failed` : ""}`;
};

/** Null while it is kept for ever: most are, and there is nothing to say. */
function keptText({ keepSeconds, ttl }: Task): string | null {
  if (ttl !== null) return `until ${new Date(ttl * 1_000).toISOString()}`;
  return keepSeconds === null ? null : `${durationText(keepSeconds * 1_000)} after it is DONE`;
}

export const taskColumns = (now: number): Column<Task>[] => [
  { title: "ID", min: 12, cell: (task) => ({ text: task.id, tone: "strong" }) },
  { title: "STATUS", cell: statusCell },
  { title: "NEXT", cell: (task) => nextOf(task, now) },
  { title: "LAST ANSWER", min: 3, cell: answerCell },
  { title: "RUNS", cell: runsText },
  { title: "SCHEDULE", min: 10, cell: scheduleText },
  { title: "URL", min: 12, cell: (task) => `${task.request.method} ${task.request.url}` },
];

export function taskFacts(task: Task, now: number): [string, Cell][] {
  const next = task.nextAttemptDate;
  const { request, execution, errors } = task;
  const pairs: [string, Cell | null][] = [
    ["task", { text: `${task.namespace}/${task.id}`, tone: "strong" }],
    ["status", statusCell(task)],
    ["request", task.kind === "http" ? `${request.method} ${request.url}` : `kind ${task.kind}`],
    ...Object.entries(request.headers ?? {}).map(([name, value]): [string, Cell] => [
      "  header",
      `${name}: ${value}`,
    ]),
    ["  body", request.body === null ? null : JSON.stringify(request.body)],
    ["schedule", scheduleText(task)],
    ["scheduled", task.scheduledDate],
    ["next", next === null ? null : `${next} (${nextOf(task, now)})`],
    ["attempt", `${task.attempt} of ${task.retry.limit + 1} at run ${task.occurrence + 1}`],
    ["runs", runsText(task) || "none yet"],
    ["last run", execution.lastExecutionDate],
    ["answer", execution.lastExecutionDate === null ? null : answerCell(task)],
    ["  body", execution.lastResponseBody === "" ? null : execution.lastResponseBody],
    ["last error", errors.lastError === null ? null : { text: errors.lastError, tone: "bad" }],
    ["kept", keptText(task)],
    ["created", task.__createdAt],
    ["updated", task.__updatedAt],
  ];
  return pairs.filter((pair): pair is [string, Cell] => pair[1] !== null);
}
