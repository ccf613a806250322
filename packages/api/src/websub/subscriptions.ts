// Subscriptions to topics on the web: asked for, read, renewed, ended.
import { HookclockError } from "@hookclock/core";
import { type AddSubscription, newSubscription, type Subscription } from "hookclock";
import * as z from "zod";
import { pageOfItems } from "../http/paging.ts";
import { type Answer, defineRoute, ok, type Route } from "../route.ts";
import { listFields } from "../schemas/inputs.ts";
import { pageOf } from "../schemas/lists.ts";
import { SUBSCRIPTION_STATES, subscriptionSchema } from "../schemas/websub.ts";
import { resultOf, type StartKey, webSubOf } from "./support.ts";

const SUBSCRIPTIONS = "/v1/namespaces/{namespace}/subscriptions";
const SUBSCRIPTION = `${SUBSCRIPTIONS}/{id}`;
const tag = "Subscriptions";

const documented = newSubscription.omit({ namespace: true }).openapi("NewSubscription");
/** The library judges the fields; the document shows them. */
const anyBody = z.looseObject({});

const found = (subscription: Subscription | null): Answer => {
  if (subscription !== null) return ok(subscription);
  throw new HookclockError("not-found", "there is no subscription with this id in this namespace", {
    field: "id",
  });
};
const one = { 200: { description: "The subscription.", schema: subscriptionSchema } };

const add = defineRoute({
  ...{ method: "post", path: SUBSCRIPTIONS, operation: "addSubscription", tag, idempotent: true },
  summary: "Subscribe to a topic",
  description:
    "Finds the hub of a page or a feed, asks it, answers its check and keeps the lease alive. With an `id` of your own this is idempotent.",
  access: { scope: "namespace", permission: "write" },
  body: anyBody,
  documentedBody: documented,
  bodyName: "subscription",
  example: { id: "blog", url: "https://example.com/blog", consumer: "my-app" },
  problems: ["egress-refused", "id-conflict", "wrong-status"],
  answers: { 201: { description: "It is asked for.", schema: subscriptionSchema } },
  async handle({ deps, parameters: { namespace }, given }) {
    const input = { ...(given as AddSubscription), namespace };
    return { status: 201, body: await webSubOf(deps).subscriptions.add(input) };
  },
});

const list = defineRoute({
  ...{ method: "get", path: SUBSCRIPTIONS, operation: "listSubscriptions", tag },
  summary: "List subscriptions",
  access: { scope: "namespace", permission: "read" },
  query: z.strictObject({
    state: z.enum(SUBSCRIPTION_STATES).optional().describe("Only those in this state."),
    ...listFields,
  }),
  answers: { 200: { description: "One page, by id.", schema: pageOf(subscriptionSchema) } },
  async handle(call) {
    const { namespace } = call.parameters;
    const { state } = call.query;
    const { subscriptions } = webSubOf(call.deps);
    return ok(
      await pageOfItems(call, call.query, async (limit, start: StartKey | null) => {
        const filter = { namespace, limit, ...(state === undefined ? {} : { state }) };
        return resultOf(await subscriptions.list({ ...filter, ...(start ?? {}) }));
      }),
    );
  },
});

const read = defineRoute({
  ...{ method: "get", path: SUBSCRIPTION, operation: "getSubscription", tag },
  summary: "Read a subscription",
  access: { scope: "namespace", permission: "read" },
  answers: one,
  handle: async ({ deps, parameters }) => found(await webSubOf(deps).subscriptions.get(parameters)),
});

const renew = defineRoute({
  ...{ method: "post", path: `${SUBSCRIPTION}/renew`, operation: "renewSubscription", tag, idempotent: true },
  summary: "Ask the hub again, now",
  description: "Also brings back one that was denied, has expired, failed, or was ended.",
  access: { scope: "namespace", permission: "write" },
  problems: ["not-found", "wrong-status", "edit-conflict"],
  answers: one,
  handle: async ({ deps, parameters }) => ok(await webSubOf(deps).subscriptions.renew(parameters)),
});

const remove = defineRoute({
  ...{ method: "delete", path: SUBSCRIPTION, operation: "removeSubscription", tag },
  summary: "Unsubscribe",
  description: "The hub is asked, and asks back; what comes from now on is refused.",
  access: { scope: "namespace", permission: "write" },
  problems: ["not-found", "wrong-status", "edit-conflict"],
  answers: one,
  handle: async ({ deps, parameters }) => ok(await webSubOf(deps).subscriptions.remove(parameters)),
});

export const subscriptionRoutes: Route[] = [add, list, read, renew, remove];
