// Reads the rows of due keys just before they run and starts each at its moment, in the slots that are free.
import type { HookclockError, TaskRow } from "@hookclock/core";
import pLimit, { type LimitFunction } from "p-limit";
import type { Engine } from "../engine.ts";
import { Executor } from "./executor.ts";
import { KeyWindow, type WindowKey } from "./key-window.ts";
import { Lanes } from "./lanes.ts";
import type { Ended } from "./recorder.ts";
import { keyOf, type ShardHold } from "./shard-hold.ts";
import type { Tally } from "./tally.ts";

/** Rows are read this long before they are due: late enough that an edit made a moment ago is seen. */
const READ_AHEAD_MS = 250;
/** A row read longer ago than this is read again before it runs. */
const ROW_AGE_MAX_MS = 1_000;
const READ_BATCH = 100;
/**
 * Ended attempts that may wait to be recorded before new ones are held back: three batches under way and two more keep
 * the database busy; whatever waits beyond that would only be sent again after a crash.
 */
const BACKLOG_MAX = 120;

type Ready = { key: WindowKey; row: TaskRow; readAt: number };

export type PoolOptions = {
  owner: string;
  /** Starts at most so many attempts. */
  attemptsMax?: number;
  /** Called when a slot, a shard or a key became free: time to look for more. */
  onProgress: () => void;
  /** Told of each task that is due later: after its attempt was recorded, or when the index showed it too early. */
  onLater?: (row: TaskRow) => void;
};

export class Pool {
  readonly window = new KeyWindow();
  readonly #engine: Engine;
  readonly #options: PoolOptions;
  readonly #holds: ReadonlyMap<number, ShardHold>;
  readonly #limit: LimitFunction;
  readonly #lanes: Lanes;
  readonly #executor: Executor;
  readonly #unsettled = new Set<Promise<void>>();
  #ready: Ready[] = [];
  #isReading = false;
  #reading: Promise<void> = Promise.resolve();
  #beingRead = 0;
  #alarm: AbortController | null = null;
  #alarmAt = Number.POSITIVE_INFINITY;
  #started = 0;
  #startedAt: number;
  #stopped = false;
  #trouble: unknown = null;

  constructor(engine: Engine, holds: ReadonlyMap<number, ShardHold>, options: PoolOptions) {
    this.#engine = engine;
    this.#holds = holds;
    this.#options = options;
    this.#limit = pLimit(engine.limits.concurrency);
    this.#lanes = new Lanes(engine.limits.laneConcurrency);
    this.#executor = new Executor(engine, holds, options);
    this.#startedAt = engine.clock.monotonic();
  }

  get tally(): Tally {
    return this.#executor.tally;
  }

  /** Slots that are free now. */
  get free(): number {
    const room = this.#engine.limits.concurrency - this.#limit.activeCount - this.#limit.pendingCount;
    return this.#executor.backlog > BACKLOG_MAX ? 0 : Math.min(room, this.attemptsLeft);
  }

