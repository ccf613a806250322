// Looks for due tasks shard by shard, under each shard's lease, and feeds their keys to the pool.
import type { Engine } from "../engine.ts";
import type { DueKey, TaskStore } from "../ports.ts";
import { OwnKeys } from "./own-keys.ts";
import { Pool, type PoolOptions } from "./pool.ts";
import { keyOf, ShardHold } from "./shard-hold.ts";

/** Keys asked for in one look. */
const PAGE = 100;
/** When one namespace fills a page, the look reads on up to so many keys, to find who stands behind it. */
const LOOK_AHEAD_KEYS = 2_000;
const LOOK_AHEAD_PAGE = 1_000;

/** Pages read to find the next moment of one namespace among others' keys; then their place is answer enough. */
const NEXT_PAGES_MAX = 10;

/** A shard with a backlog is worked on for so long in one go while others wait: then it is another shard's turn. */
const TURN_MS = 500;

type DueQuery = Parameters<TaskStore["findDue"]>[0];
export type Look = "found" | "empty" | "busy";

export class Shards {
  readonly holds = new Map<number, ShardHold>();
  readonly pool: Pool;
  /** Keys known from their rows: they need not wait until the index shows them. */
  readonly own = new OwnKeys();
  readonly #engine: Engine;
  readonly #owner: string;
  readonly #namespace: string | undefined;

  constructor(engine: Engine, options: PoolOptions & { namespace?: string | undefined }) {
    this.#engine = engine;
    this.#owner = options.owner;
    this.#namespace = options.namespace;
    this.pool = new Pool(engine, this.holds, options);
  }

  /** Shards that exist now, or those asked for, in random order, so that workers start at different ends. */
  async all(only?: readonly number[]): Promise<number[]> {
    const shards = only === undefined ? await this.#existing() : [...new Set(only)];
    for (let i = shards.length - 1; i > 0; i -= 1) {
      const j = Math.floor(this.#engine.random() * (i + 1));
      [shards[i], shards[j]] = [shards[j] as number, shards[i] as number];
    }
    return shards;
  }

  /**
   * Adds the keys of one shard that are due up to an instant and new to us.
   * `busy`: there are some, but another worker owns the shard.
   */
  async look(shard: number, upTo: number): Promise<Look> {
    const hold = this.#holdOf(shard);
    if (hold.yielding && hold.known.size === 0) await hold.release();
    const keys = await this.#freshKeys(hold, upTo);
    const own = this.own.take(shard, upTo);
    const shown = new Set(keys.map(keyOf));
    keys.push(...hold.fresh(own).filter((key) => !shown.has(keyOf(key))));
    if (keys.length === 0) {
      if (hold.held && hold.known.size === 0) await hold.release();
      return "empty";
    }
    if (!(await hold.hold())) {
      this.own.add(shard, own);
      return "busy";
    }
    this.pool.add(keys.map((key) => ({ ...key, shard })));
    return "found";
  }

  /** When a shard's next task becomes due between two instants, or an instant before that; null when none does. */
  async nextDue(shard: number, from: number, upTo: number): Promise<number | null> {
    const own = this.own.firstDue(shard, from, upTo);
    let after: DueKey | undefined;
    for (let page = 0; page < NEXT_PAGES_MAX; page += 1) {
      const place = after === undefined ? {} : { after };
      const found = await this.#findDue({ shard, from, upTo, limit: 1, ...place });
      const next = (found.keys[0] ?? found.after)?.dueAt;
      if (next === undefined) return own;
      after = found.after ?? undefined;
      if (found.keys.length > 0 || page === NEXT_PAGES_MAX - 1) return Math.min(next, own ?? next);
    }
    return own;
  }

  /** Renews the leases of shards that have something to do here; gives the idle ones back if asked to. */
  async tend(options: { releaseIdle?: boolean } = {}): Promise<void> {
    await Promise.all(
      [...this.holds.values()].map(async (hold) => {
        if (!hold.held) return;
        if ((options.releaseIdle || hold.yielding) && hold.known.size === 0) await hold.release();
        else if (hold.needsRenewal && !(await hold.hold())) this.pool.handBackShard(hold.shard);
      }),
    );
  }

  /** Everything back: nothing waits here any more, no lease is kept. */
  async releaseAll(): Promise<void> {
    this.pool.handBack();
    await Promise.allSettled([...this.holds.values()].map((hold) => hold.release()));
  }

  /**
   * Ends the turn of shards that have been worked on long enough: what waits of them is handed back, so that other
   * shards, and other workers, get theirs. Returns them.
   */
  endTurns(turnMs: number = TURN_MS): number[] {
    const ended: number[] = [];
    for (const hold of this.holds.values()) {
      if (!hold.held || hold.yielding || hold.heldMs < turnMs) continue;
      const now = this.#engine.clock.now();
      if (!this.pool.hasDue(hold.shard, now)) continue;
      hold.yielding = true;
      this.pool.handBackShard(hold.shard);
      ended.push(hold.shard);
    }
    return ended;
  }

  /** True when something is due in a shard that this worker neither holds nor has dealt with. */
  async hasDue(shard: number, upTo: number): Promise<boolean> {
    const { keys } = await this.#findDue({ shard, upTo, limit: PAGE });
    return this.#holdOf(shard).fresh(keys).length > 0;
  }

  async #existing(): Promise<number[]> {
    const { read } = await this.#engine.leases.shardCounts(this.#engine.clock.now());
    return Array.from({ length: read }, (_, shard) => shard);
  }

