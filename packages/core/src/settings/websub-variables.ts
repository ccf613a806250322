// Names of what WebSub can be told by the environment. Loads nothing: the stacks hand these on to the functions.

export const WEBSUB_VARIABLES = {
  contentBytesMax: "HOOKCLOCK_CONTENT_BYTES_MAX",
  leaseSeconds: "HOOKCLOCK_LEASE_SECONDS",
  leaseSecondsMin: "HOOKCLOCK_HUB_LEASE_SECONDS_MIN",
  leaseSecondsMax: "HOOKCLOCK_HUB_LEASE_SECONDS_MAX",
  signature: "HOOKCLOCK_HUB_SIGNATURE",
  verifyEvents: "HOOKCLOCK_HUB_VERIFY_EVENTS",
  openEvents: "HOOKCLOCK_HUB_OPEN_EVENTS",
  topics: "HOOKCLOCK_HUB_TOPICS",
  callbacks: "HOOKCLOCK_HUB_CALLBACKS",
  publishers: "HOOKCLOCK_HUB_PUBLISHERS",
  publicPages: "HOOKCLOCK_HUB_PUBLIC_PAGES",
} as const;
export type WebSubVariable = keyof typeof WEBSUB_VARIABLES;
