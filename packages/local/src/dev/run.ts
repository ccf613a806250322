// One instance on one machine: database, worker, screen, and how all of it ends.
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import type { WebSubSettings } from "@hookclock/core";
import { Hooks, type WebSub } from "hookclock";
import { LOOPBACK } from "../demo/plan.ts";
import { Demo } from "../demo/run.ts";
import { demoSummary } from "../demo/summary.ts";
import { startEmbedded } from "../embedded.ts";
import { LocalError } from "../errors.ts";
import type { DevEvent, Emit } from "../events.ts";
import { reserve } from "../instance.ts";
import type { Terminal } from "../screen/live.ts";
import { ScreenModel } from "../screen/model.ts";
import { paintFor } from "../screen/paint.ts";
import { linesOf } from "../screen/plain.ts";
import { sweepDatabase } from "../sweep/sweep.ts";
import { type LocalApi, type LocalApiOptions, openApi } from "./api.ts";
import { type Door, type DoorOptions, makeDoor } from "./door.ts";
import { openSink, type Sink, type Style } from "./sinks.ts";
import { fromEngine } from "./translate.ts";
import { Watcher } from "./watch.ts";
import { openWebSub } from "./web-sub.ts";

export type DevOptions = {
  port: number;
  /** When the port is taken, take any free one. */
  anyPortWill: boolean;
  demo: boolean;
  /** End by itself after so long. */
  forMs: number | null;
  tasksTableName: string;
  logsTableName: string;
  stateTableName: string;
  concurrency: number | null;
  signingSecrets: readonly string[];
  webSub: WebSubSettings;
} & DoorOptions &
  LocalApiOptions;

/** What the process lends: its terminal, its clock, its signals. */
export type Room = {
  terminal: Terminal;
  style: Style;
  pid: number;
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Aborts when the user wants it to end. */
  stop: AbortSignal;
  /** Runs when the process ends by any way that leaves it a last word. */
  onExit(work: () => void): void;
};

/** A dead process's claims run out this fast on one machine, where nobody else holds any. */
const CLAIM_MS = 10_000;
const POLL_MS = 500;
const WATCH_MS = 500;

/** Runs until it is told to stop, then drains. Resolves with the exit code. */
export async function runDev(options: DevOptions, room: Room): Promise<number> {
  const { tasksTableName, logsTableName, apiTableName, stateTableName } = options;
  const startedAt = new Date(room.now()).toISOString();
  const reservation = await reserve(options.dataDir, {
    pid: room.pid,
    tasksTableName,
    logsTableName,
    apiTableName,
    stateTableName,
    startedAt,
    ...(options.publicUrl === null ? {} : { publicUrl: options.publicUrl }),
  });
  room.onExit(() => reservation.release());
  try {
    const database = await openDatabase(options);
    try {
      const { endpoint } = database;
      const door = await makeDoor(options, { now: room.now, newId: randomUUID });
      try {
        return await new Session(options, room, { endpoint, door }).run((apiUrl) =>
          reservation.publish({ endpoint, apiUrl }),
        );
      } finally {
        await door.stop();
      }
    } finally {
      await database.stop();
    }
  } finally {
    reservation.release();
  }
}

async function openDatabase({ dataDir, memory, port, anyPortWill }: DevOptions) {
  const folder = memory ? null : join(resolve(dataDir), "database");
  try {
    return await startEmbedded({ dataDir: folder, port });
  } catch (error) {
    if (!anyPortWill || !(error instanceof LocalError) || error.code !== "port-taken") throw error;
    return startEmbedded({ dataDir: folder, port: 0 });
  }
}

class Session {
  readonly #options: DevOptions;
  readonly #room: Room;
  readonly #endpoint: string;
  readonly #model = new ScreenModel();
  readonly #door: Door;
  readonly #webSub: WebSub;
  readonly #hooks: Hooks;
  readonly #watcher: Watcher;
  readonly #demo: Demo | null;
  readonly #stop = new AbortController();
  #sink: Sink | null = null;

