// The functions' door to their process: environment, clock, log. Whatever else they need is handed to them from here.
import { type WebSubTexts, webSubTextsOf } from "@hookclock/core";
import { makeEmfMetrics } from "./emf-metrics.ts";
import { errorFields, logOf, makeLog, type RootLog } from "./log.ts";
import type { LambdaContext, World } from "./ports.ts";
import { readSettings, type SettingName, type Settings } from "./settings.ts";

/** The settings asked for, from the environment. Throws, and so ends the cold start, naming what is missing. */
export const settings = <Name extends SettingName>(...names: Name[]): Pick<Settings, Name> =>
  readSettings(process.env, names);

/** What the environment says about WebSub, to be read where WebSub is opened. */
export const webSubTexts = (): WebSubTexts => webSubTextsOf(process.env);

/** What one function keeps from its cold start on. */
export type Room = World & {
  rootLog: RootLog;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export function openRoom(service: string): Room {
  const { stage, logLevel } = settings("stage", "logLevel");
  const rootLog = makeLog({ level: logLevel, stage, service });
  return { now: () => Date.now(), sleep, metrics: makeEmfMetrics(stage), log: logOf(rootLog), rootLog };
}

const sleep: Room["sleep"] = (ms, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    signal?.addEventListener("abort", end, { once: true });
  });

/** Slow receivers keep an invocation for many minutes, and one that is cut off reports nothing at its end. */
const REPORT_EVERY_MS = 30_000;

/**
 * Runs the work of one invocation: lines of its log bear the request's id, failures are told, figures reported now and
 * then and at the end.
 */
export async function invocation<Result>(
  room: Room,
  context: LambdaContext,
  work: (world: World & { remainingMs: () => number }) => Promise<Result>,
): Promise<Result> {
  const log = logOf(room.rootLog.child({ lambdaRequestId: context.awsRequestId }));
  const remainingMs = () => context.getRemainingTimeInMillis();
  const reports = setInterval(() => room.metrics.flush(), REPORT_EVERY_MS);
  try {
    return await work({ now: room.now, metrics: room.metrics, log, remainingMs });
  } catch (error) {
    room.metrics.count("errors");
    log.error(errorFields(error), "the invocation failed");
    throw error;
  } finally {
    clearInterval(reports);
    room.metrics.flush();
  }
}
