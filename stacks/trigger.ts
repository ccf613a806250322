import { arnOf, functionArgs, named, type Parts, tableNames } from "./function.ts";
import { runTasks, sendTo } from "./permissions.ts";
import type { Tables } from "./tables.ts";

type Needs = {
  tables: Tables;
  wakeQueue: sst.aws.Queue;
  signingSecret: $util.Output<string>;
  webSub: Parts["environment"];
};

/** Shortest age that Lambda and the scheduler let one ask for. */
const LATEST_TICK_S = 60;

/** One tick a minute: runs what is due, asks to be woken for what is due soon, and calls itself when that is too much for one. */
export function trigger({ tables, wakeQueue, signingSecret, webSub }: Needs) {
  const name = named("trigger");
  const self = arnOf("lambda", `function:${name}`);
  const args = functionArgs({
    name: "trigger",
    // It stops starting attempts after most of a minute. The rest is for those in flight: an attempt may take many minutes.
    timeout: "15 minutes",
    // Most of the time it waits, for a task or for a receiver, and waiting is paid by the megabyte. CPU comes with memory: 512
    // MB are three tenths of a core, so some 400 deliveries a second, and further invocations where that is too little.
    memory: "512 MB",
    environment: {
      ...tableNames(tables),
      ...webSub,
      HOOKCLOCK_WAKE_QUEUE_URL: wakeQueue.url,
      HOOKCLOCK_TRIGGER_FUNCTION: name,
      HOOKCLOCK_SIGNING_SECRETS: signingSecret,
    },
    permissions: [
      ...runTasks(tables),
      sendTo(wakeQueue),
      // By its name, not by the function itself: a role that waits for its own function would wait for ever.
      { actions: ["lambda:InvokeFunction"], resources: [self] },
    ],
  });
  const fn = new sst.aws.Function("Trigger", {
    ...args,
    // A tick that failed, and a group of shards that was dropped, have a successor within the minute which finds the same
    // rows: neither is repeated, and there is nothing in them to keep in a queue. The alarms count them.
    retries: 0,
    transform: { ...args.transform, eventInvokeConfig: { maximumEventAgeInSeconds: LATEST_TICK_S } },
  });
  return { fn, cron: everyMinute(fn) };
}

function everyMinute(fn: sst.aws.Function): sst.aws.CronV2 {
  return new sst.aws.CronV2("Tick", {
    schedule: "cron(* * * * ? *)",
    function: fn,
    // Only if Lambda does not take the call at all. What is older than a minute has been overtaken by the next tick.
    retries: 1,
    transform: {
      schedule(args) {
        args.target = $output(args.target).apply((target) => ({
          ...target,
          retryPolicy: { ...target.retryPolicy, maximumEventAgeInSeconds: LATEST_TICK_S },
        }));
      },
    },
  });
}
