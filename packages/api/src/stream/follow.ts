// Following execution logs: looks again and again, and tells as events what is new.
import { isHookclockError } from "@hookclock/core";
import type { ExecutionLog, LogStartKey, LogsInput } from "hookclock";
import type { ApiClock, ApiHooks } from "../ports.ts";
import { beatText, eventText, retryText } from "./events.ts";
import type { Position, Trail } from "./trail.ts";

export type Following = {
  /** How long the stream lasts, ms; clients connect again. */
  holdMs: number;
  /** Ends as soon as a look brought something. */
  endAfterFirst?: boolean | undefined;
  hooks: Pick<ApiHooks, "fetchLogs">;
  clock: ApiClock;
  query: { namespace: string; task?: string | undefined; status?: ExecutionLog["status"] | undefined };
  trail: Trail;
  /** A position as a client may hold it. */
  cursorOf(position: Position): string;
  /** Asked before each page is read: a key may be revoked while its stream runs, and no log may go out to it then. */
  mayGoOn(): Promise<boolean>;
  /** Ends the stream. No database is read after it. */
  signal: AbortSignal;
};

const PAGE = 250;
const WAIT_MS_MIN = 200;
const WAIT_MS_MAX = 1_000;
/** The longest wait while the database cannot answer. */
const WAIT_MS_TROUBLED = 5_000;
/** Most looks reach back a little; one in a while reaches back over the whole overlap, which costs more. */
const QUICK_BACK_MS = 2_000;
const DEEP_EVERY_MS = 4_000;
/** Text collected before it goes out. */
const CHUNK_LENGTH = 16_384;
/** Where an answer is handed over only when it is complete, it must not grow without end. */
const ANSWER_LENGTH_MAX = 1_000_000;

/**
 * The text of a stream, in pieces. The first one comes when the database has answered once: what it throws until then
 * can still be told with a status. Later, while the database is throttled or away, the stream waits.
 */
export async function* follow(following: Following): AsyncGenerator<string, void, undefined> {
  const { clock, signal, trail, cursorOf, endAfterFirst = false } = following;
  const endMs = clock.now() + following.holdMs;
  let waitMs = WAIT_MS_MIN;
  let deepMs: number | null = null;
  while (await following.mayGoOn()) {
    const lookMs = clock.now();
    const isDeep: boolean = deepMs === null || lookMs - deepMs >= DEEP_EVERY_MS;
    const fromMs = trail.look(lookMs, isDeep ? undefined : QUICK_BACK_MS);
    try {
      const news = yield* newsSince(following, fromMs, { endMs, opening: deepMs === null });
      if (endAfterFirst && news > 0) return;
      if (isDeep) deepMs = lookMs;
      waitMs = news > 0 ? WAIT_MS_MIN : Math.min(WAIT_MS_MAX, waitMs * 1.5);
    } catch (error) {
      if (deepMs === null || !isPassing(error)) throw error;
      waitMs = Math.min(WAIT_MS_TROUBLED, waitMs * 2);
    }
    await clock.sleep(Math.max(0, Math.min(waitMs, endMs - clock.now())), signal);
    if (signal.aborted) return;
    if (clock.now() >= endMs) {
      yield beatText(cursorOf(trail.position()));
      return;
    }
  }
}

/** One look: what is new, as text, in pieces of some size. Returns how many logs there were. */
async function* newsSince(
  following: Following,
  fromMs: number,
  { endMs, opening }: { endMs: number; opening: boolean },
): AsyncGenerator<string, number, undefined> {
  const { clock, signal, trail, cursorOf, endAfterFirst = false } = following;
  let text = opening ? openingText(following) : "";
  let total = 0;
  let news = 0;
  for await (const logs of look(following, fromMs)) {
    for (const log of trail.fresh(logs)) {
      if (signal.aborted) return news;
      trail.send(log);
      news += 1;
      text += eventText({ id: cursorOf(trail.position()), name: "log", data: log });
      if (text.length < CHUNK_LENGTH) continue;
      total += text.length;
      yield text;
      text = "";
      if (clock.now() >= endMs || (endAfterFirst && total >= ANSWER_LENGTH_MAX)) return news;
    }
    if (text !== "") yield text;
    total += text.length;
    text = "";
    if (clock.now() >= endMs) return news;
  }
  trail.settle();
  return news;
}

/** A client that saw no log yet must know as well where to go on. */
function openingText({ trail, cursorOf }: Following): string {
  const position = trail.position();
  const data = { from: new Date(position.fromMs).toISOString() };
  return retryText + eventText({ id: cursorOf(position), name: "start", data });
}

const isPassing = (error: unknown): boolean =>
  isHookclockError(error, "throttled") || isHookclockError(error, "store-unavailable");

/** All that fits from an instant on, oldest first, a page at a time; at least one page. */
async function* look(
  { hooks, query, signal, mayGoOn }: Following,
  fromMs: number,
): AsyncGenerator<ExecutionLog[], void, undefined> {
  const { namespace, task, status } = query;
  const input: LogsInput = {
    namespace,
    from: new Date(fromMs),
    limit: PAGE,
    ...(status === undefined ? {} : { status }),
    // By time and filtered, not from the task's own partition, which would be read from its beginning each time.
    ...(task === undefined ? {} : { id: task }),
  };
  let startKey: LogStartKey | null = null;
  do {
    if (signal.aborted || (startKey !== null && !(await mayGoOn()))) return;
    const page: Awaited<ReturnType<ApiHooks["fetchLogs"]>> = await hooks.fetchLogs({ ...input, startKey });
    yield task === undefined ? page.items : page.items.filter(({ taskId }) => taskId === task);
    startKey = page.lastEvaluatedKey;
  } while (startKey !== null);
}

/** Puts a beat into every silence of this length. */
export async function* withBeats(
  pieces: AsyncGenerator<string, void, undefined>,
  { clock, trail, cursorOf, signal }: Pick<Following, "clock" | "trail" | "cursorOf" | "signal">,
  beatMs: number,
): AsyncGenerator<string, void, undefined> {
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const alarmIn = (ms: number): Promise<null> => clock.sleep(ms, ended).then(() => null);
  try {
    let spokenMs = clock.now();
    let alarm = alarmIn(beatMs);
    let next = pieces.next();
    for (;;) {
      const piece = await Promise.race([next, alarm]);
      if (piece === null) {
        if (signal.aborted) return;
        const isSilent = clock.now() - spokenMs >= beatMs;
        if (isSilent) yield beatText(cursorOf(trail.position()));
        if (isSilent) spokenMs = clock.now();
        alarm = alarmIn(Math.max(1, spokenMs + beatMs - clock.now()));
        continue;
      }
      if (piece.done === true) return;
      yield piece.value;
      spokenMs = clock.now();
      next = pieces.next();
    }
  } finally {
    stop.abort();
    await pieces.return();
  }
}
