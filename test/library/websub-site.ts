// WebSub behind a real server on loopback: its doors, a page that is a topic, and a consumer.
import { type ReceivedRequest, type Receiver, startReceiver } from "@hookclock/testkit";
import { createWebSub, Hooks, type WebSub, type WebSubOptions } from "hookclock";
import { freshOptions, type TravelClock, travelClock } from "./support.ts";

type Reply = { status: number; headers?: Readonly<Record<string, string>>; body?: string };

export type Site = AsyncDisposable & {
  url: string;
  webSub: WebSub;
  hooks: Hooks;
  clock: TravelClock;
  /** What the feed at `/feed` shows. */
  feed: { text: string };
  /** Requests that came to the consumer at `/consumer`. */
  consumed: ReceivedRequest[];
  /** Runs what is due, and what follows from it, until nothing does. */
  settle(): Promise<void>;
};

let sites = 0;

/** One instance that is subscriber and hub at once, with hooks of its own, on a local database. */
export async function openSite(endpoint: string, options: Partial<WebSubOptions> = {}): Promise<Site> {
  sites += 1;
  const consumed: ReceivedRequest[] = [];
  const feed = { text: "" };
  const receiver: Receiver = await startReceiver((request) => answer(request));
  const { url } = receiver;
  const clock = travelClock();
  const webSub = createWebSub(
    {
      ...{ endpoint, createTable: true, baseUrl: url, egress: { allow: ["127.0.0.1"] } },
      stateTableName: `websub-${process.pid}-${sites}`,
      ...options,
    },
    { clock },
  );
  const hooks = new Hooks(freshOptions(endpoint, { handlers: webSub.attach }), { clock });

  const doors = async ({ method, url: path, headers, body }: ReceivedRequest): Promise<Reply> => {
    const { pathname, searchParams: query } = new URL(path, url);
    const [, door, namespace = "", id = "", token = ""] = pathname.split("/").map(decodeURIComponent);
    const contentType = headers["content-type"] ?? "";
    if (door === "hub") return webSub.hub.request({ namespace: namespace || "default", contentType, body });
    const place = { namespace, id, token };
    if (door === "callbacks" && method === "GET")
      return webSub.subscriptions.answerCheck({ ...place, query });
    if (door === "callbacks") return webSub.subscriptions.receive({ ...place, headers: flat(headers), body });
    return { status: 404 };
  };
  const answer = async (request: ReceivedRequest) => {
    if (request.url === "/feed") {
      const link = `<${url}/hub>; rel="hub", <${url}/feed>; rel="self"`;
      return { headers: { "content-type": "application/atom+xml", link }, body: feed.text };
    }
    if (request.url === "/consumer") {
      consumed.push(request);
      return 204;
    }
    const { status, headers = {}, body = "" } = await doors(request);
    return { status, headers: { ...headers }, body };
  };

  return {
    ...{ url, webSub, hooks, clock, feed, consumed },
    async settle() {
      let idle = 0;
      // A task may be registered for a moment later, so that what comes together is done together.
      while (idle < 3) {
        const { processed } = await hooks.trigger();
        idle = processed === 0 ? idle + 1 : 0;
        clock.jump(1_500);
      }
    },
    async [Symbol.asyncDispose]() {
      await hooks.close();
      await webSub.close();
      await receiver.close();
    },
  };
}

const flat = (headers: ReceivedRequest["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );

export const atom = (...titles: string[]): string => `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>urn:news</id><updated>2026-01-01T00:00:00Z</updated>
${titles.map((title) => `<entry><id>urn:${title}</id><title>${title}</title><updated>2026-01-01T00:00:00Z</updated></entry>`).join("\n")}
</feed>`;
