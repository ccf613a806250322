// What the functions' work needs from the outside, so that it runs the same on Lambda, in tests and in a simulation.
import type { MetricName } from "./metric-names.ts";

/** The part of Lambda's context that is used. */
export type LambdaContext = { awsRequestId: string; getRemainingTimeInMillis(): number };

/** One message: wake somebody after `delaySeconds` for what is due in these shards up to `until`, epoch ms. */
export type WakeCall = { shards: number[]; until: number; delaySeconds: number };
export interface WakeQueue {
  /** Resolves with the calls that the queue did not take after tries of its own. Never rejects. */
  send(calls: readonly WakeCall[]): Promise<WakeCall[]>;
}

/** What a tick hands to an invocation of itself. `depth` is 1: those are not to invoke further ones. */
export type Share = { shards: number[]; depth: number };
export interface Invoker {
  /** Starts another invocation and does not wait for its end. Rejects when it could not be started. */
  invoke(share: Share): Promise<void>;
}

export interface Metrics {
  /** Adds to a sum that is reported once an invocation. */
  count(name: MetricName, by?: number): void;
  /** Adds one value to a distribution. */
  sample(name: MetricName, value: number): void;
  /** Reports what was gathered since the last time. */
  flush(): void;
}

type Write = (fields: Record<string, unknown>, message: string) => void;
export type Log = { info: Write; warn: Write; error: Write };

/** What every use case is handed. */
export type World = {
  /** Epoch ms. */
  now: () => number;
  metrics: Metrics;
  log: Log;
};
