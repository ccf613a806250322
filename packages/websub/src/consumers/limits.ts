/** Bounds and defaults of consumers, their handlers and their messages. Units are in the names. */
export const CONSUMER_LIMITS = {
  nameLengthMax: 100,
  descriptionBytesMax: 1_000,
  /** The current one, and the one before it while they change. */
  secretsMax: 2,
  disableAfterMax: 10_000,
  retryLimitMax: 50,
  /** Messages are kept so long, and so is the memory of those that are no entries. */
  keptMs: 30 * 24 * 3_600_000,
  /** A feed shows its entries again with each push, for years where little is written: so long after it was last seen, one is known. */
  entryKnownMs: 400 * 24 * 3_600_000,
  /** That an entry was seen again is written down once in so long. */
  seenAgainMs: 30 * 24 * 3_600_000,
  /** More of a message than this lies beside its row, in chunks. */
  inlineBytesMax: 96 * 1024,
  pathLengthMax: 200,
  pathPartsMax: 16,
  filterDepthMax: 8,
  filterPartsMax: 100,
  filterTextLengthMax: 1_000,
  templateLengthMax: 8 * 1024,
  /** What a template may grow to, characters. */
  textLengthMax: 256 * 1024,
  /** What Slack takes, characters. */
  slackTextLengthMax: 40_000,
  /** JSON content up to this is offered to filters and templates as `payload`. */
  payloadBytesMax: 256 * 1024,
  /** What a consumer of type log writes into the execution log. */
  loggedBytesMax: 16 * 1024,
  cacheBytesMax: 8 * 1024 * 1024,
  ratePerSecondMax: 1_000,
} as const;

export const CONSUMER_DEFAULTS = {
  disableAfter: 20,
  /** Thirteen attempts over about five and a half hours. */
  retry: { limit: 12, baseMs: 5_000, maxMs: 3 * 3_600_000 },
  timeoutMs: 15_000,
  /** How long an old secret signs along after a rotation. */
  oldSecretMs: 24 * 3_600_000,
  ratePerSecond: 10,
} as const;
