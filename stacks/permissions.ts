// What each function may do, action by action. SST's `link` to a table would grant all of DynamoDB on it.
import type { Tables } from "./tables.ts";

type Statement = { actions: string[]; resources: $util.Input<string>[] };

const dynamodb = (...actions: string[]): string[] => actions.map((action) => `dynamodb:${action}`);
const indexesOf = (table: sst.aws.Dynamo): $util.Output<string> => $interpolate`${table.arn}/index/*`;

/** Rows are looked up in indexes and read by key; never a scan. `DescribeTable`: do the tables fit, asked at each start. */
const READ_TASKS = dynamodb("BatchGetItem", "DescribeTable", "GetItem");
/** A task's next state: alone, or in a batch of conditional statements, which need a permission of their own. */
const MOVE_TASKS = dynamodb("PartiQLUpdate", "UpdateItem");

/**
 * WebSub's tasks make further ones, alone or in a batch; a replay looks for those it brings back by their ids, and takes
 * its own task away when it is over.
 */
const MAKE_TASKS = dynamodb("DeleteItem", "PartiQLInsert", "PutItem", "Query");

/** Documents come and go, by key or by the page. */
const keepState = ({ state }: Pick<Tables, "state">): Statement => ({
  actions: dynamodb(
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "PutItem",
    "Query",
    "UpdateItem",
  ),
  resources: [state.arn],
});

/**
 * To run tasks and write down what happened. Most rows only change; those of WebSub make further ones.
 */
export function runTasks({ tasks, logs, state }: Pick<Tables, "tasks" | "logs" | "state">): Statement[] {
  return [
    { actions: [...READ_TASKS, ...MOVE_TASKS, ...MAKE_TASKS], resources: [tasks.arn] },
    { actions: dynamodb("Query"), resources: [indexesOf(tasks)] },
    { actions: dynamodb("BatchWriteItem", "DescribeTable"), resources: [logs.arn] },
    keepState({ state }),
  ];
}

/** All that the API offers: tasks come and go, logs are read, and there is the API's own state. */
export function serveApi({ tasks, logs, api, state }: Tables): Statement[] {
  return [
    {
      actions: [
        ...READ_TASKS,
        ...MOVE_TASKS,
        ...dynamodb("BatchWriteItem", "DeleteItem", "PartiQLInsert", "PutItem", "Query"),
      ],
      resources: [tasks.arn],
    },
    { actions: dynamodb("Query"), resources: [indexesOf(tasks)] },
    { actions: dynamodb("BatchGetItem", "BatchWriteItem", "DescribeTable", "Query"), resources: [logs.arn] },
    {
      actions: dynamodb("DeleteItem", "DescribeTable", "GetItem", "Query", "UpdateItem"),
      resources: [api.arn],
    },
    keepState({ state }),
  ];
}

export const sendTo = (queue: sst.aws.Queue): Statement => ({
  actions: ["sqs:SendMessage"],
  resources: [queue.arn],
});

/** What Lambda needs, in the function's name, to read the queue that starts it. */
export const receiveFrom = (queue: sst.aws.Queue): Statement => ({
  actions: [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
  ],
  resources: [queue.arn],
});

/** The same for the stream of a table. */
export const readStreamOf = (table: sst.aws.Dynamo): Statement => ({
  actions: [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
  ],
  resources: [table.nodes.table.streamArn],
});
