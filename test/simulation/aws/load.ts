// The tasks of the simulated minutes: who registers what, when, and due when.
import type { Random } from "@hookclock/engine";

export type Planned = {
  id: string;
  kind: "long before" | "shortly before" | "at once" | "burst" | "recurring" | "failing at first";
  /** Both in ms from the start; registered before 0 means long before. */
  registeredMs: number;
  dueMs: number;
  /** Occurrences in all, and how long after each other. */
  occurrences: number;
  everySeconds?: number;
  /** Attempts of an occurrence that are answered 500. */
  fails: number;
};

const HOSTS = 60;
const LONG_BEFORE = -3_600_000;
/** Dues end this long before the minutes do, so that retries and late ones fall within them. */
const LAST_DUE_SHARE = 0.97;

const SHARES = {
  "long before": 0.4,
  "shortly before": 0.25,
  "at once": 0.1,
  burst: 0.15,
  recurring: 0.05,
  "failing at first": 0.05,
} as const satisfies Record<Planned["kind"], number>;

/** So many tasks, spread over the kinds. Bursts are due in the very same millisecond. */
export function planLoad(count: number, minutesMs: number, random: Random): Planned[] {
  const endMs = minutesMs * LAST_DUE_SHARE;
  const bursts = [0.21, 0.5, 0.73].map((share) => Math.round((minutesMs * share) / 1_000) * 1_000);
  const kinds = Object.entries(SHARES) as [Planned["kind"], number][];
  return kinds.flatMap(([kind, share]) =>
    Array.from({ length: Math.round(count * share) }, (_, n): Planned => {
      const base = { id: `${kind.replaceAll(" ", "-")}-${n}`, kind, occurrences: 1, fails: 0 };
      const anyDueMs = Math.floor(random() * endMs);
      switch (kind) {
        case "long before":
          return { ...base, registeredMs: LONG_BEFORE, dueMs: anyDueMs };
        case "at once":
          return { ...base, registeredMs: anyDueMs, dueMs: anyDueMs };
        case "burst": {
          const dueMs = bursts[n % bursts.length] ?? 0;
          const registeredMs = n % 2 === 0 ? LONG_BEFORE : dueMs - 20_000 - Math.floor(random() * 1_000);
          return { ...base, registeredMs, dueMs };
        }
        case "recurring": {
          const everySeconds = 5 + Math.floor(random() * 40);
          const dueMs = Math.floor(random() * (endMs - 3 * 45_000));
          return { ...base, registeredMs: dueMs - 2_000, dueMs, occurrences: 3, everySeconds };
        }
        case "failing at first":
          return { ...base, ...shortlyBefore(anyDueMs, random), fails: 1 + (n % 2) };
        default:
          return { ...base, ...shortlyBefore(anyDueMs, random) };
      }
    }),
  );
}

function shortlyBefore(dueMs: number, random: Random): { registeredMs: number; dueMs: number } {
  const aheadMs = 1_000 + Math.floor(random() * 89_000);
  return dueMs < aheadMs
    ? { registeredMs: 0, dueMs: dueMs + aheadMs }
    : { registeredMs: dueMs - aheadMs, dueMs };
}

/** What `register` takes. */
export function inputOf({ id, dueMs, occurrences, everySeconds, fails }: Planned, startMs: number) {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + char.charCodeAt(0)) % 100_003;
  return {
    namespace: `app-${hash % 5}`,
    id,
    url: `https://host-${hash % HOSTS}.example/hook?fails=${fails}`,
    method: "POST",
    scheduledDate: new Date(startMs + dueMs).toISOString(),
    ...(everySeconds === undefined
      ? {}
      : { repeat: { interval: everySeconds, unit: "seconds", max: occurrences } }),
  };
}
