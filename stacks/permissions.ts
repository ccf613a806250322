// What each function may do, action by action. SST's `link` to a table would grant all of DynamoDB on it.
import type { Tables } from "./tables.ts";

type Statement = { actions: string[]; resources: $util.Input<string>[] };

/** At the start of a process: are the tables there, and do they fit? */
const CHECK = ["dynamodb:DescribeTable"];
/** One row, some rows, a range. Never a scan. */
const READ = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
/** Batches of conditional updates and inserts go as PartiQL statements, each of which needs its own permission. */
const WRITE = [
  "dynamodb:BatchWriteItem",
  "dynamodb:DeleteItem",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
];

const indexesOf = (arn: $util.Output<string>): $util.Output<string> => $interpolate`${arn}/index/*`;

/** To run tasks and write down what happened. */
export function runTasks({ tasks, logs }: Pick<Tables, "tasks" | "logs">): Statement[] {
  return [
    { actions: [...CHECK, ...READ, ...WRITE], resources: [tasks.arn] },
    { actions: ["dynamodb:Query"], resources: [indexesOf(tasks.arn)] },
    { actions: [...CHECK, "dynamodb:BatchWriteItem"], resources: [logs.arn] },
  ];
}

/** All that the API offers: what a worker may do, reading logs besides, and the API's own state. */
export function serveApi({ tasks, logs, api }: Tables): Statement[] {
  return [
    { actions: [...CHECK, ...READ, ...WRITE], resources: [tasks.arn] },
    { actions: ["dynamodb:Query"], resources: [indexesOf(tasks.arn)] },
    { actions: [...CHECK, ...READ, "dynamodb:BatchWriteItem"], resources: [logs.arn] },
    {
      actions: [
        ...CHECK,
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
      ],
      resources: [api.arn],
    },
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
