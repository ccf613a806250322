// A standard queue and its poller: delays with jitter, messages twice, batches, messages that come again.
import type { Clock, Random } from "@hookclock/engine";
import type { WakeCall } from "../../../functions/lib/ports.ts";

type Message = { messageId: string; body: string };
/** Resolves with the ids of messages that are to come again, or null when nobody could take the batch. */
export type Deliver = (messages: Message[]) => Promise<string[] | null>;

export type QueueOptions = {
  clock: Clock;
  random: Random;
  deliver: Deliver;
  visibilityMs: number;
  /** Batches in delivery at once: pollers of the event source. */
  pollersMax: number;
};

const BATCH = 10;
const DUPLICATE_SHARE = 0.01;
const POLL_MS = 20;
const THROTTLED_PAUSE_MS = 500;
const RECEIVES_MAX = 5;

export class Queue {
  readonly counts = { sent: 0, delivered: 0, doubled: 0, returned: 0, dropped: 0 };
  readonly #options: QueueOptions;
  #visible: (Message & { receives: number })[] = [];
  #polling = 0;
  #ids = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Takes a wake-up; it becomes visible after its delay and a little more. */
  send({ shards, until, delaySeconds }: WakeCall): void {
    this.counts.sent += 1;
    const { random } = this.#options;
    const copies = random() < DUPLICATE_SHARE ? 2 : 1;
    if (copies === 2) this.counts.doubled += 1;
    this.#ids += 1;
    const message = { messageId: `m${this.#ids}`, body: JSON.stringify({ shards, until }), receives: 0 };
    for (let copy = 0; copy < copies; copy += 1) {
      const jitterMs = random() < 0.02 ? 300 + random() * 1_200 : random() * 250;
      void this.#show(message, delaySeconds * 1_000 + jitterMs + copy * random() * 2_000);
    }
  }

  async #show(message: Message & { receives: number }, afterMs: number): Promise<void> {
    await this.#options.clock.sleep(afterMs);
    this.#visible.push(message);
    void this.#poll();
  }

  async #poll(): Promise<void> {
    const { clock, deliver, pollersMax, visibilityMs } = this.#options;
    if (this.#polling >= pollersMax) return;
    this.#polling += 1;
    await clock.sleep(POLL_MS);
    while (this.#visible.length > 0) {
      const batch = this.#visible.splice(0, BATCH).map((one) => ({ ...one, receives: one.receives + 1 }));
      const failed = await deliver(batch.map(({ messageId, body }) => ({ messageId, body })));
      if (failed === null) {
        // Throttled: the poller keeps them and tries again.
        this.#visible.unshift(...batch.map((one) => ({ ...one, receives: one.receives - 1 })));
        await clock.sleep(THROTTLED_PAUSE_MS);
        continue;
      }
      this.counts.delivered += batch.length - failed.length;
      for (const one of batch) {
        if (!failed.includes(one.messageId)) continue;
        this.counts.returned += 1;
        if (one.receives >= RECEIVES_MAX) this.counts.dropped += 1;
        else void this.#show(one, visibilityMs);
      }
    }
    this.#polling -= 1;
  }
}
