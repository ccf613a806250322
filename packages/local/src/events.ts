// What a local instance tells its screen: small facts without bodies, headers or secrets.
import type { OutcomeClass, Reason, Status, Task, TaskKey } from "@hookclock/core";
import type { Tally } from "hookclock";

/** What the screen knows of a task. */
export type Glimpse = TaskKey & {
  status: Status;
  reason: Reason | null;
  /** Epoch ms; null when no attempt is planned. */
  nextAt: number | null;
  /** Attempts made at the current occurrence, and how many there may be. */
  attempt: number;
  attemptsMax: number;
  successful: number;
  failed: number;
  /** Status of the last answer; 0 when none came. */
  lastStatus: number;
  updatedAt: number;
};

export type AttemptFacts = {
  startedAt: number;
  occurrence: number;
  /** 1 for the first try. */
  attempt: number;
  outcome: OutcomeClass;
  /** 0 when no answer came. */
  responseStatus: number;
  error: string | null;
  latenessMs: number;
  tookMs: number;
};

export type Check = { what: string; ok: boolean; seen: string };

export type DevEvent = { at: number } & (
  | {
      type: "started";
      pid: number;
      endpoint: string;
      /** Null when nothing is kept. */
      dataDir: string | null;
      tasksTableName: string;
      logsTableName: string;
      egressAllow: readonly string[];
      demo: boolean;
      apiUrl: string;
      apiTableName: string;
      stateTableName: string;
      /** Where the WebSub hub takes pings and subscriptions. */
      hubUrl: string;
      /** Where others reach this instance, through a tunnel; null when only this machine does. */
      publicUrl: string | null;
      /** Where the key of the API is kept; it is in `apiKey` only when it was made just now. */
      apiKeyFile: string;
      apiKey: string | null;
      /** Null when nothing is kept. */
      apiLogFile: string | null;
    }
  /** The API was asked for something. Without query, headers and body. */
  | {
      type: "request";
      requestId: string | null;
      method: string;
      path: string;
      status: number;
      tookMs: number;
    }
  | { type: "start"; namespace: string; id: string; startedAt: number; latenessMs: number }
  | { type: "attempt"; task: Glimpse; facts: AttemptFacts }
  | { type: "lost"; namespace: string; id: string }
  /** A task was seen for the first time, or changed other than by an attempt of this process. */
  | { type: "task"; task: Glimpse; before: Status | null }
  | { type: "removed"; namespace: string; id: string }
  /** Tasks that are due now. `atLeast` when there are more than were counted. */
  | { type: "backlog"; count: number; atLeast: boolean }
  /** What became of a subscription or a consumer. `what`: a word such as `subscription.active`. */
  | { type: "websub"; what: string; namespace: string; id: string; message: string }
  | { type: "error"; where: string; code: string; message: string }
  /** The demo explains what is to be seen. */
  | { type: "caption"; text: string }
  | { type: "note"; namespace: string; id: string; text: string }
  | { type: "draining"; inFlight: number }
  | { type: "checked"; checks: readonly Check[] }
  | { type: "stopped"; tally: Tally }
);

/** What is known of something that happens, before it has its time. */
export type Emit = (event: WithoutTime<DevEvent>) => void;
type WithoutTime<Event> = Event extends { at: number } ? Omit<Event, "at"> : never;

const msOf = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));

export function glimpseOf(task: Task): Glimpse {
  return {
    namespace: task.namespace,
    id: task.id,
    status: task.status,
    reason: task.reason,
    nextAt: msOf(task.nextAttemptDate),
    attempt: task.attempt,
    attemptsMax: task.retryLimit + 1,
    successful: task.execution.successful,
    failed: task.execution.failed,
    lastStatus: task.execution.lastResponseStatus,
    updatedAt: Date.parse(task.__updatedAt),
  };
}
