// Execution logs as they are written: one stream after the other, each taking up where the last one ended.
import { check, HookclockError, isHookclockError, isoOf } from "@hookclock/core";
import type { ExecutionLog, LogStatus } from "hookclock";
import { answers, read } from "./answers.ts";
import type { Connection, Query } from "./connection.ts";
import { schemas } from "./inputs.ts";
import { inNamespace } from "./lists.ts";
import type { Room } from "./room.ts";
import { EventParser, type ServerEvent } from "./sse.ts";

export type LogStreamInput = {
  namespace: string;
  /** Only logs of this task. */
  taskId?: string;
  status?: LogStatus;
  /** Logs written from then on. Default: from the moment the stream opens. */
  from?: string | Date;
  /** Resume after this log: the `cursor` that came with it, in a stream of the same question. */
  cursor?: string;
  /** Ends the iteration. */
  signal?: AbortSignal;
};
export type StreamedLog = { log: ExecutionLog; cursor: string };

const RETRY_BASE_MS = 500;
const RETRY_MAX_MS = 10_000;
/** Streams that broke in a row, none of which gave anything or lived for long, before the error is the caller's. */
const FAILURES_MAX = 6;
/** A quiet stream that lasted so long was a good one: gateways end connections after their own time. */
const LIVED_MS = 10_000;
/** A stream that lives says so now and then; one that is silent for longer has been cut somewhere on the way. */
const SILENCE_MAX_MS = 60_000;

/**
 * Every execution log that fits, as it is written. Streams that end or break are opened again after the last log that
 * came; rejects when the API refuses (a revoked key, a foreign cursor) or cannot be reached for long.
 */
export async function* streamLogs(
  connection: Connection,
  room: Room,
  input: LogStreamInput,
): AsyncGenerator<StreamedLog, void, undefined> {
  const { signal = new AbortController().signal, ...question } = check(schemas.stream, input, "logStream");
  const place: Place = { cursor: question.cursor, failures: 0, waitMs: 0, livedMs: 0 };
  while (!signal.aborted) {
    try {
      place.livedMs = 0;
      yield* oneStream(connection, room, question, place, signal);
      place.failures = 0;
    } catch (error) {
      if (place.livedMs >= LIVED_MS) place.failures = 0;
      place.failures += 1;
      if (signal.aborted) return;
      if (!isPassing(error) || place.failures >= FAILURES_MAX) throw asOurs(error, connection.where);
    }
    const backoffMs = Math.min(RETRY_BASE_MS * 2 ** place.failures, RETRY_MAX_MS);
    await room.sleep(Math.max(place.waitMs, backoffMs), signal);
  }
}

type Question = {
  namespace: string;
  from?: number | undefined;
  taskId?: string | undefined;
  status?: string | undefined;
};
/** How far it has come. */
type Place = {
  cursor: string | undefined;
  failures: number;
  waitMs: number;
  /** From the opening of the present stream to its last sign of life. */
  livedMs: number;
};

async function* oneStream(
  connection: Connection,
  room: Room,
  { namespace, taskId, status, from }: Question,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<StreamedLog> {
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new DOMException("the stream fell silent", "TimeoutError")),
    SILENCE_MAX_MS,
  );
  const since = from === undefined ? undefined : isoOf(from);
  const query: Query = { task: taskId, status, from: since, cursor: place.cursor };
  const path = [...inNamespace(namespace), "logs", "stream"];
  try {
    const ends = AbortSignal.any([silence.signal, signal]);
    const response = await connection.open({ method: "GET", path, query }, {}, ends);
    const openedMs = room.now();
    const onLife = () => {
      timer.refresh();
      place.livedMs = room.now() - openedMs;
    };
    for await (const event of eventsOf(response, place, onLife)) {
      if (event.type !== "log") continue;
      const log = read(answers.log, parsed(event.data), "a streamed execution log");
      place.failures = 0;
      yield { log, cursor: event.id };
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* eventsOf(response: Response, place: Place, onLife: () => void): AsyncGenerator<ServerEvent> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    onLife();
    yield* parser.push(decoder.decode(chunk, { stream: true }));
    // Not before all of them were taken. The first event of a stream, and its signs of life, say where it is too.
    if (parser.lastId !== "") place.cursor = parser.lastId;
    place.waitMs = Math.min(parser.retryMs ?? 0, RETRY_MAX_MS);
  }
}

/** Whether it may go better next time. What breaks in the middle of a stream is an error of the runtime, not of ours. */
const isPassing = (error: unknown): boolean =>
  !isHookclockError(error) || ["api-unreachable", "throttled", "store-unavailable"].includes(error.code);

const asOurs = (error: unknown, where: string): HookclockError =>
  isHookclockError(error)
    ? error
    : new HookclockError("api-unreachable", `the stream from the API at ${where} breaks again and again`, {
        cause: error,
      });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
