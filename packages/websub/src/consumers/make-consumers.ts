// Consumers, the handlers that link sources to them, and the sink that messages go into.
import { check, idField, namespaceField } from "@hookclock/core";
import type { Handler } from "@hookclock/engine";
import * as z from "zod";
import type { EventPublisher, MessageSink, World } from "../ports.ts";
import { makeConsumerRepository } from "./consumer-repository.ts";
import { makeDeliver } from "./deliver.ts";
import { makeHandlerRepository } from "./handler-repository.ts";
import { makeDisable, makeHealth } from "./health.ts";
import { type ConsumerLinks, makeLinks } from "./links.ts";
import { makeMessageRepository } from "./message-repository.ts";
import { type ConsumerRegistry, makeRegistry } from "./registry.ts";
import { getReplay, makeReplayHandler, type ReplayResult, startReplay } from "./replay.ts";
import { makeReplayRepository, type Replay, type ReplayInput } from "./replay-state.ts";
import { makeSeenRepository } from "./seen-repository.ts";
import { makeSink } from "./sink.ts";
import { type ConsumersStats, statsOf } from "./stats.ts";
import { type TellInput, type Told, tell } from "./tell.ts";

/** All methods reject with a HookclockError; bad input changes nothing. */
export type Consumers = ConsumerRegistry &
  ConsumerLinks & {
    /** Sends a message to one consumer directly. Where that is missing or disabled, the message waits as FAILED. */
    tell(input: TellInput): Promise<Told>;
    /** Brings the deliveries between two instants back at a bounded rate; a dry run only counts them. */
    replay(input: ReplayInput): Promise<ReplayResult>;
    /** How far a replay has come; null when there is none, or it is older than 30 days. */
    getReplay(key: { namespace: string; id: string }): Promise<Replay | null>;
    stats(input: { namespace: string }): Promise<ConsumersStats>;
    sink: MessageSink;
    /** For the engine: kinds `consumer.deliver`, `consumer.disable` and `consumer.replay`. */
    handlers: Handler[];
  };

const replayKeySchema = z.strictObject({ namespace: namespaceField, id: idField });

/** `events` is told when a consumer is disabled. */
export function makeConsumers(world: World, { events }: { events: EventPublisher }): Consumers {
  const consumers = makeConsumerRepository(world);
  const handlers = makeHandlerRepository(world);
  const messages = makeMessageRepository(world);
  const seen = makeSeenRepository(world);
  const replays = makeReplayRepository(world);
  const health = makeHealth(world, consumers);
  return {
    ...makeRegistry(world, consumers),
    ...makeLinks(world, handlers),
    tell: async (input) => tell(world, { consumers, messages }, input),
    replay: async (input) => startReplay(world, { consumers, replays }, input),
    getReplay: async (key) => getReplay(replays, check(replayKeySchema, key, "getReplay")),
    stats: async (input) => statsOf(world, { consumers, handlers }, input),
    sink: makeSink(world, { consumers, handlers, messages, seen }),
    handlers: [
      makeDeliver(world, { consumers, handlers, messages, health }),
      makeDisable(world, consumers, events),
      makeReplayHandler(world, { consumers, replays }),
    ],
  };
}
