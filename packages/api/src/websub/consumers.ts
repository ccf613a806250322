// Consumers, what is told to them and brought back, and the handlers that link sources to them.
import { HookclockError } from "@hookclock/core";
import {
  type ConsumerInput,
  type LinkInput,
  newConsumer,
  newHandler,
  newReplay,
  newTell,
  type ReplayInput,
  type TellInput,
} from "hookclock";
import * as z from "zod";
import { pageOfItems } from "../http/paging.ts";
import { type Answer, type Call, defineRoute, ok, type Route } from "../route.ts";
import { listFields } from "../schemas/inputs.ts";
import { pageOf } from "../schemas/lists.ts";
import {
  consumerSchema,
  deliveryStatsSchema,
  handlerSchema,
  replaySchema,
  savedConsumerSchema,
  shownConsumerSchema,
} from "../schemas/websub.ts";
import { consumerName, resultOf, type StartKey, webSubOf } from "./support.ts";

const N = "/v1/namespaces/{namespace}";
const CONSUMERS = `${N}/consumers`;
const CONSUMER = `${CONSUMERS}/{id}`;
const tag = "Consumers";
const write = { scope: "namespace", permission: "write" } as const;
const readOnly = { scope: "namespace", permission: "read" } as const;
/** The library judges the fields; the document shows them. */
const anyBody = z.looseObject({});

const found = <Thing>(thing: Thing | null, what = "consumer with this name"): Answer => {
  if (thing !== null) return ok(thing);
  throw new HookclockError("not-found", `there is no ${what} in this namespace`, { field: "id" });
};
const keyOf = ({ parameters }: Pick<Call<unknown, unknown>, "parameters">) => ({
  namespace: parameters.namespace,
  name: parameters.id,
});
const one = { 200: { description: "The consumer.", schema: consumerSchema } };
/** Also of one that cannot be read. */
const readableOrNot = { 200: { description: "The consumer.", schema: shownConsumerSchema } };

const put = defineRoute({
  ...{ method: "post", path: CONSUMERS, operation: "putConsumer", tag, idempotent: true },
  summary: "Make or change a consumer",
  description: "What is left out stays as it is. A signing secret that was made is shown this once.",
  access: write,
  body: anyBody,
  documentedBody: newConsumer,
  bodyName: "consumer",
  example: { name: "my-app", type: "http", url: "https://example.com/hooks/websub" },
  problems: ["egress-refused", "edit-conflict"],
  answers: {
    201: { description: "It was made.", schema: savedConsumerSchema },
    200: { description: "It was changed.", schema: savedConsumerSchema },
  },
  kept: ({ body, ...answer }) => ({ ...answer, body: { ...(body as object), secret: null } }),
  async handle({ deps, parameters: { namespace }, given }) {
    const input = { ...(given as ConsumerInput), namespace };
    const { created, ...saved } = await webSubOf(deps).consumers.put(input);
    return { status: created ? 201 : 200, body: saved };
  },
});

const list = defineRoute({
  ...{ method: "get", path: CONSUMERS, operation: "listConsumers", tag },
  summary: "List consumers",
  access: readOnly,
  query: z.strictObject(listFields),
  answers: { 200: { description: "One page, by name.", schema: pageOf(shownConsumerSchema) } },
  async handle(call) {
    const { consumers } = webSubOf(call.deps);
    const { namespace } = call.parameters;
    return ok(
      await pageOfItems(call, call.query, async (limit, start: StartKey | null) =>
        resultOf(await consumers.list({ namespace, limit, ...(start ?? {}) })),
      ),
    );
  },
});

const read = defineRoute({
  ...{ method: "get", path: CONSUMER, operation: "getConsumer", tag, access: readOnly },
  summary: "Read a consumer",
  answers: one,
  handle: async (call) => found(await webSubOf(call.deps).consumers.get(keyOf(call))),
});

const remove = defineRoute({
  ...{ method: "delete", path: CONSUMER, operation: "deleteConsumer", tag, access: write },
  summary: "Delete a consumer",
  description: "Its handlers stay: deliveries fail with `consumer-missing` and can be retried.",
  answers: readableOrNot,
  handle: async (call) => found(await webSubOf(call.deps).consumers.delete(keyOf(call))),
});

