// The demo's receiver: answers by path, on loopback, and checks signatures the way a user of webhooks would.
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Blog } from "./blog.ts";
import { DEMO_SECRET, SLOW_MS } from "./plan.ts";

export type DemoReceiver = {
  url: string;
  signed: { verified: number; refused: number };
  /** A page and its feed at `/blog` and `/feed`, and its reader at `/entry`. */
  blog: Blog;
  close(): Promise<void>;
};

const FLAKY_FAILURES = 2;
const TEXT = "text/plain";
type Reply = readonly [status: number, text: string, type?: string];

/** `hubUrl`: the hub that the feed names. */
export async function startDemoReceiver(
  sleep: (ms: number) => Promise<void>,
  hubUrl: string,
): Promise<DemoReceiver> {
  const blog = new Blog(hubUrl);
  const signed = { verified: 0, refused: 0 };
  let flakyCount = 0;
  let url = "";
  const answer = async (path: string, headers: IncomingHttpHeaders, body: string): Promise<Reply> => {
    switch (path) {
      case "/ok":
        return [200, "ok"];
      case "/slow":
        await sleep(SLOW_MS);
        return [200, "done at last"];
      case "/flaky":
        flakyCount += 1;
        return flakyCount % (FLAKY_FAILURES + 1) === 0 ? [200, "ok this time"] : [503, "try again"];
      case "/down":
        return [500, "broken"];
      case "/gone":
        return [410, "nobody here any more"];
      case "/signed": {
        const genuine = isGenuine(headers, body, DEMO_SECRET);
        signed[genuine ? "verified" : "refused"] += 1;
        return genuine ? [200, "signature verified"] : [401, "signature refused"];
      }
      case "/blog":
        return [200, blog.page(url), "text/html; charset=utf-8"];
      case "/feed":
        return [200, blog.feed(url), "application/atom+xml"];
      case "/entry": {
        const genuine = isGenuine(headers, body, DEMO_SECRET);
        blog.take(body, genuine);
        return genuine ? [200, "read"] : [401, "signature refused"];
      }
      default:
        return [404, "no such path"];
    }
  };
  const server = createServer((request, response) => {
    void handle(request, response, answer).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, signed, blog },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const BODY_BYTES_MAX = 64 * 1024;

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (path: string, headers: IncomingHttpHeaders, body: string) => Promise<Reply>,
): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) return void request.destroy();
    chunks.push(chunk as Buffer);
  }
  const { pathname } = new URL(request.url ?? "/", "http://receiver");
  const [status, text, type = TEXT] = await answer(
    pathname,
    request.headers,
    Buffer.concat(chunks).toString(),
  );
  response.writeHead(status, { "content-type": type }).end(text);
}

/** Standard Webhooks, scheme v1: HMAC-SHA256 over `id.timestamp.body`, any one of the listed signatures. */
export function isGenuine(headers: IncomingHttpHeaders, body: string, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = createHmac("sha256", key).update(content).digest();
  const given = String(headers["webhook-signature"] ?? "").split(" ");
  return given.some((signature) => {
    const [version, text = ""] = signature.split(",");
    const bytes = Buffer.from(text, "base64");
    return version === "v1" && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}
