import type { ServerResponse } from "node:http";
import type { HookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import type { Connection } from "./connection.ts";
import { type StreamedLog, streamLogs } from "./log-stream.ts";
import { json, type PaperApi, paperApi, problem } from "./test-api.ts";

const logEvent = (id: string) =>
  `event: log\nid: c-${id}\ndata: ${JSON.stringify({ namespace: "n", id, taskId: "t", status: "SUCCESS" })}\n\n`;
/** A stream that says this and then ends, or breaks. */
const streamOf =
  (text: string, how: "end" | "destroy" | "stay" = "end") =>
  (_request: unknown, response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(text, () => {
      if (how === "end") response.end();
      // After the write has left this process, so that the client has seen it.
      if (how === "destroy") setImmediate(() => response.destroy());
    });
    return undefined;
  };
const take = async (stream: AsyncIterable<StreamedLog>, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { log, cursor } of stream) {
    ids.push(`${log.id} ${cursor}`);
    if (ids.length === count) break;
  }
  return ids;
};
const urls = ({ server }: PaperApi) => server.requests.map(({ url }) => url);

test("streams follow each other, each from where the last one ended", async () => {
  await using api = await paperApi([
    streamOf(`: alive\n\n${logEvent("1")}retry: 700\n\n${logEvent("2")}`),
    streamOf("event: other\ndata: {}\n\n"),
    problem(503, "store-unavailable"),
    streamOf(logEvent("3"), "stay"),
  ]);
  const question = { namespace: "n", taskId: "t", status: "SUCCESS", from: "2030-01-01" } as const;
  expect(await take(api.hooks.logStream(question), 3)).toEqual(["1 c-1", "2 c-2", "3 c-3"]);
  const first = "/v1/namespaces/n/logs/stream?task=t&status=SUCCESS&from=2030-01-01T00%3A00%3A00.000Z";
  expect(urls(api)).toEqual([first, `${first}&cursor=c-2`, `${first}&cursor=c-2`, `${first}&cursor=c-2`]);
  expect(api.waits).toEqual([700, 500, 1_000]);
});

test("one that breaks before its first log begins again where it was, by its first event or a sign of life", async () => {
  await using api = await paperApi([
    streamOf("event: start\nid: c-start\ndata: {}\n\n", "destroy"),
    streamOf("id: c-beat\n\n"),
    streamOf(logEvent("1"), "stay"),
  ]);
  expect(await take(api.hooks.logStream({ namespace: "n" }), 1)).toEqual(["1 c-1"]);
  const path = "/v1/namespaces/n/logs/stream";
  expect(urls(api)).toEqual([path, `${path}?cursor=c-start`, `${path}?cursor=c-beat`]);
});

test("a given cursor goes along", async () => {
  await using api = await paperApi(streamOf(logEvent("9"), "stay"));
  await take(api.hooks.logStream({ namespace: "n", cursor: "c-8" }), 1);
  expect(urls(api)).toEqual(["/v1/namespaces/n/logs/stream?cursor=c-8"]);
});

test("a refusal ends it at once, a broken API after some tries", async () => {
  await using revoked = await paperApi([streamOf(logEvent("1")), problem(401, "unauthenticated")]);
  await expect(take(revoked.hooks.logStream({ namespace: "n" }), 9)).rejects.toMatchObject({
    code: "unauthenticated",
  });
  expect(revoked.server.requests).toHaveLength(2);
  await using broken = await paperApi(streamOf("", "destroy"));
  await expect(take(broken.hooks.logStream({ namespace: "n" }), 1)).rejects.toMatchObject({
    code: "api-unreachable",
  });
  expect(broken.server.requests).toHaveLength(6);
  await using other = await paperApi(json(200, {}));
  await expect(take(other.hooks.logStream({ namespace: "n" }), 1)).rejects.toMatchObject({
    code: "api-unreachable",
  });
});

/** A stream that gives its pieces as they are asked for, and then breaks. */
const breakingAfter = (pieces: readonly (() => string)[]): Response => {
  const left = [...pieces];
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = left.shift();
        if (piece === undefined) controller.error(new TypeError("terminated"));
        else controller.enqueue(Buffer.from(piece()));
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

test.each([
  ["quiet streams that lived for a while are no broken API, however many are cut", 15_000, "1 c-1"],
  ["streams that break as soon as they have begun are one", 0, "api-unreachable"],
])("%s", async (_what, beatAfterMs, outcome) => {
  let nowMs = 0;
  let opened = 0;
  const beat = () => {
    nowMs += beatAfterMs;
    return ": beat\n\n";
  };
  const open = async () => {
    opened += 1;
    const start = () => "event: start\nid: c-0\ndata: {}\n\n";
    return breakingAfter(opened < 10 ? [start, beat] : [start, () => logEvent("1")]);
  };
  const connection = { open, where: "https://hooks.example.com" } as unknown as Connection;
  const room = { now: () => nowMs, sleep: async () => {}, newId: () => "id" };
  const came = take(streamLogs(connection, room, { namespace: "n" }), 1).catch(
    (error: HookclockError) => error.code,
  );
  expect(await came).toEqual(outcome === "1 c-1" ? [outcome] : outcome);
});

test("the signal ends a stream that stays open", async () => {
  await using api = await paperApi(streamOf(logEvent("1"), "stay"));
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const { log } of api.hooks.logStream({ namespace: "n", signal: stop.signal })) {
    seen.push(log.id);
    stop.abort();
  }
  expect(seen).toEqual(["1"]);
});
