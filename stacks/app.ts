// The groups of resources, and what each needs of the others.
import { bundles } from "./bundles.ts";
import { doorway, http } from "./http.ts";
import { operations } from "./operations.ts";
import { reactive } from "./reactive.ts";
import { secrets } from "./secrets.ts";
import { tables as makeTables } from "./tables.ts";
import { trigger } from "./trigger.ts";
import { webSubEnvironment } from "./websub.ts";

type Said = {
  alarmEmail: string | undefined;
  /** Of the deployment: settings of WebSub are taken from it. */
  environment: Readonly<Record<string, string | undefined>>;
};

/** Makes everything; what it returns is printed at the end of a deployment. */
export function app({ alarmEmail, environment }: Said) {
  bundles();
  const tables = makeTables();
  const { signingSecret } = secrets();
  const gateway = doorway();
  const webSub = { HOOKCLOCK_BASE_URL: gateway.url, ...webSubEnvironment(environment) };
  const queues = reactive({ tables, signingSecret, webSub });
  trigger({ tables, wakeQueue: queues.wakeQueue, signingSecret, webSub });
  const { url, apiId } = http({ tables, signingSecret, webSub, gateway });
  // Alarms and dashboards are what costs most while nothing is due: a personal stage goes without, unless somebody asks.
  const isWatched = $app.stage === "production" || Boolean(alarmEmail);
  const watch = isWatched ? operations({ tables, queues, apiId, email: alarmEmail }) : {};
  return {
    url,
    ...watch,
    // What the command line needs to make the first key.
    tasksTable: tables.tasks.name,
    logsTable: tables.logs.name,
    apiTable: tables.api.name,
    stateTable: tables.state.name,
  };
}
