// Consumers, their handlers, and what is sent and brought back to them, over the API.
import { check, toJson } from "@hookclock/core";
import { newHandler, newReplay, newTell } from "hookclock";
import { read } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { inNamespace } from "./lists.ts";
import type { WebSubRoom } from "./room.ts";
import { websubAnswers as answers } from "./websub-answers.ts";
import { ask, askOrNull, askPage } from "./websub-calls.ts";
import { websubSchemas as schemas, sourceQuery } from "./websub-inputs.ts";
import type { WebSubLike } from "./websub-like.ts";

type Consumers = WebSubLike["consumers"];
const SECRET_BYTES = 32;
/** What counting a hundred thousand deliveries may take beyond the usual limit. */
const COUNT_MS = 30_000;

export const consumersOver = (connection: Connection, room: WebSubRoom): Consumers => ({
  ...registryOver(connection, room),
  ...linksOver(connection),
  ...deliveriesOver(connection),
});

const newSecret = (room: WebSubRoom): string =>
  `whsec_${Buffer.from(room.randomBytes(SECRET_BYTES)).toString("base64")}`;
const consumersOf = (namespace: string): string[] => [...inNamespace(namespace), "consumers"];

function registryOver(
  connection: Connection,
  room: WebSubRoom,
): Pick<Consumers, "put" | "get" | "list" | "delete" | "enable" | "disable" | "rotateSecret"> {
  const pathOf = (input: unknown): string[] => {
    const { namespace, name } = check(schemas.consumerKey, input, "key");
    return [...consumersOf(namespace), name];
  };
  const move = (input: unknown, name: string) =>
    askOrNull(connection, answers.consumer, "a consumer", { method: "POST", path: [...pathOf(input), name] });
  return {
    async put(input) {
      const { namespace, ...body } = check(schemas.inNamespace, input, "consumer");
      const path = consumersOf(namespace);
      const { status, document } = await connection.call({ method: "POST", path, body });
      const { consumer, secret } = read(answers.saved, document, "a consumer");
      return { created: status === 201, consumer, secret };
    },
    get: async (key) =>
      askOrNull(connection, answers.consumer, "a consumer", { method: "GET", path: pathOf(key) }),
    async list(query) {
      const { namespace, ...asked } = check(schemas.consumers, query, "list");
      const path = consumersOf(namespace);
      return askPage(connection, answers.consumers, "the list of consumers", { path, query: {}, asked });
    },
    delete: async (key) =>
      askOrNull(connection, answers.shownConsumer, "a consumer", { method: "DELETE", path: pathOf(key) }),
    enable: async (key) => move(key, "enable"),
    disable: async (key) => move(key, "disable"),
    async rotateSecret(input) {
      const { namespace, name, ...given } = check(schemas.rotate, input, "rotateSecret");
      // Made here, so that it is known even when the answer gets lost on the way.
      const secret = given.secret ?? newSecret(room);
      const saved = await askOrNull(connection, answers.saved, "a consumer", {
        method: "POST",
        path: [...consumersOf(namespace), name, "rotate"],
        body: { ...given, secret },
      });
      return saved === null ? null : { consumer: saved.consumer, secret };
    },
  };
}

function linksOver(connection: Connection): Pick<Consumers, "link" | "unlink" | "listHandlers"> {
  const handlersOf = (namespace: string): string[] => [...inNamespace(namespace), "handlers"];
  return {
    async link(input) {
      const { namespace, ...body } = check(newHandler, input, "handler");
      const path = handlersOf(namespace);
      const { status, document } = await connection.call({ method: "POST", path, body });
      return { created: status === 201, handler: read(answers.handler, document, "a handler") };
    },
    async unlink(key) {
      const { namespace, source, id } = check(schemas.unlink, key, "unlink");
      const path = [...handlersOf(namespace), id];
      const query = sourceQuery(source);
      return askOrNull(connection, answers.handler, "a handler", { method: "DELETE", path, query });
    },
    async listHandlers(given) {
      const { namespace, source, consumer, ...asked } = check(schemas.handlers, given, "listHandlers");
      const query = { ...(source === undefined ? {} : sourceQuery(source)), consumer };
      const path = handlersOf(namespace);
      return askPage(connection, answers.handlers, "the list of handlers", { path, query, asked });
    },
  };
}

function deliveriesOver(connection: Connection): Pick<Consumers, "tell" | "replay" | "getReplay" | "stats"> {
  return {
    async tell(input) {
      const { namespace, consumer, message, id } = check(newTell, input, "tell");
      const path = [...consumersOf(namespace), consumer, "tell"];
      const body = { message: toJson(message, "message"), id };
      return ask(connection, answers.told, "a message", { method: "POST", path, body });
    },
    async replay(input) {
      // Instants stay as they were given: read here, they would be numbers.
      check(newReplay, input, "replay");
      const { namespace, consumer, ...body } = input;
      const path = [...consumersOf(namespace), consumer, "replay"];
      const call = { method: "POST", path, body, extraMs: COUNT_MS } as const;
      return ask(connection, answers.replayStarted, "a replay", call);
    },
    async getReplay(key) {
      const { namespace, id } = check(schemas.replayKey, key, "getReplay");
      const path = [...inNamespace(namespace), "replays", id];
      return askOrNull(connection, answers.replay, "a replay", { method: "GET", path });
    },
    async stats(input) {
      const { namespace } = check(schemas.namespace, input, "stats");
      const path = [...inNamespace(namespace), "delivery-stats"];
      const call = { method: "GET", path, extraMs: COUNT_MS } as const;
      return ask(connection, answers.stats, "the counts by consumer", call);
    },
  };
}
