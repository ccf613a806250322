// The live screen: view model and size in, lines out. Pure.
import {
  counted,
  durationText,
  padTo,
  printable,
  stopwatch,
  timeOfDay,
  truncate,
  widthOf,
} from "./format.ts";
import type { Cell, RenderOptions, Size } from "./frame.ts";
import { head, headLines } from "./head.ts";
import type { Execution, TaskLine, View } from "./model.ts";
import { answerText, nextText, statusText, toneOfAnswer, toneOfStatus } from "./words.ts";

type Column = { title: string; width: number; cell: (line: TaskLine, now: number) => Cell };

const captionsShown = (rows: number): number => (rows < 22 ? 1 : 3);
/** Names are cut before they take the room of what is said about them. */
const NAME_WIDTH_MIN = 20;
const NAME_WIDTH_MAX = 36;
const NAME_SHARE = 0.28;
/** Of the free lines, when there are more tasks than fit. */
const TASKS_SHARE = 0.7;

/** How many tasks and executions a screen of this height has room for. */
export function roomFor({ rows }: Size, view: { taskCount: number; captions: number }) {
  const captions = Math.min(view.captions, captionsShown(rows));
  const free = Math.max(2, rows - headLines(rows) - 4 - (captions > 0 ? captions + 1 : 0));
  const taskLines = Math.max(1, Math.min(view.taskCount, Math.ceil(free * TASKS_SHARE)));
  // The last line says how many do not fit.
  const tasksMax = view.taskCount > taskLines ? Math.max(1, taskLines - 1) : taskLines;
  return { tasksMax, recentMax: Math.max(1, free - taskLines) };
}

/** Exactly the lines to be shown, none wider than the screen, at most as many as it is high. */
export function render(view: View, options: RenderOptions): string[] {
  const { rows } = options.size;
  const lines = [
    ...head(view, options),
    "",
    ...tasks(view, options),
    "",
    ...recent(view, options),
    ...captions(view, options),
  ];
  return lines.slice(0, Math.max(1, rows));
}

const attemptsText = (line: TaskLine): string => `${line.attempt}/${line.attemptsMax}`;
const runsText = ({ successful, failed }: TaskLine): string =>
  successful + failed === 0 ? "" : `${successful} ok${failed > 0 ? `, ${failed} failed` : ""}`;

function columnsFor(width: number, lines: readonly TaskLine[]): Column[] {
  const nameMax = Math.min(NAME_WIDTH_MAX, Math.max(NAME_WIDTH_MIN, Math.floor(width * NAME_SHARE)));
  const nameWidth = Math.min(nameMax, Math.max(8, ...lines.map((line) => widthOf(nameOf(line)))));
  const all: Column[] = [
    { title: "TASK", width: nameWidth, cell: (line) => ({ text: nameOf(line), tone: "strong" }) },
    {
      title: "STATUS",
      width: 19,
      cell: (line) => ({
        text: statusText(line.status, line.reason),
        tone: toneOfStatus(line.status, line.reason),
      }),
    },
    { title: "NEXT", width: 16, cell: nextCell },
    {
      title: "LAST ANSWER",
      width: 25,
      cell: (line) => ({
        text: answerText(line.lastStatus, line.error),
        tone: toneOfAnswer(line.lastStatus, line.error),
      }),
    },
    { title: "TRY", width: 5, cell: (line) => ({ text: attemptsText(line) }) },
    { title: "RUNS", width: 15, cell: (line) => ({ text: runsText(line) }) },
  ];
  if (lines.some((line) => line.note !== "")) {
    all.push({ title: "SHOWS", width: 44, cell: (line) => ({ text: line.note, tone: "quiet" }) });
  }
  return narrowed(all, width);
}

/** As many columns as there is room for, the last one cut where the screen ends. */
function narrowed(all: readonly Column[], width: number): Column[] {
  const kept: Column[] = [];
  let left = width;
  for (const column of all) {
    if (left < Math.min(column.width, 12) && kept.length > 0) break;
    const columnWidth = Math.min(column.width, left);
    kept.push({ ...column, width: columnWidth });
    left -= columnWidth + 2;
  }
  return kept;
}

const nameOf = ({ namespace, id }: { namespace: string; id: string }): string =>
  printable(`${namespace}/${id}`);

function nextCell(line: TaskLine, now: number): Cell {
  if (line.runningSince !== null && line.status !== "SUSPENDED") {
    return { text: `running ${durationText(now - line.runningSince)}`, tone: "busy" };
  }
  const retrying = line.reason === "retrying";
  return { text: nextText(line.nextAt, now, retrying), tone: retrying ? "wait" : "plain" };
}

function tasks(view: View, { size: { columns }, paint }: RenderOptions): string[] {
  const shown = columnsFor(columns, view.tasks);
  const title = shown.map((column) => padTo(column.title, column.width)).join("  ");
  if (view.tasks.length === 0) {
    return [
      paint("quiet", title),
      truncate("no tasks yet: hookclock task register --url URL --every 10s", columns),
    ];
  }
  const lines = view.tasks.map((line) =>
    shown
      .map((column) => {
        const { text, tone } = column.cell(line, view.now);
        return paint(tone ?? "plain", padTo(text, column.width));
      })
      .join("  "),
  );
  const more = view.hiddenCount > 0 ? [paint("quiet", truncate(hiddenText(view), columns))] : [];
  return [paint("quiet", truncate(title.trimEnd(), columns)), ...lines, ...more];
}

const hiddenText = ({ hiddenCount, forgotSome }: View): string =>
  `+ ${counted(hiddenCount, "more task")}${forgotSome ? ", and older ones" : ""}`;

function recent(view: View, options: RenderOptions): string[] {
  const { size, paint } = options;
  const lines = view.recent.map((execution) => executionLine(execution, options));
  if (lines.length === 0) lines.push("nothing has run yet");
  return [paint("quiet", truncate("RECENT EXECUTIONS", size.columns)), ...lines];
}

function executionLine(execution: Execution, { size: { columns }, paint, timeZone }: RenderOptions): string {
  const { latenessMs, tookMs, responseStatus, error } = execution;
  const cells: [number, Cell][] = [
    [12, { text: timeOfDay(execution.startedAt, timeZone), tone: "quiet" }],
    [28, { text: nameOf(execution) }],
    [14, { text: `run ${execution.occurrence + 1} try ${execution.attempt}` }],
    [25, { text: answerText(responseStatus, error), tone: toneOfAnswer(responseStatus, error) }],
    [8, { text: durationText(tookMs) }],
    [15, { text: `late ${durationText(latenessMs)}`, tone: latenessMs > 1_000 ? "wait" : "quiet" }],
  ];
  const parts: string[] = [];
  let left = columns;
  for (const [width, { text, tone }] of cells) {
    if (left < Math.min(width, 8)) break;
    parts.push(paint(tone ?? "plain", padTo(text, Math.min(width, left))));
    left -= Math.min(width, left) + 2;
  }
  return parts.join("  ");
}

function captions(view: View, { size: { columns, rows }, paint }: RenderOptions): string[] {
  const shown = view.captions.slice(-captionsShown(rows));
  if (shown.length === 0) return [];
  const startedAt = view.started?.at ?? 0;
  return [
    "",
    ...shown.map(({ at, text }, index) => {
      const line = truncate(`${stopwatch(at - startedAt).padStart(5)}  ${text}`, columns);
      return index === shown.length - 1 ? paint("strong", line) : paint("quiet", line);
    }),
  ];
}
