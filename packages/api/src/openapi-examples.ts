// Examples for every answer: those of the components are written out here, those of operations follow from them.
import type { OpenApi, Operation, Schema } from "./reference/document.ts";
import { exampleOf } from "./reference/sample.ts";

const task = {
  ...{
    namespace: "billing",
    id: "invoice-2030-17",
    idPrefix: "",
    kind: "http",
    status: "ACTIVE",
    reason: null,
  },
  ...{ url: "https://example.com/hooks/invoice", method: "POST" },
  request: {
    ...{ url: "https://example.com/hooks/invoice", method: "POST" },
    ...{ headers: { "content-type": "application/json" }, body: { invoice: 17 } },
  },
  payload: null,
  ...{ scheduledDate: "2030-01-31T10:00:00.000Z", nextAttemptDate: "2030-01-31T10:00:00.000Z" },
  repeat: { interval: 1, unit: "minutes", max: 1 },
  retryLimit: 8,
  retry: { limit: 8, baseMs: 2_000, maxMs: 3_600_000, jitter: 0.2 },
  ...{ catchUp: "skip", timeoutMs: 30_000, keepSeconds: 604_800, ttl: null, occurrence: 0, attempt: 0 },
  errors: { count: 0, firstErrorDate: null, lastErrorDate: null, lastError: null },
  execution: {
    ...{ count: 0, failed: 0, successful: 0, firstExecutionDate: null, firstScheduledDate: null },
    ...{ lastExecutionDate: null, lastResponseBody: "", lastResponseHeaders: {}, lastResponseStatus: 0 },
  },
  ...{ __createdAt: "2030-01-01T09:00:00.000Z", __updatedAt: "2030-01-01T09:00:00.000Z" },
};

const log = {
  ...{ namespace: "billing", id: "invoice-2030-17#0#1#1", taskId: "invoice-2030-17", kind: "http" },
  ...{ status: "SUCCESS", outcome: "ok", error: null, message: null },
  request: {
    ...{ url: "https://example.com/hooks/invoice", method: "POST" },
    ...{ headers: { "content-type": "application/json" }, body: { invoice: 17 } },
  },
  response: {
    ...{ status: 200, ok: true, headers: { "content-type": "text/plain" }, body: "thanks" },
    ...{ encoding: "utf8", truncated: false },
  },
  retry: { count: 0, limit: 8 },
  ...{ occurrence: 0, attempt: 1 },
  ...{ scheduledDate: "2030-01-31T10:00:00.000Z", startedDate: "2030-01-31T10:00:00.012Z", latenessMs: 12 },
  timings: { dnsMs: 3, connectMs: 21, firstByteMs: 95, totalMs: 98 },
  ttl: 1_903_860_000,
  ...{ __createdAt: "2030-01-31T10:00:00.110Z", __updatedAt: "2030-01-31T10:00:00.110Z" },
};

const at = "2030-01-31T10:00:00.000Z";
const later = "2030-02-09T10:00:00.000Z";
const websub: Record<string, unknown> = {
  Subscription: {
    ...{ namespace: "billing", id: "blog", url: "https://example.com/blog", state: "active" },
    ...{ topic: "https://example.com/blog/feed.xml", hub: "https://hub.example.com/", stateDate: at },
    ...{ createdDate: at, leaseSeconds: 864_000, request: null, signed: true, poll: null, lastError: null },
    lease: {
      leaseSeconds: 864_000,
      confirmedDate: at,
      renewDate: later,
      expiresDate: "2030-02-10T10:00:00.000Z",
    },
    pushes: { received: 3, refused: 0, lastDate: at, lastRefusal: null },
    history: [
      { state: "pending", date: at },
      { state: "active", date: at },
    ],
  },
  Consumer: {
    ...{ namespace: "billing", name: "my-app", type: "http", enabled: true, disabled: null },
    ...{ url: "https://example.com/hooks/websub", format: "envelope", headers: {}, disableAfter: 20 },
    ...{ signing: { secrets: 1, oldSecretEndsDate: null }, timeoutMs: 15_000 },
    retry: { limit: 8, baseMs: 10_000, maxMs: 3_600_000 },
    ...{ createdDate: at, updatedDate: at },
  },
  Handler: {
    ...{ namespace: "billing", id: "my-app", source: { subscription: "blog" }, consumer: "my-app" },
    ...{ exact: false, filter: { path: "entry.title", contains: "release" }, description: null },
    ...{ template: "{{entry.title}}: {{entry.url}}", createdDate: at, updatedDate: at },
  },
  HubSubscription: {
    ...{ id: "jW2LqQyRzHcTnK0vF5sXbA8dEoGm3uPiYt6rJf1ZwVM", topic: "https://example.com/feed" },
    ...{ callback: "https://other.example/cb?token=…", state: "active" },
    ...{ exact: false, isSigned: true, leaseSeconds: 864_000, verifiedDate: at, expiresDate: later },
    ...{ requestedDate: null, endedDate: null, endReason: null, lastError: null },
  },
  Replay: {
    ...{ namespace: "billing", id: "5b1f", consumer: "my-app", state: "running", from: at, to: later },
    ...{ include: "failed", ratePerSecond: 10, total: 40, retried: 20, startedDate: later, endedDate: null },
  },
  DeliveryStats: {
    namespace: "billing",
    consumers: [
      {
        ...{ name: "my-app", type: "http", enabled: true, handlers: 1, failuresInARow: 0 },
        deliveries: { waiting: 0, delivered: 3, failed: 0, suspended: 0 },
      },
    ],
    complete: true,
  },
};

