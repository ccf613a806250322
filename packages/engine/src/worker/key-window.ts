// The keys of due tasks that a worker knows of and has not started. Pure bookkeeping: who is next, and fairly.
import type { DueKey } from "../ports.ts";

export type WindowKey = DueKey & { shard: number };

type Flow = { lane: string; keys: WindowKey[] };
type Tenant = { namespace: string; flows: Map<string, Flow> };

/**
 * A queue of keys that takes turns: first among namespaces, then among the lanes of a namespace, oldest first
 * within a lane. So neither a namespace with a burst nor a dead destination keeps the others waiting.
 */
export class KeyWindow {
  readonly #tenants = new Map<string, Tenant>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(keys: Iterable<WindowKey>): void {
    for (const key of keys) {
      let tenant = this.#tenants.get(key.namespace);
      if (tenant === undefined) {
        tenant = { namespace: key.namespace, flows: new Map() };
        this.#tenants.set(key.namespace, tenant);
      }
      const lane = key.lane ?? "";
      let flow = tenant.flows.get(lane);
      if (flow === undefined) {
        flow = { lane, keys: [] };
        tenant.flows.set(lane, flow);
      }
      insertByDue(flow.keys, key);
      this.#size += 1;
    }
  }

  /** Removes and returns up to `limit` keys due up to `upTo` whose lane has room, taking turns. */
  take(limit: number, upTo: number, roomIn: (lane: string) => number): WindowKey[] {
    const taken: WindowKey[] = [];
    const takenOf = new Map<string, number>();
    const hasRoom = (lane: string) => (takenOf.get(lane) ?? 0) < roomIn(lane);
    let barren = 0;
    while (taken.length < limit && this.#size > 0 && barren < this.#tenants.size) {
      const tenant = first(this.#tenants);
      if (tenant === undefined) break;
      this.#tenants.delete(tenant.namespace);
      const key = takeFrom(tenant, upTo, hasRoom);
      if (tenant.flows.size > 0) this.#tenants.set(tenant.namespace, tenant);
      if (key === undefined) {
        barren += 1;
        continue;
      }
      barren = 0;
      const lane = key.lane ?? "";
      takenOf.set(lane, (takenOf.get(lane) ?? 0) + 1);
      taken.push(key);
      this.#size -= 1;
    }
    return taken;
  }

  /** When the first key becomes due that is not due at `instant`; Infinity when there is none. */
  nextAfter(instant: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { keys } of this.#flows()) {
      const dueAt = keys[0]?.dueAt ?? next;
      if (dueAt > instant) next = Math.min(next, dueAt);
    }
    return next;
  }

  /** How many keys are due at `instant` in lanes that have room, counted up to `enough`. */
  startable(instant: number, roomIn: (lane: string) => number, enough: number): number {
    let count = 0;
    for (const { lane, keys } of this.#flows()) {
      if ((keys[0]?.dueAt ?? Number.POSITIVE_INFINITY) > instant || roomIn(lane) <= 0) continue;
      const firstLater = keys.findIndex(({ dueAt }) => dueAt > instant);
      count += firstLater === -1 ? keys.length : firstLater;
      if (count >= enough) break;
    }
    return count;
  }

  hasDue(shard: number, instant: number): boolean {
    for (const { keys } of this.#flows()) {
      if (keys.some((key) => key.shard === shard && key.dueAt <= instant)) return true;
    }
    return false;
  }

  *#flows(): Generator<Flow> {
    for (const tenant of this.#tenants.values()) yield* tenant.flows.values();
  }

  /** Forgets all keys of a shard and returns them. */
  dropShard(shard: number): WindowKey[] {
    const dropped: WindowKey[] = [];
    for (const tenant of [...this.#tenants.values()]) {
      for (const flow of [...tenant.flows.values()]) {
        dropped.push(...flow.keys.filter((key) => key.shard === shard));
        flow.keys = flow.keys.filter((key) => key.shard !== shard);
        if (flow.keys.length === 0) tenant.flows.delete(flow.lane);
      }
      if (tenant.flows.size === 0) this.#tenants.delete(tenant.namespace);
    }
    this.#size -= dropped.length;
    return dropped;
  }
}

function takeFrom(tenant: Tenant, upTo: number, hasRoom: (lane: string) => boolean): WindowKey | undefined {
  for (const flow of tenant.flows.values()) {
    const key = flow.keys[0];
    if (key === undefined || key.dueAt > upTo || !hasRoom(flow.lane)) continue;
    flow.keys.shift();
    tenant.flows.delete(flow.lane);
    if (flow.keys.length > 0) tenant.flows.set(flow.lane, flow);
    return key;
  }
  return undefined;
}

/** Keys mostly arrive in order: look from the end. */
function insertByDue(keys: WindowKey[], key: WindowKey): void {
  let at = keys.length;
  while (at > 0 && (keys[at - 1]?.dueAt ?? 0) > key.dueAt) at -= 1;
  if (at === keys.length) keys.push(key);
  else keys.splice(at, 0, key);
}

function first<V>(map: Map<string, V>): V | undefined {
  for (const value of map.values()) return value;
  return undefined;
}
