// The hub for who runs it: content of topics of one's own, events, and who is subscribed to what.
import { HookclockError, type Json } from "@hookclock/core";
import { publishedIdField } from "hookclock";
import * as z from "zod";
import { pageOfItems } from "../http/paging.ts";
import { defineRoute, ok, type Route } from "../route.ts";
import { listFields } from "../schemas/inputs.ts";
import { pageOf } from "../schemas/lists.ts";
import { hubSubscriptionSchema } from "../schemas/websub.ts";
import { resultOf, type StartKey, webSubOf } from "./support.ts";

const N = "/v1/namespaces/{namespace}";
const tag = "Hub";
const write = { scope: "namespace", permission: "write" } as const;
const publishedSchema = z.object({ id: z.string().describe("Of the update: yours, or one that was made.") });
const published = { 202: { description: "It will be distributed.", schema: publishedSchema } };
const ownId = publishedIdField.optional().describe("Makes a repeat no second update.");

const publishContent = defineRoute({
  ...{ method: "post", path: `${N}/topics/{id}`, operation: "publishContent", tag, access: write },
  idempotent: true,
  summary: "Publish content to a topic of your own",
  description:
    "The path holds the topic's URL, percent-encoded; the body is the content, of any type, and goes to all subscribers as it is. At a URL below `/topics/{namespace}/` of this API it is also shown, to everybody who may subscribe.",
  rawBody: true,
  example: "<feed/>",
  query: z.strictObject({ id: ownId }),
  problems: ["id-conflict"],
  answers: published,
  async handle({ deps, request, parameters: { namespace, id: topic }, query, bytes }) {
    const websub = webSubOf(deps);
    const id = await websub.hub.publishContent({
      ...{ namespace, topic, bytes },
      contentType: request.headers.get("content-type") ?? "application/octet-stream",
      ...(query.id === undefined ? {} : { id: query.id }),
    });
    return { status: 202, body: id };
  },
});

const eventBody = z.strictObject({
  predicate: z.string().optional().describe("A dotted topic such as `orders.paid`."),
  topic: z.string().optional().describe("The same as `predicate`."),
  payload: z.unknown().describe("Any JSON."),
  id: ownId,
});

const publishEvent = defineRoute({
  ...{ method: "post", path: `${N}/events`, operation: "publishEvent", tag, access: write, idempotent: true },
  summary: "Publish an event",
  description: "It goes once to each callback and each handler subscribed to its topic or one above it.",
  body: eventBody.openapi("NewEvent"),
  bodyName: "event",
  example: { predicate: "orders.paid", payload: { order: 17 } },
  problems: ["id-conflict", "body-too-large"],
  answers: published,
  async handle({ deps, parameters: { namespace }, body }) {
    const { predicate, topic, payload, id } = body;
    if (predicate !== undefined && topic !== undefined && predicate !== topic) {
      const allowed = "one of predicate and topic, or both the same";
      throw new HookclockError("invalid-input", `topic differs from predicate; allowed: ${allowed}`, {
        ...{ field: "topic", allowed },
      });
    }
    const event = { namespace, predicate: predicate ?? topic ?? "", payload: (payload ?? null) as Json };
    const { events } = webSubOf(deps);
    return { status: 202, body: await events.publish({ ...event, ...(id === undefined ? {} : { id }) }) };
  },
});

const list = defineRoute({
  ...{ method: "get", path: `${N}/hub/subscriptions`, operation: "listHubSubscriptions", tag },
  summary: "List who is subscribed to what",
  access: { scope: "namespace", permission: "read" },
  query: z.strictObject({
    topic: z.string().min(1).optional().describe("Only those of this topic, a URL or a dotted one."),
    ...listFields,
  }),
  answers: { 200: { description: "One page.", schema: pageOf(hubSubscriptionSchema) } },
  async handle(call) {
    const { namespace } = call.parameters;
    const { topic } = call.query;
    const { hub } = webSubOf(call.deps);
    const filter = { namespace, ...(topic === undefined ? {} : { topic }) };
    return ok(
      await pageOfItems(call, call.query, async (limit, start: StartKey | null) =>
        resultOf(await hub.list({ ...filter, limit, ...(start ?? {}) })),
      ),
    );
  },
});

const denial = z.strictObject({
  topic: z.string().min(1),
  callback: z.string().min(1).describe("The callback, whole, or the subscription's `id` from the list."),
  reason: z.string().max(500).default("").describe("For the subscriber, in plain words."),
});

const deny = defineRoute({
  ...{ method: "post", path: `${N}/hub/deny`, operation: "denyHubSubscription", tag, idempotent: true },
  summary: "End a subscription, or refuse a request for one",
  description: "The subscriber is told.",
  access: { scope: "namespace", permission: "admin" },
  body: denial.openapi("Denial"),
  example: { topic: "https://example.com/feed", callback: "https://other.example/cb", reason: "Not yours." },
  problems: ["not-found", "edit-conflict"],
  answers: { 202: { description: "It is ended.", schema: z.object({ denied: z.literal(true) }) } },
  async handle({ deps, parameters: { namespace }, body }) {
    if (await webSubOf(deps).hub.deny({ namespace, ...body })) return { status: 202, body: { denied: true } };
    throw new HookclockError("not-found", "there is no such subscription and no request for one", {
      field: "callback",
    });
  },
});

export const hubRoutes: Route[] = [publishContent, publishEvent, list, deny];
