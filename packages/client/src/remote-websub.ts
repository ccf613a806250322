import { check } from "@hookclock/core";
import { newSubscription } from "hookclock";
import { answers, read } from "./answers.ts";
import { type Call, Connection } from "./connection.ts";
import { inNamespace } from "./lists.ts";
import { checkOptions, type RemoteOptions } from "./options.ts";
import { consumersOver } from "./remote-consumers.ts";
import type { WebSubRoom } from "./room.ts";
import { websubAnswers } from "./websub-answers.ts";
import { ask, askOrNull, askPage } from "./websub-calls.ts";
import { checkContentType, checkTopic, websubSchemas as schemas } from "./websub-inputs.ts";
import type { WebSubLike } from "./websub-like.ts";

/**
 * WebSub over the HTTP API of a deployment: subscriptions, consumers and their handlers, events, the hub. All methods
 * reject with a `HookclockError`: the API's own codes, and `api-unreachable` when it does not answer, or something else
 * does. Start keys of lists are the API's cursors.
 */
export class RemoteWebSub implements WebSubLike {
  readonly #connection: Connection;
  readonly subscriptions: WebSubLike["subscriptions"];
  readonly consumers: WebSubLike["consumers"];
  readonly events: WebSubLike["events"];
  readonly hub: WebSubLike["hub"];

  /** Throws `invalid-input` for an address or a key that cannot be used, plain http to another machine included. */
  constructor(options: RemoteOptions, room: WebSubRoom) {
    const connection = new Connection(checkOptions(options), room);
    this.#connection = connection;
    this.subscriptions = subscriptionsOver(connection);
    this.consumers = consumersOver(connection, room);
    this.events = eventsOver(connection);
    this.hub = hubOver(connection, room);
  }

  /** The address of the API, for people. */
  get where(): string {
    return this.#connection.where;
  }

  /** Resolves when the API answers and knows the key. */
  async ready(): Promise<void> {
    const { document } = await this.#connection.call({ method: "GET", path: ["v1", "me"] });
    read(answers.me, document, "who am I");
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#connection.close();
  }
}

function subscriptionsOver(connection: Connection): WebSubLike["subscriptions"] {
  const subscriptionsOf = (namespace: string): string[] => [...inNamespace(namespace), "subscriptions"];
  const callOf = (key: unknown, method: Call["method"], ...move: string[]): Call => {
    const { namespace, id } = check(schemas.subscriptionKey, key, "subscription");
    return { method, path: [...subscriptionsOf(namespace), id, ...move] };
  };
  const { subscription } = websubAnswers;
  return {
    async add(input) {
      const { namespace, ...body } = check(newSubscription, input, "subscription");
      const path = subscriptionsOf(namespace);
      return ask(connection, subscription, "a subscription", { method: "POST", path, body });
    },
    get: async (key) => askOrNull(connection, subscription, "a subscription", callOf(key, "GET")),
    async list(given) {
      const { namespace, state, ...asked } = check(schemas.subscriptions, given, "subscriptions");
      const path = subscriptionsOf(namespace);
      const what = "the list of subscriptions";
      return askPage(connection, websubAnswers.subscriptions, what, { path, query: { state }, asked });
    },
    renew: async (key) => ask(connection, subscription, "a subscription", callOf(key, "POST", "renew")),
    remove: async (key) => ask(connection, subscription, "a subscription", callOf(key, "DELETE")),
  };
}

const eventsOver = (connection: Connection): WebSubLike["events"] => ({
  async publish(event) {
    const { namespace, ...body } = check(schemas.inNamespace, event, "event");
    const path = [...inNamespace(namespace), "events"];
    return ask(connection, websubAnswers.published, "an event", { method: "POST", path, body });
  },
});

function hubOver(connection: Connection, room: WebSubRoom): WebSubLike["hub"] {
  const hubOf = (namespace: string, door: string): string[] => [...inNamespace(namespace), "hub", door];
  return {
    async publishContent({ namespace, topic, contentType, bytes, id = room.newId() }) {
      check(schemas.namespace, { namespace }, "content");
      return ask(connection, websubAnswers.published, "an update", {
        method: "POST",
        path: [...inNamespace(namespace), "topics", checkTopic(topic)],
        // With an id of its own a repeat is no second update.
        query: { id },
        content: { type: checkContentType(contentType), bytes },
      });
    },
    async list(given) {
      const { namespace, topic, ...asked } = check(schemas.hubSubscriptions, given, "subscriptions");
      const path = hubOf(namespace, "subscriptions");
      const what = "the list of the hub";
      return askPage(connection, websubAnswers.hubSubscriptions, what, { path, query: { topic }, asked });
    },
    async deny(denial) {
      const { namespace, ...body } = check(schemas.inNamespace, denial, "denial");
      const call: Call = { method: "POST", path: hubOf(namespace, "deny"), body };
      return (await askOrNull(connection, websubAnswers.denied, "a denial", call)) !== null;
    },
  };
}
