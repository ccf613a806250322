// A subscription as its row holds it. What its hub agreed to (lease) lives apart from what is being asked for (request).
import * as z from "zod";

export const SUBSCRIPTION_STATES = [
  "pending", // asked for, not agreed to yet
  "active", // agreed to: content comes until the lease ends
  "renewing", // still agreed to, and asked for again
  "polling", // there is no hub: the topic is looked at from time to time
  "unsubscribing", // still agreed to, but not wanted any more
  "denied", // the hub said no, maybe to what it had agreed to before
  "expired", // the lease ended before it was renewed
  "unsubscribed", // ended on our wish
  "failed", // could not be asked for, or the hub never asked back
] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

const instant = z.number().int();
const count = z.number().int().min(0);

/** What the user wants, as given to `add`. */
const wishSchema = z.object({
  /** Asked without discovery; the URL is the topic then. */
  hub: z.string().optional(),
  leaseSeconds: count,
  /** `auto`: whenever the hub is spoken to over HTTPS. */
  secret: z.enum(["auto", "always", "never"]),
  /** The user's own; without it one is made. */
  secretText: z.string().optional(),
  legacyVerifyToken: z.boolean(),
  pollSeconds: count.optional(),
  onBadSignature: z.enum(["refuse", "ignore"]),
  rotateCallback: z.boolean(),
});
export type Wish = z.infer<typeof wishSchema>;

/** Where a request goes and what it names. */
const aimSchema = z.object({
  topic: z.string(),
  hub: z.string(),
  /** Last part of the callback: who knows it, is the hub. */
  token: z.string(),
  secret: z.string().optional(),
});
export type Aim = z.infer<typeof aimSchema>;

const MODES = ["subscribe", "unsubscribe"] as const;
const requestSchema = z.object({
  /** Counts all requests of the subscription. */
  number: count,
  mode: z.enum(MODES),
  /** Id of the task that makes it; any other is out of date. */
  task: z.string(),
  begunAt: instant,
  /** The task has given up by then. */
  until: instant,
  /** How many went before it in vain. */
  tries: count,
  /** Unknown until the topic was looked at. */
  aim: aimSchema.optional(),
  /** Only for hubs of the time before the standard. */
  verifyToken: z.string().optional(),
  /** When the hub took it. */
  acceptedAt: instant.optional(),
});
export type Request = z.infer<typeof requestSchema>;
export type Mode = Request["mode"];

const leaseSchema = aimSchema.extend({
  leaseSeconds: count,
  confirmedAt: instant,
  expiresAt: instant,
  renewAt: instant,
});
export type Lease = z.infer<typeof leaseSchema>;

/** A callback of before. The hub may still push to it, until its lease ends or it is told that it is over. */
const formerSchema = z.object({
  token: z.string(),
  secret: z.string().optional(),
  until: instant,
  isOver: z.boolean(),
});
export type Former = z.infer<typeof formerSchema>;

const pollSchema = z.object({
  task: z.string(),
  /** Of the last content: sent along to be told "not modified". */
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  hash: z.string().optional(),
  /** How many different contents were seen. */
  contents: count,
  /** Where the content is, behind all redirects. */
  finalUrl: z.string().optional(),
  lookedAt: instant.optional(),
  /** When a hub was asked that had turned up meanwhile. */
  askedAt: instant.optional(),
  /** Until when we were asked to stay away. */
  notBefore: instant.optional(),
});
export type Poll = z.infer<typeof pollSchema>;

export const subscriptionSchema = z.object({
  namespace: z.string(),
  id: z.string(),
  /** What the user gave: a page, a feed or a topic. */
  url: z.string(),
  wish: wishSchema,
  state: z.enum(SUBSCRIPTION_STATES),
  createdAt: instant,
  /** How many requests were begun. */
  requests: count,
  request: requestSchema.optional(),
  lease: leaseSchema.optional(),
  former: z.array(formerSchema),
  /** The check that was answered last: a hub that lost the answer may ask once more. */
  answered: z.object({ mode: z.enum(MODES), topic: z.string(), token: z.string(), at: instant }).optional(),
  poll: pollSchema.optional(),
  error: z.object({ at: instant, word: z.string(), message: z.string() }).optional(),
  /** How many changes of state there were. */
  moves: count,
  /** The latest of them, oldest first. */
  history: z.array(z.object({ number: count, state: z.enum(SUBSCRIPTION_STATES), at: instant })),
});
export type Subscription = z.infer<typeof subscriptionSchema>;

/** What both sides agreed to and neither has ended: content of these is taken. */
export const takesContent = ({ state, lease }: Subscription): boolean =>
  lease !== undefined && (state === "active" || state === "renewing");

/** Nothing is asked for and nothing comes, until somebody asks again. */
export const isEnded = ({ state }: Pick<Subscription, "state">): boolean =>
  state === "denied" || state === "expired" || state === "unsubscribed" || state === "failed";
