// Events for the tests of the screen.
import type { AttemptFacts, DevEvent, Glimpse } from "../events.ts";

export const NOON = Date.UTC(2030, 0, 31, 12, 0, 0, 0);

export const aGlimpse = (given: Partial<Glimpse> = {}): Glimpse => ({
  namespace: "demo",
  id: "one",
  status: "ACTIVE",
  reason: null,
  nextAt: NOON + 1_500,
  attempt: 0,
  attemptsMax: 4,
  successful: 0,
  failed: 0,
  lastStatus: 0,
  updatedAt: NOON,
  ...given,
});

export const theFacts = (given: Partial<AttemptFacts> = {}): AttemptFacts => ({
  startedAt: NOON,
  occurrence: 0,
  attempt: 1,
  outcome: "ok",
  responseStatus: 200,
  error: null,
  latenessMs: 2,
  tookMs: 5,
  ...given,
});

export const started = (given: object = {}): DevEvent => ({
  at: NOON,
  type: "started",
  pid: 7,
  endpoint: "http://127.0.0.1:8765",
  dataDir: null,
  tasksTableName: "tasks",
  logsTableName: "logs",
  egressAllow: ["127.0.0.1", "localhost"],
  demo: false,
  apiUrl: "http://127.0.0.1:8766",
  apiTableName: "api",
  stateTableName: "state",
  hubUrl: "http://127.0.0.1:8766/hub",
  publicUrl: null,
  apiKeyFile: ".hookclock/api-key",
  apiKey: null,
  apiLogFile: null,
  ...given,
});
export const asked = (given: object = {}): DevEvent => ({
  at: NOON,
  type: "request",
  requestId: "r-1",
  method: "GET",
  path: "/v1/me",
  status: 200,
  tookMs: 3,
  ...given,
});
export const learned = (task: Partial<Glimpse>, at = NOON): DevEvent => ({
  at,
  type: "task",
  task: aGlimpse(task),
  before: null,
});
export const attempted = (task: Partial<Glimpse>, facts: Partial<AttemptFacts> = {}): DevEvent => ({
  at: NOON,
  type: "attempt",
  task: aGlimpse({ updatedAt: NOON + 1, ...task }),
  facts: theFacts(facts),
});
export const begun = (id: string, startedAt: number, latenessMs = 0): DevEvent => ({
  at: startedAt,
  type: "start",
  namespace: "demo",
  id,
  startedAt,
  latenessMs,
});
