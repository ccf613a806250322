// The API as its gateway calls it, and a tour through all that it can be asked.
import type { BundledFunction } from "./bundled.ts";

export type ApiAnswer = { statusCode: number; body: string; isBase64Encoded?: boolean };
type Request = {
  method: string;
  path: string;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
};

/** An event of payload format 2.0. */
const eventOf = ({ method, path, query = "", body, headers }: Request, token: string) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: query,
  headers: {
    host: "api.example",
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  },
  requestContext: {
    accountId: "123456789012",
    apiId: "api",
    domainName: "api.example",
    domainPrefix: "api",
    http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
    requestId: "request",
    routeKey: "$default",
    stage: "$default",
    time: "01/Jan/2026:00:00:00 +0000",
    timeEpoch: 1_767_225_600_000,
  },
  // A text is sent as it is: forms, feeds.
  ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  isBase64Encoded: false,
});

type WebSubCall = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];
const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** WebSub from all sides: its own subscriptions, consumers, the hub as others use it, and what all that makes due. */
function webSubCalls(base: string, receiverUrl: string): WebSubCall[] {
  const feed = `${receiverUrl}/feed`;
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  const wish = { "hub.topic": feed, "hub.callback": `${receiverUrl}/callback` };
  return [
    ["POST", `${base}/consumers`, { name: "mine", type: "http", url: receiverUrl }],
    [
      "POST",
      `${base}/consumers`,
      { name: "broken", type: "http", url: `${receiverUrl}/broken`, retry: { limit: 0 } },
    ],
    ["GET", `${base}/consumers`],
    ["GET", `${base}/consumers/mine`],
    ["POST", `${base}/subscriptions`, { id: "news", url: feed, hub: `${receiverUrl}/hub`, consumer: "mine" }],
    ["GET", `${base}/subscriptions`],
    ["POST", "/hub/shop", form({ ...wish, "hub.mode": "subscribe" }), FORM],
    ["POST", `${base}/trigger`, { budgetMs: 5_000 }],
    ["POST", "/hub/shop", form({ "hub.mode": "publish", "hub.url": feed }), FORM],
    ["POST", `${base}/topics/${feed}`, "<feed/>", { "content-type": "application/atom+xml" }],
    [
      "POST",
      `${base}/topics/https://hookclock.example/topics/shop/news`,
      "{}",
      { "content-type": "text/plain" },
    ],
    // The second takes the place of the first, which is removed.
    [
      "POST",
      `${base}/topics/https://hookclock.example/topics/shop/news`,
      "[]",
      { "content-type": "text/plain" },
    ],
    ["GET", "/topics/shop/news"],
    ["POST", `${base}/events`, { predicate: "orders.paid", payload: { order: 1 } }],
    ["POST", `${base}/consumers/mine/tell`, { message: "hello" }],
    ["POST", `${base}/consumers/broken/tell`, { message: "hello" }],
    ["GET", `${base}/delivery-stats`],
    ["GET", `${base}/hub/subscriptions`],
    ["POST", `${base}/trigger`, { budgetMs: 5_000 }],
    ["POST", `${base}/consumers/mine/replay`, { from: "2020-01-01T00:00:00Z", dryRun: true }],
    ["DELETE", `${base}/subscriptions/news`],
    ["DELETE", `${base}/consumers/mine`],
  ];
}

/** Asks for everything once. Answers each request with its status. */
export async function tourOfApi(
  api: BundledFunction,
  { token, receiverUrl }: { token: string; receiverUrl: string },
): Promise<string[]> {
  const statuses: string[] = [];
  const call = async (method: string, path: string, body?: unknown, query?: string, headers = {}) => {
    const request = { method, path, headers, ...(body === undefined ? {} : { body }) };
    const event = eventOf({ ...request, ...(query === undefined ? {} : { query }) }, token);
    const { statusCode, body: answered, isBase64Encoded } = (await api.call(event)) as ApiAnswer;
    const text = isBase64Encoded ? Buffer.from(answered, "base64").toString() : answered;
    statuses.push(`${statusCode} ${method} ${path}${query === undefined ? "" : `?${query}`}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const base = "/v1/namespaces/shop";
  const definition = (id?: string) => ({
    ...(id === undefined ? {} : { id }),
    request: { url: receiverUrl, method: "POST", body: { id } },
    scheduledDate: "2090-01-01T00:00:00Z",
  });
  for (const path of ["/health", "/ready", "/v1/me"]) await call("GET", path);
  await call("POST", `${base}/tasks`, definition("order-1"));
  await call("POST", `${base}/tasks`, definition("order-1"));
  await call("POST", `${base}/tasks`, definition(), undefined, { "idempotency-key": "once" });
  await call("POST", `${base}/tasks`, definition(), undefined, { "idempotency-key": "once" });
  const many = Array.from({ length: 40 }, (_, index) => definition(index < 20 ? `many-${index}` : undefined));
  // Refused after its idempotency record was begun: the record is taken back.
  await call("POST", `${base}/tasks/none/run`, undefined, undefined, { "idempotency-key": "refused" });
  await call("POST", `${base}/tasks/batch`, { tasks: many });
  await call("GET", `${base}/tasks`, undefined, "limit=5");
  await call("GET", `${base}/tasks`, undefined, "status=SUSPENDED");
  await call("GET", `${base}/tasks`, undefined, "idPrefix=many-");
  const task = `${base}/tasks/order-1`;
  await call("GET", task);
  await call("PATCH", task, { timeoutMs: 5_000 });
  for (const move of ["suspend", "unsuspend"]) await call("POST", `${task}/${move}`);
  await call("POST", `${task}/reschedule`, { scheduledDate: "2091-01-01T00:00:00Z" });
  await call("POST", `${task}/run`);
  const filter = { idPrefix: "many-" };
  for (const move of ["suspend", "unsuspend", "run"]) await call("POST", `${base}/bulk/${move}`, { filter });
  await call("POST", `${base}/trigger`, { budgetMs: 5_000 });
  await call("POST", `${base}/bulk/retry`, { filter: { ...filter, status: "DONE" } });
  await call("GET", `${base}/logs`);
  await call("GET", `${base}/logs`, undefined, "task=order-1");
  await call("GET", `${base}/stats`);
  await call("GET", `${base}/due`);
  await call("POST", "/v1/trigger", {});
  await call("GET", "/v1/due");
  await call("GET", "/v1/system/tables");
  await call("POST", "/v1/system/shards", { shards: 9 });
  const { key } = (await call("POST", "/v1/keys", {
    name: "second",
    namespaces: ["shop"],
    permission: "read",
  })) as { key?: { id?: string } };
  await call("GET", "/v1/keys");
  await call("DELETE", `/v1/keys/${key?.id ?? "?"}`);
  for (const [method, path, sent, headers] of webSubCalls(base, receiverUrl))
    await call(method, path, sent, undefined, headers);
  await call("DELETE", task);
  await call("POST", `${base}/bulk/delete`, { filter });
  return statuses;
}
