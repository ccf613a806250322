// A DynamoDB client that counts: requests on the wire, and the capacity units that the database says they used.
import { Agent } from "node:http";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Units by place: a table's own, or one of its indexes. */
export type Used = { operation: string; place: string; units: number };
export type Counts = {
  /** Requests sent, repeats included, by operation. */
  requests: Record<string, number>;
  /** Writes that the database refused because their condition did not hold, by operation. */
  refused: Record<string, number>;
  used: Used[];
};

type Consumed = {
  TableName?: string;
  CapacityUnits?: number;
  Table?: { CapacityUnits?: number };
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits?: number }>;
};

const MANAGEMENT = /^(Create|Describe|Update|Delete|List)(Table|TimeToLive|Tables)/;

/** The settings that the library gives its own client. */
export const plainClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 128 }) },
  });

/** What is counted. For `capacity` batches of statements are refused: see `countingClient`. */
export type Counting = "requests" | "capacity";

/**
 * DynamoDB Local does not say what a batch of statements used. DynamoDB bills each statement as the update that it
 * is, and DynamoDB Local counts those; so for capacity the library is made to send them as updates.
 */
export function countingClient(
  endpoint: string,
  counting: Counting,
): { client: DynamoDBClient; take(): Counts } {
  const client = plainClient(endpoint);
  let counts: Counts = { requests: {}, refused: {}, used: [] };
  const add = (to: Record<string, number>, name: string): void => {
    to[name] = (to[name] ?? 0) + 1;
  };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = (context.commandName ?? "").replace(/Command$/, "");
      if (MANAGEMENT.test(operation)) return next(args);
      if (counting === "capacity" && operation === "BatchExecuteStatement") {
        throw Object.assign(new Error("refused in order to be counted"), {
          name: "UnknownOperationException",
        });
      }
      try {
        const input = { ...args.input, ReturnConsumedCapacity: "INDEXES" };
        const result = await next({ ...args, input } as typeof args);
        const { ConsumedCapacity: consumed } = result.output as { ConsumedCapacity?: Consumed | Consumed[] };
        for (const one of consumed === undefined ? [] : [consumed].flat()) {
          counts.used.push(...usesOf(operation, one));
        }
        return result;
      } catch (error) {
        if ((error as Error).name === "ConditionalCheckFailedException") add(counts.refused, operation);
        throw error;
      }
    },
    { step: "initialize", name: "countCapacity" },
  );
  client.middlewareStack.add(
    (next, context) => (args) => {
      add(counts.requests, (context.commandName ?? "").replace(/Command$/, ""));
      return next(args);
    },
    { step: "deserialize", name: "countRequests" },
  );
  const take = (): Counts => {
    const taken = counts;
    counts = { requests: {}, refused: {}, used: [] };
    return taken;
  };
  return { client, take };
}

/** The whole as the database bills it, cut into the table's own part and its indexes'. */
function usesOf(operation: string, consumed: Consumed): Used[] {
  const table = consumed.TableName?.replace(/^.*-/, "") ?? "?";
  const indexes = Object.entries(consumed.GlobalSecondaryIndexes ?? {}).map(([name, index]) => ({
    operation,
    place: `${table}/${name}`,
    units: index.CapacityUnits ?? 0,
  }));
  const inIndexes = indexes.reduce((sum, { units }) => sum + units, 0);
  const own = (consumed.CapacityUnits ?? 0) - inIndexes;
  return [...(own > 0 ? [{ operation, place: table, units: own }] : []), ...indexes];
}

export const sumOf = (used: readonly Used[]): number => used.reduce((sum, { units }) => sum + units, 0);
export const requestsOf = ({ requests }: Counts): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0);

const READS = new Set(["GetItem", "BatchGetItem", "Query", "Scan"]);
export const readsOf = (used: readonly Used[]): Used[] =>
  used.filter(({ operation }) => READS.has(operation));
