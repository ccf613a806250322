/**
 * What AWS asks in us-east-1, in US dollars, before taxes. From the pricing pages of each service
 * (aws.amazon.com/<service>/pricing), put down in November 2026: look there before you rely on it, other regions differ.
 * `free` is what each account has free every month for good; what is free in the first year only is left out.
 */
export const PRICES = {
  region: "us-east-1",
  date: "November 2026",
  writeUnits: { perMillion: 0.625 },
  readUnits: { perMillion: 0.125 },
  /** Table and indexes, and the same rows once more for point-in-time recovery. */
  storedGb: { each: 0.25 + 0.2 },
  lambdaRequests: { perMillion: 0.2, free: 1_000_000 },
  /** arm64. */
  lambdaGbSeconds: { perMillion: 13.3334, free: 400_000 },
  schedulerTicks: { perMillion: 1, free: 14_000_000 },
  queueRequests: { perMillion: 0.4, free: 1_000_000 },
  apiRequests: { perMillion: 1 },
  logGb: { each: 0.5, free: 5 },
  metrics: { each: 0.3, free: 10 },
  alarmMetrics: { each: 0.1, free: 10 },
  dashboards: { each: 3, free: 3 },
};