const enable = defineRoute({
  ...{ method: "post", path: `${CONSUMER}/enable`, operation: "enableConsumer", tag, access: write },
  idempotent: true,
  summary: "Switch a disabled consumer on again",
  problems: ["not-found", "edit-conflict"],
  answers: one,
  handle: async (call) => found(await webSubOf(call.deps).consumers.enable(keyOf(call))),
});

const disable = defineRoute({
  ...{ method: "post", path: `${CONSUMER}/disable`, operation: "disableConsumer", tag, access: write },
  idempotent: true,
  summary: "Switch a consumer off",
  description: "Its deliveries fail with `consumer-disabled` until it is enabled, and can then be replayed.",
  problems: ["not-found", "edit-conflict"],
  answers: one,
  handle: async (call) => found(await webSubOf(call.deps).consumers.disable(keyOf(call))),
});

const rotation = z.strictObject({
  secret: z.string().optional().describe("Made up unless given: `whsec_…`."),
  oldSecretMs: z.number().int().min(0).optional().describe("How long the old one signs along; a day."),
});

const rotate = defineRoute({
  ...{ method: "post", path: `${CONSUMER}/rotate`, operation: "rotateConsumerSecret", tag, access: write },
  idempotent: true,
  summary: "Give a consumer a new signing secret",
  body: rotation,
  bodyOptional: true,
  example: { oldSecretMs: 86_400_000 },
  problems: ["not-found", "edit-conflict"],
  answers: { 200: { description: "The secret is shown this once.", schema: savedConsumerSchema } },
  kept: ({ body, ...answer }) => ({ ...answer, body: { ...(body as object), secret: null } }),
  async handle(call) {
    const { secret, oldSecretMs } = call.body;
    const given = {
      ...(secret === undefined ? {} : { secret }),
      ...(oldSecretMs === undefined ? {} : { oldSecretMs }),
    };
    return found(await webSubOf(call.deps).consumers.rotateSecret({ ...keyOf(call), ...given }));
  },
});

const toldSchema = z.object({
  id: z.string(),
  taskId: z.string().describe("The task that delivers it."),
  consumer: z.enum(["enabled", "disabled", "missing"]),
});

const tell = defineRoute({
  ...{ method: "post", path: `${CONSUMER}/tell`, operation: "tellConsumer", tag, access: write },
  idempotent: true,
  summary: "Send a message to a consumer directly",
  description: "Where it is missing or disabled, the message waits as a failed task and can be retried.",
  body: anyBody,
  documentedBody: newTell.omit({ namespace: true, consumer: true }).openapi("Tell"),
  example: { message: "Deployed." },
  problems: ["row-too-large", "id-conflict"],
  answers: { 202: { description: "It will be delivered.", schema: toldSchema } },
  async handle({ deps, parameters: { namespace, id }, given }) {
    const input = { ...(given as TellInput), namespace, consumer: id };
    return { status: 202, body: await webSubOf(deps).consumers.tell(input) };
  },
});

const startedReplay = z.object({
  id: z.string().nullable().describe("Null when there is nothing to bring back, and of a dry run."),
  count: z.number().int().min(0),
});

const replay = defineRoute({
  ...{ method: "post", path: `${CONSUMER}/replay`, operation: "replayConsumer", tag, access: write },
  idempotent: true,
  summary: "Bring deliveries back",
  description: "Those of messages received between two instants, so many a second; a dry run counts them.",
  body: anyBody,
  documentedBody: newReplay.omit({ namespace: true, consumer: true }).openapi("NewReplay"),
  example: { from: "2030-01-31T10:00:00Z", dryRun: true },
  problems: ["not-found", "wrong-status"],
  answers: { 202: { description: "It is under way.", schema: startedReplay } },
  async handle({ deps, parameters: { namespace, id }, given }) {
    const input = { ...(given as ReplayInput), namespace, consumer: id };
    return { status: 202, body: await webSubOf(deps).consumers.replay(input) };
  },
});