const EXAMPLES: Record<string, unknown> = {
  ...websub,
  Task: task,
  ExecutionLog: log,
  ApiKey: {
    ...{ id: "4f1c0e9b2a7d6358", name: "billing", namespaces: ["billing"], permission: "write" },
    ...{ createdDate: "2030-01-01T09:00:00.000Z", expiresDate: null, revokedDate: null },
  },
  Stats: {
    namespace: "billing",
    tasks: { ACTIVE: 12, PROCESSING: 0, DONE: 340, FAILED: 1, SUSPENDED: 2 },
    ...{ total: 355, complete: true, overdue: 0, nextDueDate: "2030-01-31T10:00:00.000Z" },
  },
  Due: {
    count: 1,
    items: [{ namespace: "billing", id: "invoice-2030-17", scheduledDate: "2030-01-31T10:00:00.000Z" }],
  },
  TriggerResult: { processed: 3, errors: 0, succeeded: 2, failed: 1, lost: 0, remaining: false },
  BulkResult: { count: 2, dryRun: true, ids: ["invoice-2030-17", "invoice-2030-18"], nextCursor: null },
  BatchResult: { items: [{ ok: true, created: true, id: task.id, task }], count: 1, failed: 0 },
  TableProblem: { table: "hookclock-tasks", index: "due", problem: "the index is missing" },
};

const operationsOf = (document: OpenApi): Operation[] =>
  Object.values(document.paths ?? {}).flatMap((item) =>
    [item.get, item.post, item.patch, item.delete].flatMap((operation) => operation ?? []),
  );

/** Gives an example to each component that has one here, and to each answer. */
export function completeExamples(document: OpenApi): void {
  const schemas = document.components?.["schemas"] as Record<string, Schema> | undefined;
  for (const [name, schema] of Object.entries(schemas ?? {})) {
    if (Object.hasOwn(EXAMPLES, name)) schema.examples = [EXAMPLES[name]];
  }
  for (const { responses = {} } of operationsOf(document)) {
    for (const media of Object.values(responses).flatMap(({ content }) => Object.values(content ?? {}))) {
      media.example ??= exampleOf(document, media);
    }
  }
}

/** Says each answer of failure once, however many operations give it. */
export function shareProblems(document: OpenApi): void {
  const names = new Map<string, string>();
  const shared: Record<string, unknown> = {};
  for (const { responses = {} } of operationsOf(document)) {
    for (const [status, answer] of Object.entries(responses)) {
      if (!/^[45]/.test(status)) continue;
      const text = JSON.stringify(answer);
      const taken = [...names.values()].filter((name) => name.startsWith(`Problem${status}`)).length;
      const name = names.get(text) ?? `Problem${status}${taken === 0 ? "" : `v${taken + 1}`}`;
      names.set(text, name);
      shared[name] = answer;
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  document.components = { ...document.components, responses: shared };
}
