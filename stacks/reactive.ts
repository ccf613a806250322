import { functionArgs, type Parts, tableNames } from "./function.ts";
import { readStreamOf, receiveFrom, runTasks, sendTo } from "./permissions.ts";
import type { Tables } from "./tables.ts";

type Needs = { tables: Tables; signingSecret: $util.Output<string>; webSub: Parts["environment"] };

const DEAD_LETTER_RETENTION_S = 14 * 86_400;
const WAKE_RETENTION_S = 86_400;
/** Lambda and SQS both want this: six times the function's time-out before a message is shown again. */
const VISIBILITY_FACTOR = 6;
const WAKE_TIMEOUT_MINUTES = 15;

/** Between two ticks: the stream says what was registered for soon, the queue wakes somebody at the moment. */
export function reactive({ tables, signingSecret, webSub }: Needs) {
  const wakeDeadLetters = deadLetters("WakeDeadLetters");
  const reactDeadLetters = deadLetters("ReactDeadLetters");
  const wakeQueue = new sst.aws.Queue("WakeUps", {
    visibilityTimeout: `${WAKE_TIMEOUT_MINUTES * VISIBILITY_FACTOR} minutes`,
    // Five tries, as AWS advises, since those that Lambda throttled count too; by then ticks have run the shard many times.
    // What ends there is a sign of a fault, not a lost task.
    dlq: { queue: wakeDeadLetters.arn, retry: 5 },
    transform: { queue: { messageRetentionSeconds: WAKE_RETENTION_S } },
  });
  subscribeWake(wakeQueue, { tables, signingSecret, webSub });
  subscribeReact({ tables, wakeQueue, reactDeadLetters });
  return { wakeQueue, wakeDeadLetters, reactDeadLetters };
}

const deadLetters = (name: string): sst.aws.Queue =>
  new sst.aws.Queue(name, { transform: { queue: { messageRetentionSeconds: DEAD_LETTER_RETENTION_S } } });

function subscribeWake(wakeQueue: sst.aws.Queue, { tables, signingSecret, webSub }: Needs): void {
  const args = functionArgs({
    name: "wake",
    // As the trigger: starts attempts for some seconds only, and then waits for those in flight.
    timeout: `${WAKE_TIMEOUT_MINUTES} minutes`,
    // A lonely task costs two to three seconds of waiting here, the largest part of its bill.
    memory: "512 MB",
    environment: {
      ...tableNames(tables),
      ...webSub,
      HOOKCLOCK_SIGNING_SECRETS: signingSecret,
    },
    permissions: [receiveFrom(wakeQueue), ...runTasks(tables)],
  });
  wakeQueue.subscribe(new sst.aws.Function("Wake", args).arn, {
    // Wake-ups that come together name the same few shards: one invocation runs them all. No window: it would be lateness.
    batch: { size: 10, partialResponses: true },
    transform: {
      // One invocation keeps 50 attempts in flight; those that wait for slow receivers must leave room for others.
      eventSourceMapping: { scalingConfig: { maximumConcurrency: 50 } },
    },
  });
}

type ReactNeeds = { tables: Tables; wakeQueue: sst.aws.Queue; reactDeadLetters: sst.aws.Queue };

function subscribeReact({ tables, wakeQueue, reactDeadLetters }: ReactNeeds): void {
  const args = functionArgs({
    name: "react",
    // It reads records and sends messages: both are done in less than a second.
    timeout: "30 seconds",
    memory: "512 MB",
    environment: { HOOKCLOCK_WAKE_QUEUE_URL: wakeQueue.url },
    permissions: [readStreamOf(tables.tasks), sendTo(wakeQueue), sendTo(reactDeadLetters)],
  });
  tables.tasks.subscribe("React", new sst.aws.Function("React", args).arn, {
    // Finished and suspended rows have no due time, leases and the like are not tasks: dropped before anything is invoked
    // or paid. How soon is soon moves with the clock, which a filter does not know; the function looks at that.
    filters: [
      {
        dynamodb: {
          NewImage: {
            dueAt: { N: [{ exists: true }] },
            namespace: { S: [{ "anything-but": ["#hookclock"] }] },
          },
        },
      },
    ],
    transform: {
      eventSourceMapping: {
        batchSize: 500,
        // A window would make every task that is due at once late by as much; under load batches fill by themselves.
        maximumBatchingWindowInSeconds: 0,
        // Order does not matter and a batch takes a fraction of a second: one reader keeps up with a shard of the stream.
        parallelizationFactor: 1,
        functionResponseTypes: ["ReportBatchItemFailures"],
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: 3,
        // After two minutes a tick has seen the row itself, so an older record has nothing to tell.
        maximumRecordAgeInSeconds: 120,
        destinationConfig: { onFailure: { destinationArn: reactDeadLetters.arn } },
      },
    },
  });
}
