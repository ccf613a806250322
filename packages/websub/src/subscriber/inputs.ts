// What the user may say to the subscriber, checked.
import { check, idField, namespaceField, refuse } from "@hookclock/core";
import * as z from "zod";
import { consumerNameField } from "../consumers/consumer-input.ts";
import { listFields } from "../consumers/list-query.ts";
import { secretProblem } from "../signature.ts";
import { SUBSCRIPTION_STATES, type Wish } from "./subscription.ts";

const ID_BYTES_MAX = 128;
const LEASE_S_MAX = 365 * 86_400;
const POLL_S_MIN = 10;
const POLL_S_MAX = 30 * 86_400;

const id = idField.refine((text) => Buffer.byteLength(text) <= ID_BYTES_MAX, `at most ${ID_BYTES_MAX} bytes`);
const url = z.string().min(1);

/** What `add` takes. */
export const newSubscription = z.strictObject({
  namespace: namespaceField,
  url: url.describe("A page, a feed, or the topic itself."),
  id: id.optional().describe("Made, if left out. The same call with the same id is the same subscription."),
  hub: url.optional().describe("Asks this hub without looking for one: the URL is the topic then."),
  leaseSeconds: z.number().int().min(1).max(LEASE_S_MAX).optional().describe("A wish; the hub decides."),
  secret: z
    .union([z.boolean(), z.string()])
    .optional()
    .describe(
      "Left out, one is made for hubs that are spoken to over HTTPS; true makes one for every hub, false for none.",
    ),
  legacyVerifyToken: z.boolean().optional().describe("For hubs of the time before the standard."),
  poll: z
    .strictObject({ everySeconds: z.number().int().min(POLL_S_MIN).max(POLL_S_MAX) })
    .optional()
    .describe("Where there is no hub, the topic is looked at so often."),
  onBadSignature: z
    .enum(["refuse", "ignore"])
    .optional()
    .describe("Content with a bad signature is never taken; `ignore` does not tell its sender so."),
  rotateCallback: z.boolean().optional().describe("Every lease has a callback of its own. Default true."),
  consumer: consumerNameField
    .optional()
    .describe("Gets what comes from the very first on; linked unless it is already."),
});
export type AddInput = z.input<typeof newSubscription>;

const keySchema = z.object({ namespace: namespaceField, id });
const listSchema = z.strictObject({
  ...listFields,
  state: z.enum(SUBSCRIPTION_STATES).optional(),
});
export type ListInput = z.input<typeof listSchema>;

export const checkKey = (input: unknown): { namespace: string; id: string } =>
  check(keySchema, input, "subscription");
export const checkList = (input: unknown) => check(listSchema, input, "subscriptions");

/** `defaultLeaseSeconds`: what is asked for unless the user says otherwise. */
export function checkAdd(input: unknown, defaultLeaseSeconds: number) {
  const given = check(newSubscription, input, "subscription");
  const { namespace, secret } = given;
  if (typeof secret === "string") {
    const problem = secretProblem(secret);
    if (problem !== null) refuse("secret", undefined, `a text of 1 to 199 bytes; it ${problem}`);
  }
  const wish: Wish = {
    leaseSeconds: given.leaseSeconds ?? defaultLeaseSeconds,
    secret: secret === undefined ? "auto" : secret === false ? "never" : "always",
    legacyVerifyToken: given.legacyVerifyToken ?? false,
    onBadSignature: given.onBadSignature ?? "refuse",
    rotateCallback: given.rotateCallback ?? true,
  };
  if (given.hub !== undefined) wish.hub = given.hub;
  if (typeof secret === "string") wish.secretText = secret;
  if (given.poll !== undefined) wish.pollSeconds = given.poll.everySeconds;
  return { namespace, id: given.id, url: given.url, wish, consumer: given.consumer };
}
