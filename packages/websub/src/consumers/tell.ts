// A message told to one consumer directly, without a source.
import { check, type Json, refuse, toJson } from "@hookclock/core";
import type { World } from "../ports.ts";
import type { ConsumerRepository } from "./consumer-repository.ts";
import type { StoredMessage } from "./message-json.ts";
import { hashOf, type MessageRepository } from "./message-repository.ts";
import { deliveryTask, registerDeliveries } from "./sink.ts";
import { newTell } from "./tell-input.ts";

export type TellInput = {
  namespace: string;
  consumer: string;
  /** A text, or any JSON. */
  message: Json;
  /** The same id and message again is the same delivery. Made up unless given. */
  id?: string;
};
/** `consumer` says what the message meets; where that is not "enabled", its task fails and can be retried later. */
export type Told = { id: string; taskId: string; consumer: "enabled" | "disabled" | "missing" };

export async function tell(
  { tasks, clock, newId }: Pick<World, "tasks" | "clock" | "newId">,
  { consumers, messages }: { consumers: ConsumerRepository; messages: MessageRepository },
  input: TellInput,
): Promise<Told> {
  const given = check(newTell, input, "tell");
  const told = toJson(given.message, "message");
  if (told === "") refuse("message", told, "a text that is not empty, or any other JSON");
  const { namespace, consumer: name } = given;
  const isText = typeof told === "string";
  const text = isText ? told : JSON.stringify(told);
  // With the text in it: the same id with another message is another message.
  const id = given.id === undefined ? newId() : `${given.id}-${hashOf(text).slice(0, 12)}`;
  const message: StoredMessage = {
    ...{ namespace, id: `told-${name}-${id}`, source: { direct: true }, topic: "", receivedAt: clock.now() },
    entry: null,
    content: {
      type: isText ? "text/plain; charset=utf-8" : "application/json",
      bytes: Buffer.from(text),
    },
  };
  const consumer = await consumers.get({ namespace, name });
  const task = deliveryTask(message, name, consumer);
  await messages.store([message]);
  await registerDeliveries(tasks, [task]);
  const state = consumer === null ? "missing" : consumer.disabled === undefined ? "enabled" : "disabled";
  return { id: message.id, taskId: String(task.id), consumer: state };
}
