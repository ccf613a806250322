// What hookclock costs on AWS: idle for a month, and for a million deliveries. `node scripts/cost.mjs [--json]`.
// Capacity units are measured (docs/performance.md, `npm run bench -- capacity`); what is assumed is written beside it.
import { PRICES } from "./lib/prices.mjs";

const MINUTES_PER_MONTH = 30 * 24 * 60;
const MILLION = 1_000_000;
const KB_PER_GB = 1024 * 1024;
const WAITING_GB = 0.5;
const API_GB = 1;

/** A month of ticks in which nothing is ever due. */
const idle = {
  schedulerTicks: MINUTES_PER_MONTH,
  lambdaRequests: MINUTES_PER_MONTH,
  // Assumed: 0.1 s a tick, for 16 queries side by side and a line of figures.
  lambdaGbSeconds: MINUTES_PER_MONTH * 0.1 * WAITING_GB,
  // Two queries for each of 8 shards, half a unit each (test/deploy/permissions.test.ts counts them), and the number of shards.
  readUnits: MINUTES_PER_MONTH * (16 * 0.5 + 1),
  // Lambda asks an idle queue with five pollers, each waiting 20 s for an answer.
  queueRequests: MINUTES_PER_MONTH * 15,
  // Assumed: 1.2 KB of log a tick.
  logGb: (MINUTES_PER_MONTH * 1.2) / KB_PER_GB,
  // Each tick reports the age of what is overdue, and the capacity it used.
  metrics: 2,
};

/** The other figures, on every stage in whose hours something is done: CloudWatch bills a figure by the hour. */
const figures = { metrics: 10 };

/** Watching, on top: production, or any stage with an address for alarms. */
const watched = { alarmMetrics: 30, dashboards: 1 };

/** Registered one by one over the HTTP API. Assumed: 30 ms of the API and of `react`, an invocation each, 1.2 KB of logs. */
const registered = {
  apiRequests: MILLION,
  lambdaRequests: MILLION * 2,
  lambdaGbSeconds: MILLION * 0.03 * (API_GB + WAITING_GB),
  logGb: (MILLION * 1.2) / KB_PER_GB,
};

/** Delivered 200 and more at a time: what they share hardly counts. */
const together = {
  writeUnits: MILLION * (3 + 0.1 + 1 + 0.1 + 2),
  readUnits: MILLION * (0.02 + 1.1),
  // Assumed: receivers answer in 200 ms, and 50 attempts are in flight at a time.
  lambdaGbSeconds: MILLION * (0.2 / 50) * WAITING_GB,
  lambdaRequests: MILLION / 200,
  queueRequests: (MILLION / 200) * 3,
  logGb: (MILLION * 0.1) / KB_PER_GB,
};

/** Each all by itself, more than five seconds from the next: a wake-up and an invocation each. */
const alone = {
  writeUnits: MILLION * (3 + 2 + 1 + 1 + 2),
  readUnits: MILLION * (0.5 + 1),
  // A wake-up comes 2 to 3 s early. Assumed: the receiver answers in 200 ms, 100 ms to look and to record.
  lambdaGbSeconds: MILLION * (2.5 + 0.2 + 0.1) * WAITING_GB,
  lambdaRequests: MILLION,
  // Sent, received, deleted.
  queueRequests: MILLION * 3,
  logGb: (MILLION * 1.8) / KB_PER_GB,
};

/** A million tasks and their logs, for as long as they are kept: about 1 KB each, and half a KB of indexes. */
const kept = { storedGb: (MILLION * 2.5) / KB_PER_GB };

const priceOf = (usage, { withFree }) =>
  Object.entries(usage).reduce((sum, [what, amount]) => {
    const { perMillion, each, free = 0 } = PRICES[what];
    const paid = withFree ? Math.max(0, amount - free) : amount;
    return sum + paid * (each ?? perMillion / MILLION);
  }, 0);

const money = (value) => `$${value.toFixed(2)}`;
const listed = (usage) => money(priceOf(usage, { withFree: false }));

const idleBeyondFree = priceOf(idle, { withFree: true });
/** What is free is free once: figures share it with those of an idle stage. */
const figuresBeyondFree =
  priceOf({ ...idle, metrics: idle.metrics + figures.metrics }, { withFree: true }) - idleBeyondFree;

const rows = [
  ["idle, a month", idle, idleBeyondFree],
  ["figures of a stage that delivers, a month", figures, figuresBeyondFree],
  ["alarms and dashboard, a month", watched, priceOf(watched, { withFree: true })],
  ["a million deliveries, many at a time", together, null],
  ["a million deliveries, each by itself", alone, null],
  ["a million tasks registered one by one over HTTP, on top", registered, null],
  ["a million tasks and logs kept, a month", kept, null],
];

if (process.argv.includes("--json")) {
  const usages = { idle, figures, watched, together, alone, registered, kept };
  console.log(JSON.stringify({ region: PRICES.region, date: PRICES.date, usages }, null, 2));
} else {
  console.log(`| ${PRICES.region}, ${PRICES.date} | at list price | beyond what every account has free |`);
  console.log("|---|---|---|");
  for (const [what, usage, beyondFree] of rows) {
    console.log(`| ${what} | ${listed(usage)} | ${beyondFree === null ? "" : money(beyondFree)} |`);
  }
}
