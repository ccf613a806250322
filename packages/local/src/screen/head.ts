// The upper lines of the live screen: where everything is, and what is counted. Pure.
import { counted, durationText, padTo, printable, stopwatch, truncate, widthOf } from "./format.ts";
import type { Cell, RenderOptions } from "./frame.ts";
import type { View } from "./model.ts";
import type { Paint } from "./paint.ts";
import { curlLine } from "./words.ts";

const LABEL_WIDTH = 10;
/** From this height on the key of the API has a line of its own, and the hub need not share one. */
const TALL = 30;
const isTall = (rows: number): boolean => rows >= TALL;

/** Lines that the head takes on a screen of this height, the empty one below it and one of trouble included. */
export const headLines = (rows: number): number => (isTall(rows) ? 9 : 7);

export function head(view: View, { size: { columns, rows }, paint }: RenderOptions): string[] {
  const body = Math.max(0, columns - LABEL_WIDTH);
  const line = (word: string, cells: readonly Cell[]) =>
    paint("quiet", padTo(word, Math.min(LABEL_WIDTH, columns))) + joined(cells, body, paint);
  const { started, lateness } = view;
  const kept = started?.dataDir == null ? "in memory, nothing is kept" : `kept in ${started.dataDir}`;
  const late =
    lateness === null
      ? "none yet"
      : `p50 ${durationText(lateness.p50Ms)}, max ${durationText(lateness.maxMs)}`;
  return [
    titleLine(view, columns, paint),
    line("api", apiCells(view, isTall(rows))),
    ...(isTall(rows) ? [line("key", keyCells(view))] : []),
    line("database", [{ text: `${started?.endpoint ?? "starting"} · ${kept}` }]),
    ...(isTall(rows)
      ? [line("hub", hubCells(view)), line("loopback", [loopbackCell(view)])]
      : [line("hub", [...hubCells(view).slice(0, 1), { text: "loopback is open, in dev only" }])]),
    line("attempts", countCells(view)),
    line("lateness", [{ text: late }]),
    ...trouble(view, columns, paint),
  ];
}

function titleLine(view: View, columns: number, paint: Paint): string {
  const name = `hookclock dev${view.started?.demo ? " · demo" : ""}`;
  const clock = `${stopwatch(view.ranMs)} · ${phaseText(view)}`;
  const gap = columns - widthOf(name) - widthOf(clock);
  if (gap < 1) return paint("strong", truncate(name, columns));
  const tone = view.phase === "running" ? "good" : "wait";
  return `${paint("strong", name)}${" ".repeat(gap)}${paint(tone, clock)}`;
}

/** The most useful first: what does not fit is left out from the right. */
function apiCells({ started, requests }: View, isKeyBelow: boolean): Cell[] {
  if (started === null) return [{ text: "starting" }];
  const { count, refused, last } = requests;
  const key: Cell[] = isKeyBelow ? [] : [{ text: `key in ${started.apiKeyFile}` }];
  const counts: Cell[] = [{ text: counted(count, "request") }];
  if (refused > 0) counts.push({ text: `${refused} refused`, tone: "wait" });
  if (last !== null) counts.push({ text: `last ${last.method} ${last.path} ${last.status}`, tone: "quiet" });
  return [{ text: started.apiUrl, tone: "strong" }, ...key, { text: "docs at /docs" }, ...counts];
}

function keyCells({ started }: View): Cell[] {
  if (started === null) return [];
  const { apiKeyFile, apiKey } = started;
  return [
    { text: apiKeyFile },
    ...(apiKey === null ? [] : [{ text: apiKey, tone: "strong" as const }]),
    { text: curlLine(started), tone: "quiet" },
  ];
}

function hubCells({ started }: View): Cell[] {
  if (started === null) return [{ text: "starting" }];
  return [
    { text: started.hubUrl },
    ...(started.publicUrl === null ? [] : [{ text: "through your tunnel", tone: "strong" as const }]),
    { text: "WebSub: takes subscriptions and pings without a key", tone: "quiet" },
  ];
}

const loopbackCell = ({ started }: View): Cell => ({
  text: `open to ${started?.egressAllow.join(", ") ?? ""}, in dev only`,
});

function countCells({ counters, backlog }: View): Cell[] {
  return [
    { text: `${counters.succeeded} ok`, tone: counters.succeeded > 0 ? "good" : "plain" },
    { text: `${counters.failed} failed`, tone: counters.failed > 0 ? "bad" : "plain" },
    { text: `${counters.retried} to retry` },
    { text: `${counters.inFlight} in flight`, tone: counters.inFlight > 0 ? "busy" : "plain" },
    {
      text: `${backlog.count}${backlog.atLeast ? "+" : ""} due now`,
      tone: backlog.count > 0 ? "wait" : "plain",
    },
    ...(counters.lost > 0 ? [{ text: `${counters.lost} lost`, tone: "wait" as const }] : []),
  ];
}

function trouble({ lastError }: View, columns: number, paint: Paint): string[] {
  if (lastError === null) return [];
  return [paint("bad", truncate(printable(`error[${lastError.code}] ${lastError.message}`), columns))];
}

function phaseText({ phase, counters }: View): string {
  if (phase === "starting") return "starting";
  if (phase === "running") return "Ctrl-C stops";
  return counters.inFlight > 0 ? `finishing ${counted(counters.inFlight, "attempt")}` : "stopping";
}

/** Cells with ` · ` between, as many as fit; the first is cut rather than left out. */
function joined(cells: readonly Cell[], width: number, paint: Paint): string {
  let used = 0;
  const shown: string[] = [];
  for (const { text, tone } of cells) {
    const isFirst = shown.length === 0;
    const cut = isFirst ? truncate(printable(text), width) : printable(text);
    used += widthOf(cut) + (isFirst ? 0 : 3);
    if (used > width) break;
    shown.push(paint(tone ?? "plain", cut));
  }
  return shown.join(" · ");
}
