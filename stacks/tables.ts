import {
  API_SHAPE,
  LOGS_SHAPE,
  STATE_SHAPE,
  TASKS_SHAPE,
  type TableShape,
} from "../packages/store-dynamodb/src/shapes.ts";

export type Tables = ReturnType<typeof tables>;

const isProduction = (): boolean => $app.stage === "production";

/** What SST's component wants to know of a table. Fields are the attributes of keys, of the table and its indexes alone. */
function dynamoArgs(shape: TableShape): sst.aws.DynamoArgs {
  const keys = [shape, ...shape.indexes].flatMap(({ partition, sort }) => [partition, sort]);
  const indexes = shape.indexes.map(({ name, partition, sort, includes }) => [
    name,
    {
      hashKey: partition.name,
      rangeKey: sort.name,
      projection: includes.length === 0 ? ("keys-only" as const) : [...includes],
    },
  ]);
  return {
    fields: Object.fromEntries(keys.map(({ name, type }) => [name, type === "N" ? "number" : "string"])),
    primaryIndex: { hashKey: shape.partition.name, rangeKey: shape.sort.name },
    globalIndexes: Object.fromEntries(indexes),
    ...(shape.ttl === undefined ? {} : { ttl: shape.ttl }),
    // Against a wrong click in the console: production's rows are somebody's work. SST adds point-in-time recovery itself.
    deletionProtection: isProduction(),
  };
}

/** On demand, so that nothing is paid for while nothing is due, and no capacity has to be guessed. */
export function tables() {
  return {
    // New images are all that `react` asks for: when is this row due, and in which shard.
    tasks: new sst.aws.Dynamo("Tasks", { ...dynamoArgs(TASKS_SHAPE), stream: "new-image" }),
    logs: new sst.aws.Dynamo("Logs", dynamoArgs(LOGS_SHAPE)),
    api: new sst.aws.Dynamo("Api", dynamoArgs(API_SHAPE)),
    state: new sst.aws.Dynamo("State", dynamoArgs(STATE_SHAPE)),
  };
}
