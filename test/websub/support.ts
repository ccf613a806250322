// The product as others on the network see it: hub and callbacks behind a server on loopback, a local database, and a worker
// that is always on.
import { type Answer, type LocalDatabase, type ReceivedRequest, startReceiver } from "@hookclock/testkit";
import { createWebSub, Hooks, type WebSub, type WebSubOptions } from "hookclock";
import { watchTasks } from "./open-tasks.ts";

export type Product = AsyncDisposable & {
  webSub: WebSub;
  hooks: Hooks;
  /** Each namespace has a hub of its own. */
  hubUrl(namespace: string): string;
  /** Resolves when the namespace has no task under way and none that is due within a moment. */
  settled(namespace: string): Promise<void>;
  /** Where the newest request for this topic wants to be called; lists do not tell it whole. */
  callbackOf(topic: string): string;
};

type Reply = { status: number; headers?: Readonly<Record<string, string>>; body?: string | Uint8Array };

const flatHeaders = ({ headers }: ReceivedRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );

/** What requests for subscriptions named. */
class Callbacks {
  readonly #ofTopic = new Map<string, string>();
  note(body: Uint8Array): void {
    const form = new URLSearchParams(Buffer.from(body).toString());
    if (form.get("hub.mode") !== "subscribe") return;
    this.#ofTopic.set(form.get("hub.topic") ?? "", form.get("hub.callback") ?? "");
  }
  of(topic: string): string {
    return this.#ofTopic.get(topic) ?? "";
  }
}

/** Translates requests for the product's doors. */
const knock = async (
  { hub, subscriptions }: WebSub,
  request: ReceivedRequest,
  callbacks: Callbacks,
): Promise<Reply> => {
  const { method, headers, body } = request;
  const { pathname, searchParams: query } = new URL(request.url, "http://localhost");
  const [, door, namespace = "", id = "", token = ""] = pathname.split("/").map(decodeURIComponent);
  const place = { namespace, id, token };
  switch (`${method} ${door}`) {
    case "POST hub":
      callbacks.note(body);
      return hub.request({ namespace, contentType: headers["content-type"] ?? "", body });
    case "GET callbacks":
      return subscriptions.answerCheck({ ...place, query });
    case "POST callbacks":
      return subscriptions.receive({ ...place, headers: flatHeaders(request), body });
    case "GET topics":
      return (await hub.page({ url: request.url, headers: flatHeaders(request) })) ?? { status: 404 };
    default:
      return { status: 404 };
  }
};

let opened = 0;

export const startProduct = async (
  { endpoint }: LocalDatabase,
  options: Partial<WebSubOptions> = {},
): Promise<Product> => {
  opened += 1;
  const names = (table: string) => `${table}-${process.pid}-${opened}`;
  const common = { endpoint, createTable: true, egress: { allow: ["127.0.0.1"] } };
  const callbacks = new Callbacks();
  const receiver = await startReceiver(async (request): Promise<Answer> => {
    const { status, headers = {}, body = "" } = await knock(webSub, request, callbacks);
    return { status, headers: { ...headers }, body };
  });
  const webSub = createWebSub({
    ...common,
    baseUrl: receiver.url,
    stateTableName: names("state"),
    ...options,
  });
  const tasks = watchTasks();
  const hooks = new Hooks({
    ...common,
    tasksTableName: names("tasks"),
    logsTableName: names("logs"),
    handlers: (self: Hooks) => webSub.attach(tasks.through(self)),
    onEvent: tasks.onEvent,
  });
  await webSub.ready();
  const stop = new AbortController();
  const worker = hooks.run({ signal: stop.signal, graceMs: 0 });

  return {
    webSub,
    hooks,
    hubUrl: (namespace) => `${receiver.url}/hub/${namespace}`,
    settled: tasks.settled,
    callbackOf: (topic) => callbacks.of(topic),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await worker;
      await hooks.close();
      await webSub.close();
      await receiver.close();
    },
  };
};
