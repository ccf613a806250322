// The names under which figures appear in CloudWatch. Without imports, so that alarms can be written against it.

export const METRIC_NAMESPACE = "Hookclock";
/** The value of dimension `service`. Every function reports under it, so that one figure is one metric a stage. */
export const METRIC_SERVICE = "hookclock";

/** Each figure with its CloudWatch unit. With the dimensions `service` and `stage` and no others. */
export const METRICS = {
  /** Occurrences that came to an end, well or not. */
  executed: "Count",
  succeeded: "Count",
  failed: "Count",
  /** Attempts made, retries included. */
  attempts: "Count",
  /** Start of an attempt minus the time it was due. A distribution: ask for percentiles. */
  latenessMs: "Milliseconds",
  /** Attempts whose row was another worker's by the time their result was to be recorded. */
  claimsLost: "Count",
  /** Age of what is due longest and still waits, seen at each tick; 0 when nothing waits. */
  oldestOverdueMs: "Milliseconds",
  /** Request units of DynamoDB, indexes included. */
  capacityUnits: "Count",
  /** Wake-ups put on the queue. */
  wakesSent: "Count",
  /** Invocations of itself that a tick asked for. */
  fanOuts: "Count",
  /** Stream records and queue messages that made no sense and were passed over. */
  poisonRecords: "Count",
  /** Faults of our own or of the database, as the engine reports them. */
  errors: "Count",
} as const;
export type MetricName = keyof typeof METRICS;
