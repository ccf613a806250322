// The product as its own counterpart: a site whose pages name our hub, subscriptions of ours to them, and a consumer that
// checks what it gets with the reference library of Standard Webhooks.
import { type Answer, type LocalDatabase, type ReceivedRequest, startReceiver } from "@hookclock/testkit";
import type { MessageFilter, WebSubOptions } from "hookclock";
import { Webhook } from "standardwebhooks";
import { startProduct } from "./support.ts";

export type Page = {
  type: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
  status?: number;
};
/** What a consumer got: an envelope whose signature was right. */
export type Envelope = {
  type: string;
  data: {
    topic: string;
    entry: { id: string; title?: string; summary?: string } | null;
    content: { type: string; sizeBytes: number; text?: string; base64?: string } | null;
  };
};

export type Circle = Awaited<ReturnType<typeof openCircle>>;

export const openCircle = async (database: LocalDatabase, options: Partial<WebSubOptions> = {}) => {
  const pages = new Map<string, Page>();
  const got = new Map<string, ReceivedRequest[]>();
  const site = await startReceiver((request): Answer => {
    const { method, url } = request;
    if (method === "POST") {
      got.set(url, [...(got.get(url) ?? []), request]);
      return 204;
    }
    const page = pages.get(url.replace(/\?.*/, ""));
    if (page === undefined) return 404;
    const { type, body, status = 200, headers } = page;
    return { status, headers: { "content-type": type, ...headers }, body };
  });
  const product = await startProduct(database, options);
  const { webSub } = product;
  const secrets = new Map<string, string>();

  const topicOf = (namespace: string): string => `${site.url}/${namespace}/topic`;
  const hubLinks = (namespace: string, hub = product.hubUrl(namespace)): string =>
    `<${hub}>; rel="hub", <${topicOf(namespace)}>; rel="self"`;

  return {
    ...{ product, webSub, site, topicOf },
    /** Shows something at the topic of the namespace, with links to its hub. */
    show(namespace: string, type: string, body: string | Uint8Array): void {
      pages.set(`/${namespace}/topic`, { type, body, headers: { link: hubLinks(namespace) } });
    },
    /** Any other page; `path` begins with a slash. */
    showAt: (path: string, page: Page): void => void pages.set(path, page),
    /** A consumer of the namespace that gets what the subscription brings. */
    async consume(namespace: string, filter?: MessageFilter): Promise<void> {
      const url = `${site.url}/${namespace}/consumer`;
      const made = await webSub.consumers.put({ namespace, name: "mine", type: "http", url });
      secrets.set(namespace, made.secret ?? "");
      const link = { namespace, source: { subscription: "news" }, consumer: "mine" };
      await webSub.consumers.link(filter === undefined ? link : { ...link, filter });
    },
    /** Subscribed, as far as it can be, when it resolves. */
    async subscribe(namespace: string, url = topicOf(namespace), leaseSeconds = 3_600) {
      await webSub.subscriptions.add({ namespace, id: "news", url, leaseSeconds, secret: true });
      await product.settled(namespace);
      return webSub.subscriptions.get({ namespace, id: "news" });
    },
    /** Knocks at the hub as others do; resolves with its answer. */
    async knock(namespace: string, fields: Record<string, string>) {
      const body = new URLSearchParams(fields);
      const answer = await fetch(product.hubUrl(namespace), { method: "POST", body });
      return { status: answer.status, text: await answer.text() };
    },
    /** Says that the topic changed; all that follows is over when it resolves. */
    async ping(namespace: string): Promise<number> {
      const { status } = await this.knock(namespace, {
        "hub.mode": "publish",
        "hub.topic": topicOf(namespace),
      });
      await product.settled(namespace);
      return status;
    },
    /** What the consumer got so far. Throws when a signature is wrong. */
    received(namespace: string): Envelope[] {
      const webhook = new Webhook(secrets.get(namespace) ?? "");
      return (got.get(`/${namespace}/consumer`) ?? []).map(
        ({ body, headers }) => webhook.verify(body, headers as Record<string, string>) as Envelope,
      );
    },
    /** Where our hub reaches the newest subscription of ours. */
    callback: (namespace: string): string => product.callbackOf(topicOf(namespace)),
    async [Symbol.asyncDispose]() {
      await product[Symbol.asyncDispose]();
      await site.close();
    },
  };
};

/** An Atom feed; an entry is its id and its title. */
export const atom = (entries: readonly (readonly [string, string])[], prolog = ""): string =>
  `<?xml version="1.0" encoding="utf-8"?>${prolog}
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>urn:news</id><updated>2026-01-01T00:00:00Z</updated>
${entries.map(([id, title]) => `<entry><id>${id}</id><title>${title}</title><updated>2026-01-01T00:00:00Z</updated></entry>`).join("\n")}
</feed>`;
