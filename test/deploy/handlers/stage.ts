// A stage of its own: tables on a local database, a receiver, and functions that run from their bundles.
import { startReceiver } from "@hookclock/testkit";
import Hooks, { createApiState, createWebSub, type WebSub } from "hookclock";
import { type BundledFunction, startBundle } from "./bundled.ts";
import { type Need, startRecordingProxy } from "./recording-proxy.ts";

const NAMES = { tasks: "stage-tasks", logs: "stage-logs", api: "stage-api", state: "stage-state" };
const QUEUE_PATH = "/123456789012/stage-wake-ups";
/** What needs are on, in the words of the graph of resources. */
const RESOURCES: Record<string, string> = {
  [NAMES.tasks]: "{TasksTable}",
  [NAMES.logs]: "{LogsTable}",
  [NAMES.api]: "{ApiTable}",
  [NAMES.state]: "{StateTable}",
  [QUEUE_PATH]: "{WakeUpsQueue}",
};

export type Stage = AsyncDisposable & {
  receiverUrl: string;
  hooks: Hooks;
  /** On the tables of the stage, with tasks that its functions run. */
  webSub: WebSub;
  /** A key of everything. */
  token: string;
  start(name: string): Promise<BundledFunction>;
  /** What functions asked of AWS since the last time. */
  takeNeeds(): Need[];
  /** Operations of AWS that functions used since the last time, in order. */
  takeOperations(): string[];
  /** What functions put on the queue of wake-ups since the last time. */
  takeMessages(): string[];
};

export async function openStage(database: string): Promise<Stage> {
  // A subscriber says yes to what it is asked by repeating it.
  const receiver = await startReceiver(({ url }) => ({
    status: url.startsWith("/broken") ? 500 : 200,
    body: new URL(url, "http://receiver").searchParams.get("hub.challenge") ?? "ok",
  }));
  const proxy = await startRecordingProxy(database);
  const egress = { allow: ["127.0.0.1"] };
  const own = { endpoint: database, createTable: true };
  const webSub = createWebSub({ ...own, egress, stateTableName: NAMES.state, baseUrl: receiver.url });
  const hooks = new Hooks({
    ...{ ...own, tasksTableName: NAMES.tasks, logsTableName: NAMES.logs, egress },
    handlers: webSub.attach,
  });
  const state = createApiState({ ...own, apiTableName: NAMES.api });
  await Promise.all([hooks.ready(), webSub.ready()]);
  const { token } = await state.keys.create({ name: "first", namespaces: ["*"], permission: "admin" });
  const environment = {
    // DynamoDB Local keeps tables apart by region and key: these are those of the library on an emulator.
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: proxy.endpoint,
    HOOKCLOCK_STAGE: "check",
    HOOKCLOCK_LOG_LEVEL: "error",
    HOOKCLOCK_TASKS_TABLE: NAMES.tasks,
    HOOKCLOCK_LOGS_TABLE: NAMES.logs,
    HOOKCLOCK_API_TABLE: NAMES.api,
    HOOKCLOCK_STATE_TABLE: NAMES.state,
    HOOKCLOCK_BASE_URL: "https://hookclock.example",
    // The SDK sends to the address of the queue, wherever it is told that SQS lives.
    HOOKCLOCK_WAKE_QUEUE_URL: `${proxy.endpoint}${QUEUE_PATH}`,
    HOOKCLOCK_TRIGGER_FUNCTION: "hookclock-dev-trigger",
    HOOKCLOCK_SIGNING_SECRETS: "whsec_b25seSBmb3IgdGVzdHMsIG9ubHkgdGVzdHM=",
    HOOKCLOCK_EGRESS_ALLOW: egress.allow.join(),
  };
  return {
    receiverUrl: receiver.url,
    hooks,
    webSub,
    token,
    start: (name) => startBundle(name, environment),
    takeNeeds() {
      return proxy.take().map(({ action, on }) => {
        const [table = "", ...index] = on.startsWith("/") ? [on] : on.split("/");
        return { action, on: [RESOURCES[table] ?? table, ...index].join("/") };
      });
    },
    takeOperations: () => proxy.takeOperations(),
    takeMessages: () => proxy.takeMessages(),
    async [Symbol.asyncDispose]() {
      await hooks.close();
      await webSub.close();
      await state.close();
      await proxy[Symbol.asyncDispose]();
      await receiver.close();
    },
  };
}
