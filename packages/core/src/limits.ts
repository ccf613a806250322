/** Every bound of the product, said once. Units are in the names. */
export const LIMITS = {
  /** DynamoDB refuses items over 400 KB; the rest of the row needs room beside the request. */
  requestBytesMax: 256 * 1024,
  namespaceBytesMax: 256,
  idBytesMax: 512,
  urlBytesMax: 8 * 1024,
  headersMax: 64,
  headerBytesMax: 16 * 1024,
  kindLengthMax: 64,
  jsonDepthMax: 64,
  retryLimitMax: 100,
  retryBaseMsMin: 10,
  retryMaxMsMax: 7 * 24 * 3_600_000,
  /** A receiver may ask us to wait, but not for ever. */
  retryAfterMsMax: 24 * 3_600_000,
  timeoutMsMin: 10,
  timeoutMsMax: 15 * 60_000,
  claimMsMin: 1_000,
  claimMsMax: 60 * 60_000,
  concurrencyMax: 1_000,
  shardsMax: 256,
  pageSizeMax: 1_000,
  /** A trigger waits for what becomes due within this time at most: as long as a function on Lambda may run. */
  lookAheadMsMax: 15 * 60_000,
  /** Missed occurrences that `catchUp: all` runs at most, counted back from now. */
  catchUpMax: 100,
  /** Claims that may be lost to crashes in one occurrence before the task is held to be the cause. */
  lostClaimsMax: 5,
  responseBodyBytes: 64 * 1024,
  /** The task row keeps only a glimpse of the last answer; the whole head is in its execution log. */
  lastResponseBytes: 2 * 1024,
  errorMessageLengthMax: 500,
  logsTtlSecondsMax: 10 * 365 * 86_400,
  keepSecondsMax: 10 * 365 * 86_400,
  /** A FAILED task is kept so long at least, whatever its `keepSeconds`: as long as logs, unless said otherwise. */
  failedKeptSecondsMin: 90 * 86_400,
  /** Keys of the HTTP API, ended ones that are still listed included. */
  keysMax: 10_000,
  keyNameBytesMax: 256,
  keyNamespacesMax: 100,
  /** How long a revoked or expired key stays in the list. */
  endedKeyListedMs: 30 * 24 * 3_600_000,
  idempotencyPartLengthMax: 1_024,
  /** How long an answer can be had again. */
  idempotencyMs: 24 * 3_600_000,
  /** A request that was not answered within this may be answered by somebody else. */
  idempotencyTakeOverMs: 60_000,
  /** Bytes of an answer as it is kept: packed, when that makes it smaller. */
  storedAnswerBytesMax: 256 * 1024,
  /** Bytes of a body that may be packed at all. */
  packedBodyBytesMax: 16 * 1024 * 1024,
  /** Latest instant a task may be scheduled for: the last millisecond of year 9999, UTC. */
  latestMs: 253_402_300_799_999,
} as const;

export const DEFAULTS = {
  kind: "http",
  method: "GET",
  concurrency: 25,
  maxErrors: 5,
  retryLimit: 3,
  retryBaseMs: 1_000,
  retryMaxMs: 3_600_000,
  retryJitter: 0.2,
  timeoutMs: 15_000,
  claimMs: 60_000,
  pollMs: 1_000,
  shards: 8,
  logsTtlInSeconds: 90 * 86_400,
  pageSize: 100,
  backlogCount: 1_000,
} as const;
