// The handler of kind `consumer.deliver`: one attempt to bring one message to one consumer.
import {
  check,
  DEFAULTS,
  type Json,
  LIMITS,
  type Outcome,
  retryPolicyOf,
  type Sent,
  type TaskRow,
} from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import * as z from "zod";
import type { World } from "../ports.ts";
import { type ConsumerRow, laneOf, shownHeaders, shownUrl } from "./consumer.ts";
import { consumerNameField } from "./consumer-input.ts";
import type { ConsumerRepository } from "./consumer-repository.ts";
import { outcomeOf } from "./delivery-outcome.ts";
import { type DeliveryRequest, httpRequest, slackRequest } from "./delivery-request.ts";
import type { HandlerRepository } from "./handler-repository.ts";
import type { Health } from "./health.ts";
import { CONSUMER_LIMITS } from "./limits.ts";
import { makeMessageCache } from "./message-cache.ts";
import { messageJson, type StoredMessage } from "./message-json.ts";
import type { MessageRepository } from "./message-repository.ts";
import { cut, render } from "./template.ts";

export const DELIVER = "consumer.deliver";

/** What a delivery is about: names only, the content is read when it runs. */
const payloadSchema = z.strictObject({
  consumer: consumerNameField,
  /** Name of the stored message. */
  message: z.string(),
  /** The handler that asked for it; none for a message that was told. */
  handler: z.strictObject({ source: z.string(), id: z.string() }).optional(),
  lane: z.string(),
});
export type DeliveryPayload = z.infer<typeof payloadSchema>;

type Deps = {
  consumers: ConsumerRepository;
  handlers: HandlerRepository;
  messages: MessageRepository;
  health: Health;
};

const rejected = (error: string, message: string): Outcome => ({ class: "permanent", error, message });

export function makeDeliver(world: Pick<World, "web" | "clock">, deps: Deps): Handler {
  const { consumers, handlers, messages, health } = deps;
  const cache = makeMessageCache();

  /** The template of the handler as it is now; `superseded` when the handler is gone, or another one's by now. */
  async function templateOf(namespace: string, payload: DeliveryPayload): Promise<string | undefined | null> {
    const { handler, consumer } = payload;
    if (handler === undefined) return undefined;
    const row = await handlers.get({ namespace, sourceName: handler.source, id: handler.id });
    return row === null || row.consumer !== consumer ? null : row.template;
  }

  async function send(
    consumer: Exclude<ConsumerRow, { type: "log" }>,
    request: DeliveryRequest,
    { timeoutMs = DEFAULTS.timeoutMs }: TaskRow,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const answer = await world.web.send({
      ...request,
      method: "POST",
      timeoutMs,
      answerBytesMax: LIMITS.responseBodyBytes,
      signal,
    });
    const url = shownUrl(consumer) ?? "";
    const sent: Sent = { url, method: "POST", headers: shownHeaders(request.headers) };
    return { ...outcomeOf(answer, laneOf(consumer), world.clock.now()), sent };
  }

  return {
    kind: DELIVER,
    validate: ({ payload }) => void check(payloadSchema, payload, "payload"),
    laneOf: ({ payload }) => {
      const result = payloadSchema.safeParse(payload);
      return result.success ? result.data.lane : undefined;
    },

    async run(task: TaskRow, context: AttemptContext): Promise<Outcome> {
      const payload = check(payloadSchema, task.payload, "payload");
      const { namespace } = task;
      const key = { namespace, name: payload.consumer };
      const found = await consumers.withFailures(key);
      if (found === null) {
        return rejected(
          "consumer-missing",
          `there is no consumer "${key.name}"; make it and retry this task`,
        );
      }
      const { row: consumer, failures } = found;
      if (consumer.disabled !== undefined) {
        const { reason } = consumer.disabled;
        return rejected(
          "consumer-disabled",
          `consumer "${key.name}" is disabled (${reason}); enable it and retry`,
        );
      }
      const template = await templateOf(namespace, payload);
      if (template === null) return { class: "ok", message: "superseded: the handler was removed" };
      const message = await cache.get(JSON.stringify([namespace, payload.message]), () =>
        messages.get(namespace, payload.message),
      );
      if (message === null) {
        return rejected("message-missing", "the message is not stored any more: they are kept for 30 days");
      }
      if (consumer.type === "log") return logged(message, template);
      const attempt = { deliveryId: context.deliveryId, at: context.startedAt };
      const request =
        consumer.type === "http"
          ? httpRequest(consumer, message, template, attempt)
          : slackRequest(consumer, message, template);
      const outcome = await send(consumer, request, task, context.signal);
      await health.record(key, consumer, { outcome, failures, isFinal: isFinal(task, outcome) });
      return outcome;
    },
  };
}

/** Whether no attempt follows a failed one. Our own faults are nobody's failure. */
function isFinal(task: TaskRow, { class: outcome }: Outcome): boolean {
  if (outcome === "permanent" || outcome === "gone") return true;
  return outcome === "retryable" && task.attempt + 1 > retryPolicyOf(task).limit;
}

/** What a consumer of type log does: the message stands in the execution log, its head at least. */
function logged(message: StoredMessage, template: string | undefined): Outcome {
  const json = messageJson(message);
  const whole: Json = template === undefined ? json : render(template, json);
  const text = JSON.stringify(whole);
  const { loggedBytesMax } = CONSUMER_LIMITS;
  const isShort = Buffer.byteLength(text) <= loggedBytesMax;
  // Three bytes a character at most, so that the head never outgrows the bound.
  return { class: "ok", sent: { body: isShort ? whole : `${cut(text, Math.floor(loggedBytesMax / 3))}…` } };
}