  #findDue(query: DueQuery): ReturnType<TaskStore["findDue"]> {
    const namespace = this.#namespace;
    return this.#engine.tasks.findDue(namespace === undefined ? query : { ...query, namespace });
  }

  #holdOf(shard: number): ShardHold {
    let hold = this.holds.get(shard);
    if (hold === undefined) {
      const { leases, clock, limits } = this.#engine;
      hold = new ShardHold(shard, {
        leases,
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        owner: this.#owner,
        claimMs: limits.claimMs,
      });
      this.holds.set(shard, hold);
    }
    return hold;
  }

  async #freshKeys(hold: ShardHold, upTo: number): Promise<DueKey[]> {
    const fresh: DueKey[] = [];
    let limit = PAGE;
    let seen = 0;
    let after: DueKey | undefined;
    for (;;) {
      const place = after === undefined ? {} : { after };
      const page = await this.#findDue({ shard: hold.shard, upTo, limit, ...place });
      fresh.push(...hold.fresh(page.keys));
      seen += page.keys.length;
      if (page.after === null || seen >= LOOK_AHEAD_KEYS) break;
      if (fresh.length >= PAGE && !isBurst(fresh)) return fresh;
      after = page.after;
      limit = LOOK_AHEAD_PAGE;
    }
    if (seen >= LOOK_AHEAD_KEYS) fresh.push(...(await this.#newest(hold, upTo, fresh)));
    return fresh;
  }

  /** Behind a backlog longer than we look ahead, what became due last gets its turn too. */
  async #newest(hold: ShardHold, upTo: number, found: readonly DueKey[]): Promise<DueKey[]> {
    const page = await this.#findDue({ shard: hold.shard, upTo, limit: PAGE, newestFirst: true });
    const last = found.at(-1)?.dueAt ?? Number.NEGATIVE_INFINITY;
    return hold.fresh(page.keys).filter((key) => key.dueAt > last);
  }
}

/** True when more than half of the keys belong to one namespace or one lane: others may be hidden behind them. */
function isBurst(keys: readonly DueKey[]): boolean {
  const counts = new Map<string, number>();
  for (const key of keys) {
    for (const name of [`n${key.namespace}`, `l${key.lane ?? ""}`]) {
      const count = (counts.get(name) ?? 0) + 1;
      if (count > keys.length / 2 && keys.length >= PAGE) return true;
      counts.set(name, count);
    }
  }
  return false;
}
