// Lambda as a function sees it: cold starts, few instances, one invocation at a time in each, an end without warning.
import type { Clock, Random } from "@hookclock/engine";

/** What one warm process keeps. */
export type Instance = {
  /** Makes everything it still awaits never come back. */
  kill(): void;
  /** Resolves when it is to be cut off. */
  doom: Promise<void>;
};

export type LambdaOptions<I extends Instance> = {
  clock: Clock;
  random: Random;
  instancesMax: number;
  timeoutMs: number;
  coldStartMs: () => number;
  makeInstance: () => I;
};

export type Ended<Result> =
  | { state: "done"; result: Result }
  | { state: "throttled" | "cut-off" }
  | { state: "failed"; error: unknown };

/** Instances that are idle for so long are taken away. */
const IDLE_MAX_MS = 180_000;

export class Lambda<I extends Instance> {
  readonly counts = { invocations: 0, coldStarts: 0, throttled: 0, cutOff: 0, failed: 0, ranMs: 0 };
  readonly #options: LambdaOptions<I>;
  #idle: { instance: I; since: number }[] = [];
  #running = 0;

  constructor(options: LambdaOptions<I>) {
    this.#options = options;
  }

  /** Runs the work in an instance, warm if there is one. Never rejects. */
  async invoke<Result>(
    work: (instance: I, remainingMs: () => number) => Promise<Result>,
  ): Promise<Ended<Result>> {
    const { clock, instancesMax, coldStartMs, makeInstance } = this.#options;
    if (this.#running >= instancesMax) {
      this.counts.throttled += 1;
      return { state: "throttled" };
    }
    this.counts.invocations += 1;
    this.#running += 1;
    this.#idle = this.#idle.filter(({ since }) => clock.now() - since < IDLE_MAX_MS);
    let instance = this.#idle.pop()?.instance;
    if (instance === undefined) {
      this.counts.coldStarts += 1;
      await clock.sleep(coldStartMs());
      instance = makeInstance();
    }
    const ended = await this.#run(instance, work);
    this.#running -= 1;
    if (ended.state === "done") this.#idle.push({ instance, since: clock.now() });
    if (ended.state === "cut-off") this.counts.cutOff += 1;
    if (ended.state === "failed") this.counts.failed += 1;
    return ended;
  }

  async #run<Result>(
    instance: I,
    work: (instance: I, remainingMs: () => number) => Promise<Result>,
  ): Promise<Ended<Result>> {
    const { clock, timeoutMs } = this.#options;
    const startedAt = clock.monotonic();
    const over = new AbortController();
    const end = Promise.race([clock.sleep(timeoutMs, over.signal), instance.doom]);
    const cut = end.then((): Ended<Result> => {
      if (!over.signal.aborted) instance.kill();
      return { state: "cut-off" };
    });
    const remainingMs = (): number => timeoutMs - (clock.monotonic() - startedAt);
    const done = work(instance, remainingMs).then(
      (result): Ended<Result> => ({ state: "done", result }),
      (error: unknown): Ended<Result> => ({ state: "failed", error }),
    );
    const ended = await Promise.race([done, cut]);
    over.abort("over");
    this.counts.ranMs += clock.monotonic() - startedAt;
    return ended;
  }
}