const readReplay = defineRoute({
  ...{ method: "get", path: `${N}/replays/{id}`, operation: "getReplay", tag, access: readOnly },
  summary: "How far a replay has come",
  answers: { 200: { description: "The replay.", schema: replaySchema } },
  handle: async ({ deps, parameters }) =>
    found(await webSubOf(deps).consumers.getReplay(parameters), "replay with this id"),
});

const stats = defineRoute({
  ...{ method: "get", path: `${N}/delivery-stats`, operation: "deliveryStats", tag, access: readOnly },
  summary: "Count deliveries by consumer",
  answers: { 200: { description: "The counts.", schema: deliveryStatsSchema } },
  handle: async ({ deps, parameters: { namespace } }) =>
    ok(await webSubOf(deps).consumers.stats({ namespace })),
});

const link = defineRoute({
  ...{ method: "post", path: `${N}/handlers`, operation: "linkHandler", tag, access: write },
  idempotent: true,
  summary: "Link a subscription or an event topic to a consumer",
  description: "The same source and id again replaces the handler.",
  body: anyBody,
  documentedBody: newHandler.omit({ namespace: true }).openapi("NewHandler"),
  bodyName: "handler",
  example: {
    source: { subscription: "blog" },
    consumer: "my-app",
    filter: { path: "entry.title", contains: "release" },
    template: "{{entry.title}}: {{entry.url}}",
  },
  answers: {
    201: { description: "It was made.", schema: handlerSchema },
    200: { description: "It was replaced.", schema: handlerSchema },
  },
  async handle({ deps, parameters: { namespace }, given }) {
    const { created, handler } = await webSubOf(deps).consumers.link({ ...(given as LinkInput), namespace });
    return { status: created ? 201 : 200, body: handler };
  },
});

const sourceFields = {
  subscription: z.string().min(1).optional().describe("Of the subscription with this id."),
  event: z.string().min(1).optional().describe("Of this dotted topic."),
};
type SourceQuery = { subscription?: string | undefined; event?: string | undefined };

function sourceOf({ subscription, event }: SourceQuery) {
  if (subscription !== undefined && event !== undefined) {
    const allowed = "one of subscription and event";
    throw new HookclockError("invalid-input", `event stands beside subscription; allowed: ${allowed}`, {
      ...{ field: "event", allowed },
    });
  }
  if (subscription !== undefined) return { subscription };
  return event === undefined ? undefined : { event };
}

const listHandlers = defineRoute({
  ...{ method: "get", path: `${N}/handlers`, operation: "listHandlers", tag, access: readOnly },
  summary: "List handlers",
  query: z.strictObject({
    ...sourceFields,
    consumer: consumerName.optional().describe("Only those to this consumer."),
    ...listFields,
  }),
  answers: { 200: { description: "One page.", schema: pageOf(handlerSchema) } },
  async handle(call) {
    const { namespace } = call.parameters;
    const { consumer } = call.query;
    const source = sourceOf(call.query);
    const filter = {
      namespace,
      ...(source === undefined ? {} : { source }),
      ...(consumer === undefined ? {} : { consumer }),
    };
    const { consumers } = webSubOf(call.deps);
    return ok(
      await pageOfItems(call, call.query, async (limit, start: StartKey | null) =>
        resultOf(await consumers.listHandlers({ ...filter, limit, ...(start ?? {}) })),
      ),
    );
  },
});

const unlink = defineRoute({
  ...{ method: "delete", path: `${N}/handlers/{id}`, operation: "unlinkHandler", tag, access: write },
  summary: "Remove a handler of a source",
  query: z.strictObject(sourceFields),
  answers: { 200: { description: "The handler, as it was.", schema: handlerSchema } },
  async handle({ deps, parameters: { namespace, id }, query }) {
    const source = sourceOf(query);
    if (source === undefined) {
      const allowed = "subscription or event";
      throw new HookclockError("invalid-input", `the source is missing; allowed: ${allowed}`, {
        ...{ field: "subscription", allowed },
      });
    }
    return found(await webSubOf(deps).consumers.unlink({ namespace, source, id }), "handler with this id");
  },
});

export const consumerRoutes: Route[] = [
  ...[put, list, read, remove, enable, disable, rotate, tell, replay, readReplay, stats],
  ...[link, listHandlers, unlink],
];
