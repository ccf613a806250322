// Answers 200 to everything, a hub's check with its challenge, and notes when each URL arrived.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "../lib/child.ts";

export type Arrival = { path: string; at: number };

let arrivals: Arrival[] = [];
let answerAfterMs = 0;
let waiting: { count: number; resolve: () => void } | null = null;

const answerTo = (url: string): string =>
  new URL(url, "http://localhost").searchParams.get("hub.challenge") ?? "ok";

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    arrivals.push({ path: request.url ?? "", at: Date.now() });
    if (waiting !== null && arrivals.length >= waiting.count) waiting.resolve();
    const answer = answerTo(request.url ?? "");
    if (answerAfterMs === 0) response.end(answer);
    else setTimeout(() => response.end(answer), answerAfterMs);
  });
});
server.keepAliveTimeout = 60_000;

const commands = {
  open: async (options: { answerAfterMs?: number }) => {
    answerAfterMs = options.answerAfterMs ?? 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  /** Resolves when so many have arrived since the last `take`. */
  until: (count: number) =>
    new Promise<void>((resolve) => {
      waiting = { count, resolve };
      if (arrivals.length >= count) resolve();
    }),
  take: (_: null) => {
    const taken = arrivals;
    arrivals = [];
    return taken;
  },
};
export type ReceiverCommands = typeof commands;
serve(commands);
