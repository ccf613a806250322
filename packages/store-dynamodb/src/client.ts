// The one DynamoDB client of a store, and what is asked of it beyond the SDK's defaults.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { DatedAnswer } from "@hookclock/core";

export type ConnectionOptions = {
  region?: string | undefined;
  /** Left out: the default provider chain (role, environment, profile); with an `endpoint`: dummy keys. */
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
  sessionToken?: string | undefined;
  /** Of an emulator or a VPC endpoint. */
  endpoint?: string | undefined;
};

/** Requests of this store in flight at once; more wait for a socket. */
const SOCKETS_MAX = 128;
const CONNECT_TIMEOUT_MS = 2_000;
/** A healthy table answers in milliseconds: beyond this another try is the better chance. */
const REQUEST_TIMEOUT_MS = 8_000;
const ATTEMPTS_MAX = 5;
/** Emulators take any keys, but the SDK will not sign without some. */
const DUMMY_KEYS = { accessKeyId: "local", secretAccessKey: "local" };
const EMULATOR_REGION = "us-east-1";

export function makeClient(options: ConnectionOptions): DynamoDBClient {
  const { accessKeyId, secretAccessKey, sessionToken, endpoint } = options;
  const config: DynamoDBClientConfig = {
    maxAttempts: ATTEMPTS_MAX,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
    },
  };
  if (options.region !== undefined) config.region = options.region;
  if (endpoint !== undefined) {
    config.endpoint = endpoint;
    config.region ??= EMULATOR_REGION;
  }
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    config.credentials = {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    };
  } else if (endpoint !== undefined) {
    config.credentials = DUMMY_KEYS;
  }
  const client = new DynamoDBClient(config);
  // There is no logger, yet it copies every request and answer for one: a tenth of what a call costs.
  client.middlewareStack.remove("loggerMiddleware");
  return client;
}

/** What one request used, as the database counts it. */
export type Capacity = {
  operation: string;
  table: string;
  /** Request units, indexes included. */
  units: number;
  /** Units of each index, by name. */
  indexes: Record<string, number>;
};

type Consumed = {
  TableName?: string;
  CapacityUnits?: number;
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits?: number }>;
};

/** Requests that cannot tell what they used. */
const WITHOUT_CAPACITY = /^(Create|Describe|Update|Delete|List)(Table|TimeToLive|Tables)/;

/** Asks every request what it used and reports it. Costs a few percent: for measuring, not for always. */
export function watchCapacity(client: DynamoDBClient, onCapacity: (used: Capacity) => void): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = (context.commandName ?? "").replace(/Command$/, "");
      if (WITHOUT_CAPACITY.test(operation)) return next(args);
      const input = { ...args.input, ReturnConsumedCapacity: "INDEXES" };
      const result = await next({ ...args, input } as typeof args);
      const { ConsumedCapacity: consumed } = result.output as { ConsumedCapacity?: Consumed | Consumed[] };
      for (const one of consumed === undefined ? [] : [consumed].flat()) {
        const indexes: Record<string, number> = {};
        for (const [name, index] of Object.entries(one.GlobalSecondaryIndexes ?? {})) {
          indexes[name] = index.CapacityUnits ?? 0;
        }
        onCapacity({ operation, table: one.TableName ?? "", units: one.CapacityUnits ?? 0, indexes });
      }
      return result;
    },
    { step: "initialize", name: "watchCapacity", override: true },
  );
}

let watches = 0;

/** Reports the date of every answer, with the instants it was asked for and arrived. Returns what takes that back. */
export function watchDates(
  client: DynamoDBClient,
  now: () => number,
  onDate: (answer: DatedAnswer) => void,
): () => void {
  watches += 1;
  const name = `watchDates${watches}`;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = now();
      const result = await next(args);
      const headers = (result.response as { headers?: Record<string, string> } | undefined)?.headers;
      const dateMs = Date.parse(headers?.["date"] ?? "");
      if (!Number.isNaN(dateMs)) onDate({ dateMs, sentAt, receivedAt: now() });
      return result;
    },
    { step: "deserialize", name },
  );
  return () => {
    client.middlewareStack.remove(name);
  };
}
