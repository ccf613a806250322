// The real clock, ids and randomness. The only room of the library that touches them.
import { randomBytes as cryptoBytes, randomUUID } from "node:crypto";
import type { Clock } from "@hookclock/engine";

/** setTimeout holds 31 bits of milliseconds; longer sleeps are cut and taken up again by their caller. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.max(0, ms), TIMER_MAX_MS));
      signal?.addEventListener("abort", end, { once: true });
    }),
};

export const newId = (): string => randomUUID();
export const random = (): number => Math.random();
/** Fit for secrets. */
export const randomBytes = (size: number): Uint8Array => cryptoBytes(size);
