// Where messages arrive: they are stored, and a delivery is registered for each consumer that a handler links to them.
import { HookclockError, type Json, type RegisterInput } from "@hookclock/core";
import type { Message, MessageSink, World } from "../ports.ts";
import { dueInRow } from "../spread.ts";
import { type ConsumerRow, laneOf } from "./consumer.ts";
import type { ConsumerRepository } from "./consumer-repository.ts";
import { DELIVER, type DeliveryPayload } from "./deliver.ts";
import { passes } from "./filter.ts";
import type { HandlerRepository, SourceHandlers } from "./handler-repository.ts";
import { CONSUMER_DEFAULTS, CONSUMER_LIMITS } from "./limits.ts";
import type { HandlerRow } from "./linked-handler.ts";
import { messageJson, type StoredMessage } from "./message-json.ts";
import { hashOf, type MessageRepository, messageName } from "./message-repository.ts";
import type { SeenRepository } from "./seen-repository.ts";
import { isExactly, sourceName, sourcesFor } from "./source.ts";

type Deps = {
  consumers: ConsumerRepository;
  handlers: HandlerRepository;
  messages: MessageRepository;
  seen: SeenRepository;
};

/** Messages that are worked on together: enough to fill batches, few enough to hold in memory. */
const STEP = 100;

/** All deliveries to a consumer have ids that begin so. */
export const deliveryPrefix = (consumer: string): string => `deliver/${consumer}/`;

/** Of a message among those that came together. */
type Place = { position: number; count: number };
const ALONE: Place = { position: 0, count: 1 };
type PlaceOf = (message: Message) => Place;

function placesIn(all: readonly Message[]): PlaceOf {
  const positions = new Map(all.map((message, position) => [message, position]));
  return (message) => ({ position: positions.get(message) ?? 0, count: all.length });
}

/** The task that brings one message to one consumer. The same message to the same consumer is the same task. */
export function deliveryTask(
  message: StoredMessage,
  name: string,
  consumer: ConsumerRow | null,
  handler?: DeliveryPayload["handler"],
  place: Place = ALONE,
): RegisterInput {
  const payload: DeliveryPayload = {
    consumer: name,
    message: messageName(message),
    ...(handler === undefined ? {} : { handler }),
    lane: consumer === null ? `consumer:${name}` : laneOf(consumer),
  };
  return {
    namespace: message.namespace,
    id: `${deliveryPrefix(name)}${hashOf(message.id)}`,
    kind: DELIVER,
    payload,
    // Not now: repeated, it has to be the same task.
    scheduledDate: new Date(dueInRow(message.receivedAt, place)),
    retry: consumer?.retry ?? CONSUMER_DEFAULTS.retry,
    timeoutMs: consumer?.timeoutMs ?? CONSUMER_DEFAULTS.timeoutMs,
    // As long as its message: until then it can be replayed, and the same message is known to have been delivered.
    keepSeconds: CONSUMER_LIMITS.keptMs / 1_000,
  };
}

/** Registers deliveries. One that is there already, whatever the settings it was made with, is as good. */
export async function registerDeliveries(
  tasks: World["tasks"],
  deliveries: readonly RegisterInput[],
): Promise<void> {
  if (deliveries.length === 0) return;
  for (const result of await tasks.registerMany(deliveries)) {
    if (result.ok) continue;
    if (!(result.error instanceof HookclockError && result.error.code === "id-conflict")) throw result.error;
  }
}

/** One handler for each consumer: the first that wants the message, those of the nearest source first. */
function chosenHandlers(handlers: readonly HandlerRow[], message: Message): HandlerRow[] {
  const chosen = new Map<string, HandlerRow>();
  let json: Json | undefined;
  const wants = ({ filter }: HandlerRow): boolean => {
    if (filter === undefined) return true;
    json ??= messageJson(message);
    return passes(filter, json);
  };
  for (const handler of handlers) {
    if (chosen.has(handler.consumer)) continue;
    if (handler.exact && "event" in handler.source && !isExactly(handler.source.event, message.topic))
      continue;
    if (wants(handler)) chosen.set(handler.consumer, handler);
  }
  return [...chosen.values()];
}

export function makeSink({ tasks }: Pick<World, "tasks">, deps: Deps): MessageSink {
  const { consumers, handlers, messages, seen } = deps;

  /** All handlers that may want messages of a source, asked for once in each step. */
  function handlersBySource(): (message: Message) => Promise<SourceHandlers> {
    const asked = new Map<string, Promise<SourceHandlers>>();
    return async ({ namespace, source }) => {
      const found = sourcesFor(source).map((name) => {
        const key = JSON.stringify([namespace, name]);
        const promise = asked.get(key) ?? handlers.ofSource(namespace, name);
        asked.set(key, promise);
        return promise;
      });
      const sources = await Promise.all(found);
      return {
        rows: sources.flatMap(({ rows }) => rows),
        problem: sources.find(({ problem }) => problem !== null)?.problem ?? null,
      };
    };
  }

  /** The deliveries of messages, and what stands in the way of further ones. */
  async function deliveriesOf(
    fresh: readonly Message[],
    placeOf: PlaceOf,
  ): Promise<{ deliveries: RegisterInput[]; problem: HookclockError | null }> {
    let problem: HookclockError | null = null;
    const handlersOf = handlersBySource();
    const wanted: { message: Message; handler: HandlerRow }[] = [];
    for (const message of fresh) {
      const found = await handlersOf(message);
      problem ??= found.problem;
      for (const handler of chosenHandlers(found.rows, message)) wanted.push({ message, handler });
    }
    const consumerOf = await readConsumers(
      wanted.map((one) => [one.message.namespace, one.handler.consumer]),
    );
    const deliveries = wanted.map(({ message, handler }) => {
      const consumer = consumerOf(message.namespace, handler.consumer);
      const by = { source: sourceName(handler.source), id: handler.id };
      return deliveryTask(message, handler.consumer, consumer, by, placeOf(message));
    });
    return { deliveries, problem };
  }

  async function readConsumers(pairs: readonly (readonly [string, string])[]) {
    const names = new Map<string, Set<string>>();
    for (const [namespace, name] of pairs) {
      names.set(namespace, (names.get(namespace) ?? new Set()).add(name));
    }
    const found = new Map<string, ConsumerRow | null>();
    for (const [namespace, those] of names) {
      const rows = await consumers.getMany(namespace, [...those]);
      for (const [at, name] of [...those].entries())
        found.set(JSON.stringify([namespace, name]), rows[at] ?? null);
    }
    return (namespace: string, name: string): ConsumerRow | null =>
      found.get(JSON.stringify([namespace, name])) ?? null;
  }

  async function acceptStep(step: readonly Message[], placeOf: PlaceOf): Promise<number> {
    const distinct = [...new Map(step.map((message) => [seen.identity(message), message])).values()];
    const fresh = await seen.fresh(distinct);
    if (fresh.length === 0) return 0;
    // In this order a crash loses nothing: what was not remembered comes again, and finds its tasks there.
    await messages.store(fresh);
    const { deliveries, problem } = await deliveriesOf(fresh, placeOf);
    await registerDeliveries(tasks, deliveries);
    // A handler that cannot be read may have wanted them: they come again until it can. The others have theirs.
    if (problem !== null) throw problem;
    await seen.remember(fresh);
    return fresh.length;
  }

  return {
    async accept(all) {
      let accepted = 0;
      const placeOf = placesIn(all);
      for (let from = 0; from < all.length; from += STEP) {
        accepted += await acceptStep(all.slice(from, from + STEP), placeOf);
      }
      return { accepted };
    },
  };
}
