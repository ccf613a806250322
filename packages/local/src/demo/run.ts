// Plays the demo's script against a running instance and keeps an eye on what comes of it.
import type { Hooks, WebSub } from "hookclock";
import type { Check, DevEvent, Emit } from "../events.ts";
import { Circle } from "./circle.ts";
import { judge, Witness } from "./expectations.ts";
import {
  type Act,
  AGAIN_EVERY_MS,
  AGAIN_IDS,
  AGAIN_SAY,
  DEMO_SECRET,
  demoTasks,
  FEED_NAMESPACE,
  NAMESPACE,
  STEPS,
} from "./plan.ts";
import { type DemoReceiver, startDemoReceiver } from "./receiver.ts";

export type DemoSeams = {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  emit: Emit;
  /** Of the API: the hub is there too. */
  baseUrl: string;
};
/** What it plays on. */
export type Stage = { hooks: Hooks; webSub: WebSub };

/** A slow machine gets this much longer to show everything. */
const EXTRA_MS = 20_000;
const CHECK_EVERY_MS = 250;

export class Demo {
  readonly secrets: readonly string[] = [DEMO_SECRET];
  readonly #seams: DemoSeams;
  readonly #witness = new Witness();
  #receiver: DemoReceiver | null = null;
  #circle: Circle | null = null;

  constructor(seams: DemoSeams) {
    this.#seams = seams;
  }

  observe(event: DevEvent): void {
    this.#witness.observe(event);
    this.#circle?.observe(event);
  }

  /** Registers the tasks, then acts and explains until the signal aborts. */
  async run({ hooks, webSub }: Stage, signal: AbortSignal): Promise<void> {
    const { now, sleep, emit, baseUrl } = this.#seams;
    const hubUrl = `${baseUrl}/hub/${FEED_NAMESPACE}`;
    this.#receiver = await startDemoReceiver(sleep, hubUrl);
    const { url: siteUrl, blog } = this.#receiver;
    const say = (text: string) => emit({ type: "caption", text });
    this.#circle = new Circle(webSub, { hubUrl, siteUrl, blog, now, sleep, say });
    await Promise.all([NAMESPACE, FEED_NAMESPACE].map((namespace) => hooks.clear(namespace)));
    const startedAt = now();
    await this.#register(hooks, siteUrl, startedAt);
    await Promise.all([this.#circle.run(signal), this.#play(hooks, startedAt, signal)]);
  }

  async #play(hooks: Hooks, startedAt: number, signal: AbortSignal): Promise<void> {
    const { now, sleep, emit } = this.#seams;
    for (const { atMs, say, act } of STEPS) {
      await sleep(startedAt + atMs - now(), signal);
      if (signal.aborted) return;
      if (act !== undefined) await this.#act(hooks, act);
      emit({ type: "caption", text: say });
    }
    for (let round = 1; !signal.aborted; round += 1) {
      await sleep(startedAt + (round + 1) * AGAIN_EVERY_MS - now(), signal);
      if (signal.aborted) return;
      await this.#act(hooks, "again");
      emit({ type: "caption", text: AGAIN_SAY });
    }
  }

  /** Resolves when all promises are kept, the extra time is over, or the signal aborts. */
  async untilShown(stage: Stage, signal: AbortSignal): Promise<void> {
    const { now, sleep } = this.#seams;
    const until = now() + EXTRA_MS;
    while (!signal.aborted && now() < until) {
      if ((await this.checks(stage)).every(({ ok }) => ok)) return;
      await sleep(CHECK_EVERY_MS, signal);
    }
  }

  async checks({ hooks }: Stage): Promise<Check[]> {
    const { items: tasks } = await hooks.fetch({ namespace: NAMESPACE });
    const { attempts, processing, suspendedAt, unsuspendedAt, errors } = this.#witness;
    const circle = (await this.#circle?.seen()) ?? null;
    const signed = this.#receiver?.signed ?? { verified: 0, refused: 0 };
    return judge({ attempts, processing, suspendedAt, unsuspendedAt, signed, circle, errors, tasks });
  }

  async close(): Promise<void> {
    await this.#receiver?.close();
  }

  async #register(hooks: Hooks, url: string, startedAt: number): Promise<void> {
    const tasks = demoTasks(url);
    for (const { id, note } of tasks)
      this.#seams.emit({ type: "note", namespace: NAMESPACE, id, text: note });
    const results = await hooks.registerMany(
      tasks.map(({ id, after, input }) => ({
        namespace: NAMESPACE,
        id,
        ...input,
        ...(input.repeat?.cron === undefined ? { scheduledDate: new Date(startedAt + after) } : {}),
      })),
    );
    const failed = results.find((result) => !result.ok);
    if (failed && !failed.ok) throw failed.error;
  }

  async #act(hooks: Hooks, act: Act): Promise<void> {
    const paused = { namespace: NAMESPACE, id: "paused" };
    if (act === "suspend") {
      await hooks.suspend(paused);
      this.#witness.suspendedAt = this.#seams.now();
    } else if (act === "unsuspend") {
      this.#witness.unsuspendedAt = this.#seams.now();
      await hooks.unsuspend(paused);
    } else {
      await this.#circle?.publish();
      for (const id of AGAIN_IDS) await retryIfFinished(hooks, id);
    }
  }
}

/** A visitor may have deleted it or changed its state meanwhile: then it is left alone. */
async function retryIfFinished(hooks: Hooks, id: string): Promise<void> {
  const key = { namespace: NAMESPACE, id };
  const status = (await hooks.get(key))?.status;
  if (status === "DONE" || status === "FAILED") await hooks.retry(key).catch(() => {});
}
