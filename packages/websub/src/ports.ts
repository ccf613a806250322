// What the WebSub part needs from the outside, and what its parts need from each other.
import type { HookclockError, Json, RegisterInput, Status, TaskKey } from "@hookclock/core";
import type { Clock, DocumentStore, Random, WebClient } from "@hookclock/engine";

/** The engine as a source of outbound actions. Class `Hooks` fits. */
export interface Tasks {
  /** Idempotent by id: the same content again is the same task; other content rejects with `id-conflict`. */
  register(task: RegisterInput): Promise<unknown>;
  /** Result by position. */
  registerMany(
    tasks: readonly RegisterInput[],
  ): Promise<readonly ({ ok: true } | { ok: false; error: HookclockError })[]>;
  /** Null when there is none. */
  delete(key: TaskKey): Promise<unknown>;
  /** A page of the tasks of a filter, with an id prefix in the order of ids. */
  fetch(
    query: TaskQuery,
  ): Promise<{ items: readonly { id: string; status: Status }[]; lastEvaluatedKey: TaskPosition | null }>;
  /** Brings back every FAILED task of the filter, or every DONE one with `status: "DONE"`; `limit` are looked at. */
  retryMany(
    query: TaskQuery & { dryRun?: boolean },
  ): Promise<{ count: number; lastEvaluatedKey: TaskPosition | null }>;
}
export type TaskQuery = {
  namespace: string;
  /** Prefix of the id. */
  id?: string;
  status?: Status;
  /** Inclusive bounds on the scheduled date. */
  from?: Date;
  to?: Date;
  limit?: number;
  startKey?: TaskPosition | null;
};
/** After the last task of the page before. */
export type TaskPosition = TaskKey & { scheduledDate?: string };

/** What everything here is made from, wired once. */
export type World = {
  documents: DocumentStore;
  web: WebClient;
  tasks: Tasks;
  clock: Clock;
  random: Random;
  /** As many random bytes as asked for, fit for secrets. */
  randomBytes: (size: number) => Uint8Array;
  newId: () => string;
  settings: Settings;
  /** Tells whoever runs this what happened. Never holds a secret or content. */
  emit: (event: WebSubEvent) => void;
};

export type Settings = {
  /** Where the callbacks and the hub can be reached from outside, without a slash at the end. */
  baseUrl: string;
  /** Content of a topic, a push or a published event, bytes at most. */
  contentBytesMax: number;
  /** The lease that is asked for unless said otherwise, and the one a hub gives by default, seconds. */
  leaseSeconds: number;
  /** A lease is renewed at the earliest so long after it was granted, seconds. Default 15. */
  renewAfterSeconds?: number;
  hub: HubSettings;
};
export type HubSettings = {
  leaseSecondsMin: number;
  leaseSecondsMax: number;
  signature: "sha1" | "sha256" | "sha384" | "sha512";
  /** Verifications under way for one callback host, at most. */
  pendingPerHostMax: number;
  /** Whether dotted topics ask for the subscriber's intent. */
  verifyEvents: boolean;
  /** Whether anybody may subscribe to events; else who asks must be known to the namespace. Default false. */
  openEvents?: boolean;
  /** Each refuses by resolving with a reason, in plain words; resolves with null when it is fine. */
  policy: HubPolicy;
  /** Whether content at our own addresses can be read there. Undefined: what anybody may subscribe to. */
  publicPages?: boolean;
};
export type HubPolicy = {
  topic?: (topic: string, namespace: string) => Promise<string | null> | string | null;
  callback?: (callback: string, namespace: string) => Promise<string | null> | string | null;
  /** Who may ping, by topic. Without it: topics that have subscriptions are fetched, others are ignored. */
  publisher?: (topic: string, namespace: string) => Promise<string | null> | string | null;
};

/** Words for what happened; the dotted ones are published as events of the namespace too. */
export type WebSubEvent = {
  type:
    | "subscription.active"
    | "subscription.denied"
    | "subscription.expired"
    | "subscription.unsubscribed"
    | "subscription.failed"
    | "consumer.disabled"
    | "push.refused"
    | "hub.verified"
    | "hub.denied"
    | "hub.ended";
  namespace: string;
  /** Of the subscription or the consumer. */
  id: string;
  /** For people. */
  message: string;
};

/** A message for consumers: one entry of a feed, one opaque push, or one event. */
export type Message = {
  namespace: string;
  /** Unique in the namespace; the same entry in the same version has the same id. */
  id: string;
  /** Where it came from: a subscription, or a dotted topic of the namespace. */
  source: { subscription: string } | { event: string };
  /** URL of the topic, or the event's predicate. */
  topic: string;
  receivedAt: number;
  entry: Entry | null;
  /** What came as one piece: its type and its bytes. Entries of a feed have none. */
  content: { type: string; bytes: Uint8Array } | null;
};

/** One entry of a feed, whatever the feed's format. Absence is a missing field. */
export type Entry = {
  /** The feed's own id of it; its link, or a hash of its content, where it has none. */
  id: string;
  /** Changes when the entry does: its date of update, or a hash of its content. */
  version: string;
  title?: string;
  url?: string;
  author?: string;
  summary?: string;
  /** Markup as it came. */
  content?: string;
  publishedAt?: number;
  updatedAt?: number;
  categories?: string[];
  /** Content or summary were too long to be kept whole: what is here is their beginning. */
  cut?: true;
};

/** Hands messages on to the consumers that handlers link to their source. */
export interface MessageSink {
  /** Durable when it resolves. A message that was there before makes no new deliveries. */
  accept(messages: readonly Message[]): Promise<{ accepted: number }>;
}

/** Links a subscription to a consumer. */
export interface ConsumerLinker {
  /** A handler of that source and id that is there stays as it is, filter and template included. */
  linkOnce(link: { namespace: string; source: { subscription: string }; consumer: string }): Promise<unknown>;
}

/** Publishes an event of the namespace to its dotted topic. */
export interface EventPublisher {
  publish(event: {
    namespace: string;
    predicate: string;
    payload: Json;
    id?: string;
  }): Promise<{ id: string }>;
}

/** An answer for whoever asked over HTTP, transport left open. */
export type WebReply = {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
};
/** The same where content is handed on as it came. */
export type ContentReply = Omit<WebReply, "body"> & { body?: Uint8Array };
