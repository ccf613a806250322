// One line an event, for pipes and logs. Pure.
import type { DevEvent, Glimpse } from "../events.ts";
import { counted, durationText, printable, timeOfDay } from "./format.ts";
import type { Paint } from "./paint.ts";
import { answerText, curlLine, nextText, statusText } from "./words.ts";

export type LineOptions = { paint: Paint; timeZone?: string | undefined };

/** The lines that say what happened; none for what only a live screen shows. */
export function linesOf(event: DevEvent, { paint, timeZone }: LineOptions): string[] {
  const at = paint("quiet", timeOfDay(event.at, timeZone));
  return textOf(event).map((text) => `${at}  ${printable(text)}`);
}

function textOf(event: DevEvent): string[] {
  switch (event.type) {
    case "started":
      return startedText(event);
    case "attempt":
      return [attemptText(event)];
    case "task":
      return [taskText(event.task, event.before, event.at)];
    case "request":
      return [requestText(event)];
    case "websub":
      return [`websub    ${event.what}  ${event.namespace}/${event.id}  ${event.message}`];
    case "removed":
      return [`removed   ${event.namespace}/${event.id}`];
    case "lost":
      return [`lost      ${event.namespace}/${event.id}  another worker has taken it`];
    case "error":
      return [`error     [${event.code}] ${event.message}`];
    case "caption":
      return [`demo      ${event.text}`];
    case "draining":
      return event.inFlight === 0
        ? ["stopping  nothing is in flight"]
        : [`stopping  finishing ${counted(event.inFlight, "attempt")}; Ctrl-C again ends at once`];
    case "stopped":
      return [
        `stopped   ${counted(event.tally.processed, "attempt")}: ${event.tally.succeeded} ok, ${event.tally.failed} failed`,
      ];
    case "start":
    case "backlog":
    case "note":
    case "checked":
      return [];
  }
}

function startedText(event: Extract<DevEvent, { type: "started" }>): string[] {
  const kept = event.dataDir === null ? "in memory, nothing is kept" : `kept in ${event.dataDir}`;
  return [
    `started   hookclock dev (pid ${event.pid}), database ${event.endpoint}, ${kept}`,
    `started   deliveries to ${event.egressAllow.join(", ")} are open, in dev only`,
    `started   API ${event.apiUrl}, docs ${event.apiUrl}/docs${event.apiLogFile === null ? "" : `, requests in ${event.apiLogFile}`}`,
    `started   WebSub hub ${event.hubUrl}`,
    ...(event.publicUrl === null
      ? []
      : [`started   reached by others at ${event.publicUrl}, through your tunnel`]),
    `started   API key in ${event.apiKeyFile}${event.apiKey === null ? "" : `, made now: ${event.apiKey}`}`,
    `started   try it: ${curlLine(event)}`,
  ];
}

function requestText({ method, path, status, tookMs }: Extract<DevEvent, { type: "request" }>): string {
  const answer = status === 0 ? "gone before the answer" : String(status);
  return `request   ${method} ${path} ${answer} in ${durationText(tookMs)}`;
}

function attemptText({ task, facts, at }: Extract<DevEvent, { type: "attempt" }>): string {
  const name = `${task.namespace}/${task.id}`;
  const tries = `run ${facts.occurrence + 1} try ${facts.attempt}/${task.attemptsMax}`;
  const answer = `${answerText(facts.responseStatus, facts.error)} in ${durationText(facts.tookMs)}`;
  const word = facts.outcome === "ok" ? "ok" : "failed";
  return `${word.padEnd(8)}  ${name}  ${tries}  ${answer}, late ${durationText(facts.latenessMs)}${outlook(task, at)}`;
}

/** What comes next of it. */
function outlook(task: Glimpse, now: number): string {
  const next = nextText(task.nextAt, now, task.reason === "retrying");
  return task.status === "ACTIVE" && next !== ""
    ? `; ${next}`
    : `; now ${statusText(task.status, task.reason)}`;
}

function taskText(task: Glimpse, before: string | null, now: number): string {
  const next = nextText(task.nextAt, now, task.reason === "retrying");
  const from = before === null || before === task.status ? "" : `${before} -> `;
  const when = next === "" ? "" : `, ${next}`;
  return `task      ${task.namespace}/${task.id}  ${from}${statusText(task.status, task.reason)}${when}`;
}
