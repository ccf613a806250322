// What WebSub is set up with, as one schema.
import { check, refuse } from "@hookclock/core";
import type { HubPolicy, HubSettings, Settings, WebSubEvent } from "@hookclock/websub";
import * as z from "zod";
import { checkConnection } from "./connection.ts";
import { type HubAllow, policyOf } from "./hub-policy.ts";
import { type StateOptions, stateFields } from "./state.ts";

/** Only `baseUrl` is needed; everything else has a default. */
export type WebSubOptions = StateOptions & {
  /** Where callbacks and hub are reached from outside: `https://hooks.example.com`. */
  baseUrl: string;
  /** Private destinations that may be called: CIDR ranges, addresses or host names. Default none. */
  egress?: { allow?: string[] };
  /** Connections to one host, at most. Default 16. */
  hostConcurrency?: number;
  /** Content of a topic, a push or an event, bytes at most. Default 4 MiB; at most 16 MiB. */
  contentBytesMax?: number;
  /** The lease that is asked for, and the one the hub gives to who asks for none, seconds. Default ten days, or the bound next to it. */
  leaseSeconds?: number;
  /** No lease is renewed sooner after it was granted, seconds: shorter ones are left to end. Default 15. */
  renewAfterSeconds?: number;
  hub?: HubOptions;
  /** Told what becomes of subscriptions and consumers. What it throws is ignored. */
  onEvent?: (event: WebSubEvent) => void;
};
export type HubOptions = {
  /** Shortest lease that is granted, seconds. Default 300, or less where a lease that was said is. */
  leaseSecondsMin?: number;
  /** Longest lease that is granted, seconds. Default 30 days, or more where a lease that was said is; at most 365 days. */
  leaseSecondsMax?: number;
  /** Signs what is distributed to those who gave a secret. Default sha256; sha1 is for old subscribers. */
  signature?: HubSettings["signature"];
  /** Verifications under way for one callback host, at most. Default 50. */
  pendingPerHostMax?: number;
  /** Whether subscribers to dotted topics are asked for their intent. Default true. */
  verifyEvents?: boolean;
  /** Whether anybody may subscribe to events. Default false: who asks must have shown that the namespace is theirs. */
  openEvents?: boolean;
  /** Functions that refuse with a reason in plain words. */
  policy?: HubPolicy;
  /** The same as lists: what is not on a list is refused. */
  allow?: HubAllow;
  /** Whether what is published at an address of ours can be read there. Default: unless a policy keeps subscribers out. */
  publicPages?: boolean;
  /** Private destinations that the hub may call, where that differs: it calls what strangers name. Default `egress`. */
  egress?: { allow?: string[] };
};

const DAY_S = 86_400;
const LEASE_SECONDS = 10 * DAY_S;
const LEASE_SECONDS_MIN = 300;
const LEASE_SECONDS_MAX = 30 * DAY_S;
const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const isFunction = (value: unknown) => typeof value === "function";
const leaseSeconds = whole(1, 365 * DAY_S);
const judge = <Judge>() => z.custom<Judge>(isFunction, "a function").optional();
const text = z.string().min(1).max(2048);

const isBare = (url: string): boolean => {
  const { search, hash, username, password } = new URL(url);
  return search === "" && hash === "" && username === "" && password === "" && !/[?#]/.test(url);
};

const addresses = z.array(text).max(1_000).optional();
const egress = z.strictObject({ allow: z.array(text).default([]) });

const hubSchema = z.strictObject({
  leaseSecondsMin: leaseSeconds.optional(),
  leaseSecondsMax: leaseSeconds.optional(),
  signature: z.enum(["sha1", "sha256", "sha384", "sha512"]).default("sha256"),
  pendingPerHostMax: whole(1, 10_000).default(50),
  verifyEvents: z.boolean().default(true),
  openEvents: z.boolean().default(false),
  policy: z
    .strictObject({
      topic: judge<NonNullable<HubPolicy["topic"]>>(),
      callback: judge<NonNullable<HubPolicy["callback"]>>(),
      publisher: judge<NonNullable<HubPolicy["publisher"]>>(),
    })
    .default({}),
  allow: z
    .strictObject({ topics: addresses, callbacks: addresses, publishers: addresses })
    .default(() => ({})),
  publicPages: z.boolean().optional(),
  egress: egress.optional(),
});

const schema = z.strictObject({
  ...stateFields,
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .refine(isBare, "an http or https URL without credentials, query and fragment"),
  egress: egress.default({ allow: [] }),
  hostConcurrency: whole(1, 1_000).default(16),
  contentBytesMax: whole(1_024, 16 * 1024 * 1024).default(4 * 1024 * 1024),
  leaseSeconds: leaseSeconds.optional(),
  renewAfterSeconds: whole(1, 3_600).default(15),
  hub: hubSchema.default(() => hubSchema.parse({})),
  onEvent: z.custom<(event: WebSubEvent) => void>(isFunction, "a function").optional(),
});

export type CheckedWebSubOptions = z.output<typeof schema>;

/** The options with their defaults; `settings` are those that the parts of WebSub know. */
export function checkWebSubOptions(options: unknown) {
  const checked = check(schema, options, "options");
  checkConnection(checked);
  return { checked, settings: settingsOf(checked, leasesOf(checked)) };
}

type Leases = { leaseSeconds: number; leaseSecondsMin: number; leaseSecondsMax: number };

/** What is not said keeps to what is; what is said has to be in order. */
function leasesOf({ leaseSeconds, hub }: CheckedWebSubOptions): Leases {
  const said = leaseSeconds ?? hub.leaseSecondsMin ?? hub.leaseSecondsMax;
  const max = hub.leaseSecondsMax ?? Math.max(LEASE_SECONDS_MAX, said ?? 0);
  const min = hub.leaseSecondsMin ?? Math.min(LEASE_SECONDS_MIN, max, said ?? max);
  if (min > max) refuse("hub.leaseSecondsMin", min, `at most hub.leaseSecondsMax, which is ${max}`);
  const lease = leaseSeconds ?? Math.min(max, Math.max(min, LEASE_SECONDS));
  if (lease < min || lease > max) refuse("leaseSeconds", lease, `${min} to ${max}, the bounds of the hub`);
  return { leaseSeconds: lease, leaseSecondsMin: min, leaseSecondsMax: max };
}

function settingsOf(checked: CheckedWebSubOptions, leases: Leases): Settings {
  const { baseUrl, contentBytesMax, renewAfterSeconds, hub } = checked;
  const { leaseSeconds, ...bounds } = leases;
  const { policy: given, allow, egress: _egress, publicPages, ...ofHub } = hub;
  const policy = policyOf(allow, Object.fromEntries(Object.entries(given).filter(([, judge]) => judge)));
  return {
    baseUrl: baseUrl.replace(/\/+$/, ""),
    contentBytesMax,
    ...{ leaseSeconds, renewAfterSeconds },
    hub: { ...ofHub, ...bounds, policy, ...(publicPages === undefined ? {} : { publicPages }) },
  };
}