  constructor(options: DevOptions, room: Room, { endpoint, door }: { endpoint: string; door: Door }) {
    this.#options = options;
    this.#room = room;
    this.#endpoint = endpoint;
    this.#door = door;
    this.#demo = options.demo
      ? new Demo({ now: room.now, sleep: room.sleep, emit: this.#emit, baseUrl: door.url })
      : null;
    const secrets = [...options.signingSecrets, ...(this.#demo?.secrets ?? [])];
    const { stateTableName, publicUrl, webSub } = options;
    this.#webSub = openWebSub({
      ...{ endpoint, stateTableName, baseUrl: door.baseUrl, emit: this.#emit },
      ...{ isPublic: publicUrl !== null, settings: webSub },
    });
    this.#hooks = new Hooks(
      {
        endpoint,
        tasksTableName: options.tasksTableName,
        logsTableName: options.logsTableName,
        createTable: true,
        claimMs: CLAIM_MS,
        egress: { allow: [...LOOPBACK] },
        handlers: this.#webSub.attach,
        onEvent: (event) => this.#show(fromEngine(event, room.now())),
        ...(options.concurrency === null ? {} : { concurrency: options.concurrency }),
        ...(secrets.length === 0 ? {} : { signing: { secrets } }),
      },
      // The database is in this very process: one machine has one clock, and its dates lag when the loop is busy.
      { databaseTime: false },
    );
    this.#watcher = new Watcher(this.#hooks, this.#emit);
  }

  async run(publish: (apiUrl: string) => void): Promise<number> {
    const { now, sleep, onExit } = this.#room;
    const hooks = this.#hooks;
    const webSub = this.#webSub;
    try {
      await Promise.all([hooks.ready(), webSub.ready()]);
      const room = {
        endpoint: this.#endpoint,
        door: this.#door,
        hooks,
        webSub,
        now,
        sleep,
        onExit,
        emit: this.#emit,
      };
      const api = await openApi(this.#options, room);
      try {
        publish(api.url);
        return await this.#onScreen(api);
      } finally {
        await api.close();
      }
    } finally {
      await hooks.close();
      await webSub.close();
    }
  }

  async #onScreen(api: LocalApi): Promise<number> {
    const room = this.#room;
    const onStop = () => this.#stop.abort();
    room.stop.addEventListener("abort", onStop);
    if (room.stop.aborted) onStop();
    this.#sink = openSink(room.style, room.terminal, this.#model, room.now);
    room.onExit(() => this.#sink?.close());
    try {
      return await this.#live(api);
    } finally {
      room.stop.removeEventListener("abort", onStop);
      this.#stop.abort();
      this.#sink.close();
      await this.#demo?.close();
    }
  }

  async #live(api: LocalApi): Promise<number> {
    const { signal } = this.#stop;
    this.#announceStart(api);
    const worker = this.#hooks.run({ signal, pollMs: POLL_MS });
    const { now, sleep } = this.#room;
    const watching = this.#watcher.run({ everyMs: WATCH_MS, signal, sleep, now });
    const { tasksTableName, logsTableName, apiTableName, stateTableName } = this.#options;
    const tables = { tasksTableName, logsTableName, apiTableName, stateTableName };
    const sweeping = sweepDatabase({ endpoint: this.#endpoint, ...tables }, { signal, sleep, now });
    const demo = this.#demo?.run(this.#stage, signal) ?? Promise.resolve();
    const ended = this.#endByItself();
    const failed = Promise.all([worker, watching, sweeping, demo, ended]).catch((error: unknown) => {
      this.#stop.abort();
      throw error;
    });
    await Promise.race([failed, new Promise<void>((end) => onceAborted(signal, end))]);
    this.#emit({ type: "draining", inFlight: this.#model.inFlightCount });
    // The worker ends its attempts while the API ends its requests; the database is there for both until the last.
    await Promise.all([failed, api.stop()]);
    const checks = this.#demo === null ? [] : await this.#demo.checks(this.#stage);
    if (this.#demo !== null) this.#emit({ type: "checked", checks });
    this.#emit({ type: "stopped", tally: await worker });
    this.#sink?.close();
    this.#sayGoodbye();
    return this.#room.stop.aborted || checks.every(({ ok }) => ok) ? 0 : 1;
  }

  #announceStart({ url, keyFile, newKey, logFile }: LocalApi): void {
    const { dataDir, memory, tasksTableName, logsTableName, apiTableName, stateTableName, demo } =
      this.#options;
    this.#emit({
      type: "started",
      pid: this.#room.pid,
      endpoint: this.#endpoint,
      dataDir: memory ? null : dataDir,
      ...{ tasksTableName, logsTableName, apiTableName, stateTableName, demo },
      ...{ hubUrl: `${this.#door.baseUrl}/hub`, publicUrl: this.#options.publicUrl },
      ...{ apiUrl: url, apiKeyFile: keyFile, apiKey: newKey, apiLogFile: logFile },
      egressAllow: LOOPBACK,
    });
  }

  /** With a time given: until then, and a demo somewhat longer if the machine is too slow to have shown everything. */
  async #endByItself(): Promise<void> {
    const { forMs } = this.#options;
    const { signal } = this.#stop;
    if (forMs === null) return;
    await this.#room.sleep(forMs, signal);
    if (!signal.aborted && this.#demo !== null) await this.#demo.untilShown(this.#stage, signal);
    this.#stop.abort();
  }

  get #stage() {
    return { hooks: this.#hooks, webSub: this.#webSub };
  }

  readonly #emit: Emit = (event) => this.#show({ at: this.#room.now(), ...event } as DevEvent);

  #show(event: DevEvent): void {
    if (event.type === "start")
      this.#watcher.begun({ namespace: event.namespace, id: event.id }, event.startedAt);
    if (event.type === "attempt") this.#watcher.know(event.task);
    this.#demo?.observe(event);
    this.#sink?.show(event);
  }

  /** What stays on the terminal when the live screen has gone. */
  #sayGoodbye(): void {
    const room = this.#room;
    const { terminal, style, now } = room;
    if (style === "json") return;
    const paint = paintFor(terminal.colour);
    const view = this.#model.view(now(), { tasksMax: 50, recentMax: 0 });
    if (this.#demo !== null)
      for (const line of demoSummary(view, paint, room.stop.aborted)) terminal.write(`${line}\n`);
    if (style === "plain") return;
    const { succeeded, failed } = view.counters;
    const processed = succeeded + failed;
    const tally = { processed, succeeded, failed, errors: 0, lost: 0 };
    for (const line of linesOf({ at: now(), type: "stopped", tally }, { paint })) terminal.write(`${line}\n`);
  }
}

function onceAborted(signal: AbortSignal, work: () => void): void {
  if (signal.aborted) work();
  else signal.addEventListener("abort", work, { once: true });
}
