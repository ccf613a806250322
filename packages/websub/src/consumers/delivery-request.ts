// What goes on the wire to a consumer. Pure: the message, the consumer and the attempt in, a request out.
import { isSendable, type Json, signatureHeaders } from "@hookclock/core";
import { type HttpConsumerRow, type SlackConsumerRow, secretsAt } from "./consumer.ts";
import { messageJson, type StoredMessage, typeOf, wholeMessageJson } from "./message-json.ts";
import { slackText } from "./slack-text.ts";
import { asItIs, insideJson, render } from "./template.ts";

export type DeliveryRequest = {
  url: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
};
/** `deliveryId` is the same for all attempts of a delivery; `at` is this attempt's own instant, epoch ms. */
export type Attempt = { deliveryId: string; at: number };

const USER_AGENT = "hookclock";
const JSON_TYPE = "application/json";

type Body = { type: string; body: string | Uint8Array };

/** The request to a consumer of type http, signed by Standard Webhooks unless it has no secret. */
export function httpRequest(
  consumer: HttpConsumerRow,
  message: StoredMessage,
  template: string | undefined,
  attempt: Attempt,
): DeliveryRequest {
  const own = new Map<string, string>();
  for (const [name, value] of Object.entries(consumer.headers)) {
    if (isSendable(name, value)) own.set(name.toLowerCase(), value);
  }
  const { type, body } =
    consumer.format === "envelope"
      ? envelope(message, template)
      : raw(message, template, own.get("content-type"));
  const signed = signatureHeaders(
    { id: attempt.deliveryId, timestampMs: attempt.at, body },
    secretsAt(consumer, attempt.at),
  );
  const headers = { "user-agent": USER_AGENT, "content-type": type, ...Object.fromEntries(own), ...signed };
  return { url: consumer.url, headers, body };
}

/** `{type, timestamp, data}` as Standard Webhooks suggests; `data` is the message, with the template's text as `text`. */
function envelope(message: StoredMessage, template: string | undefined): Body {
  const data = wholeMessageJson(message);
  const text: { text?: Json } =
    template === undefined ? {} : { text: render(template, messageJson(message)) };
  const whole = {
    type: typeOf(message),
    timestamp: data["receivedDate"] ?? null,
    data: { ...data, ...text },
  };
  return { type: JSON_TYPE, body: JSON.stringify(whole) };
}

/** The template's text; else the content as it came; else the entry as JSON. */
function raw(message: StoredMessage, template: string | undefined, typeAsked: string | undefined): Body {
  const { content } = message;
  const json = messageJson(message);
  if (template !== undefined) {
    // In a body that is said to be JSON, values are texts inside it and must not end them.
    const escaped = /\bjson\b/i.test(typeAsked ?? "") ? insideJson : asItIs;
    return { type: "text/plain; charset=utf-8", body: render(template, json, escaped) };
  }
  if (content !== null) {
    const type = isSendable("content-type", content.type) ? content.type : "application/octet-stream";
    return { type: type === "" ? "application/octet-stream" : type, body: content.bytes };
  }
  return { type: JSON_TYPE, body: JSON.stringify(json["entry"] ?? null) };
}

/** The request to a Slack incoming webhook. */
export const slackRequest = (
  consumer: SlackConsumerRow,
  message: StoredMessage,
  template: string | undefined,
): DeliveryRequest => ({
  url: consumer.url,
  headers: { "user-agent": USER_AGENT, "content-type": JSON_TYPE },
  body: JSON.stringify({ text: slackText(message, template) }),
});