  get attemptsLeft(): number {
    return (this.#options.attemptsMax ?? Number.POSITIVE_INFINITY) - this.#started;
  }

  /** True when slots are free and little that could fill them is at hand: time to look for more. */
  get hungry(): boolean {
    const { concurrency } = this.#engine.limits;
    if (this.free <= 0) return false;
    const now = this.#engine.clock.now();
    return (
      this.#startableAt(now) + this.window.startable(now, (lane) => this.#lanes.room(lane), concurrency) <
      concurrency
    );
  }

  /** True when something of a shard that is due waits here for a slot. */
  hasDue(shard: number, now: number): boolean {
    const waits = ({ key, row }: Ready) => key.shard === shard && (row.dueAt ?? 0) <= now;
    return this.#ready.some(waits) || this.window.hasDue(shard, now);
  }

  /** Keys and rows that wait here to be started, those being read among them. */
  get waiting(): number {
    return this.window.size + this.#beingRead + this.#ready.length;
  }

  /** Attempts that are running or not yet recorded. */
  get inFlight(): number {
    return this.#unsettled.size;
  }

  /** Ms since an attempt was last started. */
  get idleMs(): number {
    return this.#engine.clock.monotonic() - this.#startedAt;
  }

  /** What last went wrong with the database, once: whoever drives the pool should pause. */
  takeTrouble(): unknown {
    const trouble = this.#trouble;
    this.#trouble = null;
    return trouble;
  }

  add(keys: readonly WindowKey[]): void {
    this.window.add(keys.filter((key) => this.#isNew(key)));
    this.pump();
  }

  /** A task that moved while the index was read is on two of its pages; two keys of it here would run it twice. */
  #isNew(key: WindowKey): boolean {
    const known = this.#holds.get(key.shard)?.known;
    if (known?.has(keyOf(key))) return false;
    known?.add(keyOf(key));
    return true;
  }

  /** Starts what can be started, reads what comes next, and sets the alarm for what is not due yet. */
  pump(): void {
    if (this.#stopped) return;
    this.#startReady();
    this.#readNext();
    this.#setAlarm();
  }

  /** Gives back what waits of one shard. */
  handBackShard(shard: number): void {
    const hold = this.#holds.get(shard);
    for (const key of this.window.dropShard(shard)) hold?.forget(key);
    for (const { key } of this.#ready) if (key.shard === shard) this.#drop(key, false);
    this.#ready = this.#ready.filter(({ key }) => key.shard !== shard);
  }

  /** Gives back everything that has not started; the rows stay due for whoever looks next. */
  handBack(): void {
    for (const shard of this.#holds.keys()) this.handBackShard(shard);
  }

  /** Starts nothing more; resolves when everything in flight is recorded. With `abort`, attempts are cut short. */
  async stop(abort = false): Promise<void> {
    this.#stopped = true;
    this.#alarm?.abort();
    this.handBack();
    if (abort) this.#executor.cutAll();
    await this.settled();
  }

  async settled(): Promise<void> {
    // A read that is under way may still fill the last slots: wait for it too.
    await this.#reading;
    while (this.#unsettled.size > 0) await Promise.all(this.#unsettled);
  }

  #readNext(): void {
    if (this.#isReading || this.#stopped) return;
    this.#isReading = true;
    this.#reading = this.#readAhead();
  }

  async #readAhead(): Promise<void> {
    try {
      // Read one round ahead of the free slots, so that slots never wait for a read.
      for (;;) {
        const round = Math.min(READ_BATCH, this.#engine.limits.concurrency);
        // While there is plenty to start, the next read waits until it is worth a request.
        if (this.#startableAt(this.#engine.clock.now()) > round / 2) return;
        const want = Math.min(round, this.attemptsLeft) - this.#ready.length;
        const upTo = this.#engine.clock.now() + READ_AHEAD_MS;
        const keys = want > 0 ? this.window.take(want, upTo, (lane) => this.#lanes.roomToRead(lane)) : [];
        if (keys.length === 0 || this.#stopped) return;
        for (const key of keys) this.#lanes.reserve(key.lane ?? "");
        await this.#read(keys);
        this.#startReady();
      }
    } finally {
      this.#isReading = false;
      this.#setAlarm();
      this.#options.onProgress();
    }
  }

  async #read(keys: WindowKey[]): Promise<void> {
    const readAt = this.#engine.clock.monotonic();
    const upTo = this.#engine.clock.now() + READ_AHEAD_MS;
    let rows: Awaited<ReturnType<Engine["tasks"]["readMany"]>>;
    this.#beingRead += keys.length;
    try {
      rows = await this.#engine.tasks.readMany(keys);
    } catch (error) {
      for (const key of keys) this.#drop(key, false);
      this.#trouble = error;
      this.#fail("read", error);
      return;
    } finally {
      this.#beingRead -= keys.length;
    }
    keys.forEach((key, index) => {
      const row = rows[index] ?? null;
      if (row !== null && "unreadable" in row) this.#quarantine(key, row.problem);
      else if (row === null || !isDue(row, upTo)) {
        this.#drop(key, true);
        if (row !== null) this.#options.onLater?.(row);
      } else this.#ready.push({ key, row, readAt });
    });
  }

  /** Rows that wait for nothing but a slot. */
  #startableAt(now: number): number {
    const isStartable = ({ key, row }: Ready) =>
      (row.dueAt ?? 0) <= now && this.#lanes.room(key.lane ?? "") > 0;
    return this.#ready.reduce((count, ready) => count + (isStartable(ready) ? 1 : 0), 0);
  }

  #startReady(): void {
    if (this.#stopped) {
      this.handBack();
      return;
    }
    // Called after every attempt: with all slots taken there is nothing to look for.
    if (this.free <= 0 && !this.#lanes.hasAiling) return;
    const now = this.#engine.clock.now();
    const later: Ready[] = [];
    const stale: Ready[] = [];
    const overfull: WindowKey[] = [];
    for (const ready of this.#ready) {
      const lane = ready.key.lane ?? "";
      if (this.#lanes.isOverfull(lane)) {
        this.#lanes.cancel(lane);
        overfull.push(ready.key);
      } else if (this.free <= 0 || (ready.row.dueAt ?? 0) > now || this.#lanes.room(lane) <= 0)
        later.push(ready);
      else if (!this.#holds.get(ready.key.shard)?.valid) this.#drop(ready.key, false);
      else if (this.#engine.clock.monotonic() - ready.readAt > ROW_AGE_MAX_MS) stale.push(ready);
      else this.#start(ready);
    }
    this.#ready = later;
    this.window.add(overfull);
    if (stale.length > 0) this.#track(this.#read(stale.map(({ key }) => key)).then(() => this.pump()));
  }

  #start(ready: Ready): void {
    this.#started += 1;
    this.#lanes.enter(ready.key.lane ?? "");
    this.#startedAt = this.#engine.clock.monotonic();
    this.#track(this.#attempt(ready));
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#fail("attempt", error))
      .finally(() => {
        this.#unsettled.delete(tracked);
        this.pump();
        this.#options.onProgress();
      });
    this.#unsettled.add(tracked);
  }

  async #attempt({ key, row }: Ready): Promise<void> {
    const lane = key.lane ?? "";
    let answered = true;
    let ended: Ended | null;
    try {
      ended = await this.#limit(() => this.#executor.run(key, row));
      answered =
        ended === null || ended.outcome.received !== undefined || ended.outcome.class !== "retryable";
    } catch (error) {
      // Nothing was sent: the row is still due, and must not count as being dealt with here.
      this.#holds.get(key.shard)?.forget(key);
      this.#trouble = error;
      throw error;
    } finally {
      this.#lanes.leave(lane, answered);
    }
    if (ended === null) return;
    this.pump();
    const error = await this.#executor.record(key, ended);
    if (error === null) return;
    this.#trouble = error;
    this.#fail("record", error);
  }

  /** Lets go of a key that will not be started now. `dealtWith`: the row has moved on, only the index still shows it. */
  #drop(key: WindowKey, dealtWith: boolean): void {
    this.#lanes.cancel(key.lane ?? "");
    const hold = this.#holds.get(key.shard);
    if (dealtWith) hold?.handled(key);
    else hold?.forget(key);
  }

  #quarantine(key: WindowKey, problem: string): void {
    this.#drop(key, true);
    this.tally.errors += 1;
    const message = `task "${key.id}" in namespace "${key.namespace}" cannot be read: ${problem}`;
    this.#engine.emit({ type: "error", where: "read", message, code: "row-unreadable" });
    this.#track(this.#engine.tasks.quarantine(key));
  }

  #fail(where: string, error: unknown): void {
    this.tally.errors += 1;
    const message = error instanceof Error ? error.message : String(error);
    const code = (error as HookclockError | undefined)?.code ?? "store-unavailable";
    this.#engine.emit({ type: "error", where, message, code });
  }

  /** Wakes the pool when the next row is due, or the next key is near enough to be read. */
  #setAlarm(): void {
    const now = this.#engine.clock.now();
    let at = this.window.nextAfter(now + READ_AHEAD_MS) - READ_AHEAD_MS;
    for (const { row } of this.#ready) {
      if (row.dueAt !== undefined && row.dueAt > now) at = Math.min(at, row.dueAt);
    }
    // What is due already waits for a slot, not for time.
    if (this.#stopped || at === Number.POSITIVE_INFINITY || at >= this.#alarmAt) return;
    this.#alarm?.abort();
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#alarmAt = at;
    void this.#engine.clock.sleep(at - now, alarm.signal).then(() => {
      if (alarm.signal.aborted) return;
      this.#alarmAt = Number.POSITIVE_INFINITY;
      this.pump();
    });
  }
}

function isDue(row: TaskRow, upTo: number): boolean {
  return row.dueAt !== undefined && row.dueAt <= upTo && row.status !== "SUSPENDED";
}
