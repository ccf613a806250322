// WebSub put together: its documents, a client for the web, the engine's tasks, and the parts that work on them.
import { HookclockError, parseEgressPolicy } from "@hookclock/core";
import type { Handler, Random } from "@hookclock/engine";
import type { TableProblem } from "@hookclock/store-dynamodb";
import { type ClosableWebClient, createWebClient, type Lookup } from "@hookclock/transport-http";
import {
  type Consumers,
  type Events,
  type Hub,
  makeConsumers,
  makeEvents,
  makeHub,
  makeSubscriber,
  type Subscriber,
  type Tasks,
  type World,
} from "@hookclock/websub";
import { quiet } from "./quiet.ts";
import { createState, type State, type StateSeams } from "./state.ts";
import * as system from "./system.ts";
import { type CheckedWebSubOptions, checkWebSubOptions, type WebSubOptions } from "./websub-options.ts";

/** Time, chance and names, for tests. */
export type WebSubSeams = StateSeams & {
  random?: Random;
  /** As many random bytes as asked for, fit for secrets. */
  randomBytes?: (size: number) => Uint8Array;
  newId?: () => string;
  /** As `dns.lookup` with `all: true`. */
  lookup?: Lookup;
  /** Certificates to trust instead of the well-known ones, PEM. */
  ca?: string | readonly string[];
};

export type WebSub = {
  subscriptions: Subscriber;
  hub: Hub;
  events: Events;
  consumers: Consumers;
  /** Content of a topic, a push or an event, bytes at most: whoever reads requests for it need read no more. */
  contentBytesMax: number;
  /** Those of the tasks that all this is done by. */
  handlers: readonly Handler[];
  /** Makes these the hooks whose tasks all this is done by, and returns the handlers: `handlers: webSub.attach`. */
  attach(this: void, hooks: Tasks): readonly Handler[];
  /** Resolves when the state table is there and fits; creates it first with `createTable`. Every call waits for it. */
  ready(): Promise<void>;
  /** What is wrong with the state table; empty when it fits. Writes nothing. */
  checkTable(): Promise<TableProblem[]>;
  /** Waits for requests in flight and closes connections. The hooks are closed by their owner, before. */
  close(): Promise<void>;
};

/**
 * Subscriptions to topics on the web, a hub, events of dotted topics, and consumers. Nothing is sent before the first
 * call. Its tasks are run by hooks that `attach` was handed to:
 *
 *     const webSub = createWebSub({ baseUrl: "https://hooks.example.com" });
 *     const hooks = new Hooks({ …, handlers: webSub.attach });
 */
export function createWebSub(options: WebSubOptions, seams: WebSubSeams = {}): WebSub {
  const { checked, settings } = checkWebSubOptions(options);
  const state = openState(checked, seams);
  const { documents, clock } = state;
  const webOf = (egress: CheckedWebSubOptions["egress"]): ClosableWebClient =>
    createWebClient({
      egress: parseEgressPolicy(egress),
      clock,
      connectionsPerHost: checked.hostConcurrency,
      ca: seams.ca,
      lookup: seams.lookup,
    });
  const web = webOf(checked.egress);
  const hubWeb = checked.hub.egress === undefined ? web : webOf(checked.hub.egress);
  const { tasks, attach } = lateTasks();
  const world: World = {
    ...{ documents, web, tasks, clock, settings },
    random: seams.random ?? system.random,
    randomBytes: seams.randomBytes ?? system.randomBytes,
    newId: seams.newId ?? system.newId,
    emit: checked.onEvent === undefined ? () => {} : quiet(checked.onEvent),
  };
  // What is published goes to subscribers and, through the sink, to consumers; what becomes of both is published.
  const hubWorld = { ...world, web: hubWeb };
  const events = makeEvents(hubWorld);
  const consumers = makeConsumers(world, { events });
  const { sink } = consumers;
  const hub = makeHub(hubWorld, { sink, publisher: events });
  const subscriptions = makeSubscriber(world, { sink, events, consumers });
  const handlers = [...subscriptions.handlers, ...hub.handlers, ...consumers.handlers];
  return {
    ...{ subscriptions, hub, events, consumers, handlers },
    contentBytesMax: settings.contentBytesMax,
    attach(hooks) {
      attach(hooks);
      return handlers;
    },
    ready: state.ready,
    checkTable: state.checkTable,
    async close() {
      await Promise.all([...new Set([web, hubWeb])].map((one) => one.close()));
      await state.close();
    },
  };
}

function openState(checked: CheckedWebSubOptions, { clock, databaseTime }: WebSubSeams): State {
  const { baseUrl, egress, hostConcurrency, contentBytesMax, leaseSeconds, ...rest } = checked;
  const { renewAfterSeconds, hub, onEvent, ...own } = rest;
  const options = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return createState(options, {
    ...(clock === undefined ? {} : { clock }),
    ...(databaseTime === undefined ? {} : { databaseTime }),
  });
}

/** Hooks are made with the handlers, and the handlers register tasks with the hooks: so one of the two comes later. */
function lateTasks(): { tasks: Tasks; attach: (hooks: Tasks) => void } {
  let attached: Tasks | null = null;
  const there = async (): Promise<Tasks> => {
    if (attached !== null) return attached;
    throw new HookclockError(
      "handler-fault",
      "WebSub has no hooks whose tasks it could use; hand its `attach` to `new Hooks` as `handlers`",
    );
  };
  return {
    tasks: {
      register: async (task) => (await there()).register(task),
      registerMany: async (tasks) => (await there()).registerMany(tasks),
      delete: async (key) => (await there()).delete(key),
      fetch: async (query) => (await there()).fetch(query),
      retryMany: async (query) => (await there()).retryMany(query),
    },
    attach(hooks) {
      if (attached !== null && attached !== hooks) {
        throw new HookclockError(
          "invalid-input",
          "this WebSub is attached to other hooks; allowed: one instance, or a WebSub for each",
          { field: "handlers" },
        );
      }
      attached = hooks;
    },
  };
}
