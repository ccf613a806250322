// Consumers as a user makes, sees and changes them.
import { check, HookclockError, LIMITS, namespaceField, parseSecret } from "@hookclock/core";
import * as z from "zod";
import type { World } from "../ports.ts";
import { type Consumer, type ConsumerRow, type ShownConsumer, toConsumer } from "./consumer.ts";
import {
  type ConsumerInput,
  checkConsumer,
  consumerKeySchema,
  consumerNameField,
  consumerRow,
} from "./consumer-input.ts";
import type { ConsumerKey, ConsumerRepository } from "./consumer-repository.ts";
import { CONSUMER_DEFAULTS } from "./limits.ts";
import { type ListPage, type ListQuery, listFields } from "./list-query.ts";

/** `secret` is shown this once, when one was made up. */
export type PutResult = { created: boolean; consumer: Consumer; secret: string | null };
export type RotateInput = {
  namespace: string;
  name: string;
  /** Made up unless given. */
  secret?: string;
  /** How long the old one signs along, default a day; 0 ends it now, and those before it. */
  oldSecretMs?: number;
};

/** All methods reject with a HookclockError; bad input changes nothing. No answer holds a secret but the one just made. */
export type ConsumerRegistry = {
  /** Makes a consumer, or changes the one of that name: what is left out stays as it is. */
  put(input: ConsumerInput): Promise<PutResult>;
  get(key: ConsumerKey): Promise<Consumer | null>;
  /** By name. One that cannot be read is shown as such, among the others. */
  list(query: ListQuery): Promise<ListPage<ShownConsumer>>;
  /** Its handlers stay: deliveries fail with `consumer-missing`, and can be retried once it is there again. */
  delete(key: ConsumerKey): Promise<ShownConsumer | null>;
  /** Switches a disabled consumer on again, with a clean slate. What failed meanwhile is brought back by `replay`. */
  enable(key: ConsumerKey): Promise<Consumer | null>;
  /** Deliveries fail with `consumer-disabled` until it is enabled. */
  disable(key: ConsumerKey): Promise<Consumer | null>;
  /** A new signing secret; the old one signs along for a while, so that receivers can change over. */
  rotateSecret(input: RotateInput): Promise<{ consumer: Consumer; secret: string } | null>;
};

const listSchema = z.strictObject(listFields);
const rotateSchema = z.strictObject({
  namespace: namespaceField,
  name: consumerNameField,
  secret: z.string().optional(),
  oldSecretMs: z.number().int().min(0).max(LIMITS.retryMaxMsMax).default(CONSUMER_DEFAULTS.oldSecretMs),
});
const SECRET_BYTES = 32;

export function makeRegistry(world: World, consumers: ConsumerRepository): ConsumerRegistry {
  const { clock, newId } = world;
  const view = (namespace: string, row: ConsumerRow): Consumer => toConsumer(namespace, row, clock.now());
  const shown = (namespace: string, name: string, row: ConsumerRow | HookclockError): ShownConsumer =>
    row instanceof HookclockError
      ? { ...{ namespace, name, type: null, enabled: false }, problem: row.message }
      : view(namespace, row);
  const keyOf = (key: unknown): ConsumerKey => {
    const { namespace, name } = check(consumerKeySchema, key, "key");
    return { namespace, name };
  };

  /** Null when there is no such consumer. */
  async function edit(key: ConsumerKey, move: (row: ConsumerRow) => ConsumerRow): Promise<Consumer | null> {
    let there: ConsumerRow | null = null;
    await consumers.change(key, (before) => {
      there = before === null ? null : move(before);
      return there;
    });
    return there === null ? null : view(key.namespace, there);
  }

  return {
    put: async (input) => put(world, consumers, input),

    async get(key) {
      const { namespace, name } = keyOf(key);
      const row = await consumers.get({ namespace, name });
      return row === null ? null : view(namespace, row);
    },

    async list(query) {
      const { namespace, limit, startKey = null } = check(listSchema, query, "list");
      const { found, after } = await consumers.page(namespace, limit, startKey);
      return { items: found.map(({ name, row }) => shown(namespace, name, row)), nextKey: after };
    },

    async delete(key) {
      const { namespace, name } = keyOf(key);
      const row = await consumers.look({ namespace, name });
      await consumers.remove({ namespace, name });
      return row === null ? null : shown(namespace, name, row);
    },

    async enable(key) {
      const checked = keyOf(key);
      // Before it is on: a crash in between leaves a disabled consumer, to be enabled once more.
      await consumers.clearFailures(checked);
      return edit(checked, ({ disabled, ...row }) =>
        disabled === undefined ? row : { ...row, epoch: newId(), updatedAt: clock.now() },
      );
    },

    disable: (key) =>
      edit(keyOf(key), (row) => {
        const now = clock.now();
        const disabled = { at: now, reason: "by-hand" as const, message: "somebody disabled it" };
        return { ...row, disabled: row.disabled ?? disabled, updatedAt: now };
      }),

    async rotateSecret(input) {
      const { namespace, name, oldSecretMs, secret: given } = check(rotateSchema, input, "rotateSecret");
      if (given !== undefined) parseSecret(given, "secret");
      const secret = given ?? newSecret(world);
      const consumer = await edit({ namespace, name }, (row) =>
        rotated(row, secret, oldSecretMs, clock.now()),
      );
      return consumer === null ? null : { consumer, secret };
    },
  };
}

const newSecret = ({ randomBytes }: World): string =>
  `whsec_${Buffer.from(randomBytes(SECRET_BYTES)).toString("base64")}`;

async function put(world: World, consumers: ConsumerRepository, input: ConsumerInput): Promise<PutResult> {
  const { clock, web, newId } = world;
  const given = checkConsumer(input, web.egress);
  const key = { namespace: given.namespace, name: given.name };
  let created = false;
  let secret: string | null = null;
  const saved = await consumers.change(key, (before) => {
    created = before === null;
    secret = null;
    const makeSecret = (): string => {
      secret = newSecret(world);
      return secret;
    };
    return consumerRow(given, before, { now: clock.now(), epoch: newId(), newSecret: makeSecret });
  });
  // Those of another one that had this name, under way when it was removed.
  if (created) await consumers.clearFailures(key);
  if (saved === null) throw new HookclockError("store-refused", "the consumer was not saved");
  return { created, consumer: toConsumer(key.namespace, saved, clock.now()), secret };
}

/** How many of those before a new secret may sign along, when rotations come close together. */
const OLD_SECRETS_MAX = 4;

/** The row with a new current secret. What signed until now signs along for `oldSecretMs`, or as long as it was promised. */
function rotated(row: ConsumerRow, secret: string, oldSecretMs: number, now: number): ConsumerRow {
  if (row.type !== "http") {
    throw new HookclockError(
      "invalid-input",
      `consumer "${row.name}" is of type ${row.type}; allowed: a consumer of type http, others sign nothing`,
      { field: "name" },
    );
  }
  const [current] = row.secrets;
  // The same once more, after an answer that was lost: the rotation is under way already.
  if (current?.secret === secret) return row;
  const old = row.secrets.map((one) => ({ endsAt: now + oldSecretMs, ...one }));
  const kept = old.filter((one) => oldSecretMs > 0 && one.endsAt > now && one.secret !== secret);
  return { ...row, secrets: [{ secret }, ...kept.slice(0, OLD_SECRETS_MAX)], updatedAt: now };
}
