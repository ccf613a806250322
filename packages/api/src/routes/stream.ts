// Execution logs as they are written: server-sent events that lose nothing when a connection breaks.

import { HookclockError, idField, instantField, isHookclockError, LOG_STATUSES } from "@hookclock/core";
import * as z from "zod";
import { authenticate } from "../http/authorize.ts";
import { decodeCursor, encodeCursor, invalidCursor } from "../http/cursor.ts";
import type { ApiDependencies } from "../ports.ts";
import { type Call, defineRoute, type Route } from "../route.ts";
import { bodyOf } from "../stream/body.ts";
import { type Following, follow, withBeats } from "../stream/follow.ts";
import { type Position, Trail } from "../stream/trail.ts";

const query = z.strictObject({
  from: instantField.optional().describe("Written at this instant or later; left out, from now on."),
  task: idField.optional().describe("Only logs of the task with this id."),
  status: z.enum(LOG_STATUSES).optional().describe("Only attempts that ended so."),
  cursor: z
    .string()
    .min(1)
    .optional()
    .describe("`id` of the last event that came; `Last-Event-ID` counts before it."),
});
type StreamCall = Call<z.output<typeof query>, unknown>;

/** After this time clients connect again, and are asked for their key again. */
const HOLD_MS = 10 * 60_000;
/** How long to wait for a first log where an answer is handed over only when it is complete. */
const HOLD_COMPLETE_MS = 15_000;
const BEAT_MS = 15_000;

const LAST_EVENT_ID = "last-event-id";
const positionSchema = z.object({ fromMs: z.number(), latestMs: z.number(), sent: z.string() });

/** Where the caller's last stream ended; null for a new one. Throws `invalid-cursor`. */
function positionOf({ request, query: { cursor }, cursorQuery }: StreamCall, secret: Uint8Array) {
  // An EventSource that connects again does it with its first address: the header is the newer one.
  const header = request.headers.get(LAST_EVENT_ID);
  const last = header || cursor;
  if (last === undefined) return null;
  try {
    const parsed = positionSchema.safeParse(decodeCursor(secret, cursorQuery, last));
    if (parsed.success) return parsed.data satisfies Position;
  } catch (error) {
    if (!isHookclockError(error, "invalid-cursor")) throw error;
  }
  throw invalidCursor(header ? LAST_EVENT_ID : "cursor", "id of an event");
}

async function stillKnown({ keys }: ApiDependencies, headers: Headers): Promise<boolean> {
  return authenticate(keys, headers).then(
    () => true,
    (error: unknown) => !isHookclockError(error, "unauthenticated"),
  );
}

async function streamOf(call: StreamCall): Promise<Response> {
  const { deps, request, requestId, parameters, query: asked, cursorQuery } = call;
  const { holdMs, endAfterFirst = false } = deps.stream ?? {};
  const secret = await deps.cursorSecret();
  const position = positionOf(call, secret);
  const left = new AbortController();
  const following: Following = {
    ...{ hooks: deps.hooks, clock: deps.clock, endAfterFirst },
    holdMs: holdMs ?? (endAfterFirst ? HOLD_COMPLETE_MS : HOLD_MS),
    query: { namespace: parameters.namespace, task: asked.task, status: asked.status },
    trail: position ? Trail.resumedFrom(position) : Trail.startingAt(asked.from ?? deps.clock.now()),
    cursorOf: (place) => encodeCursor(secret, cursorQuery, place),
    mayGoOn: () => stillKnown(deps, request.headers),
    signal: AbortSignal.any([request.signal, left.signal]),
  };
  const pieces = withBeats(follow(following), following, BEAT_MS);
  const first = await pieces.next();
  const onError = (error: unknown) =>
    deps.log.error({ requestId, method: request.method, route: PATH, ...factsOf(error) });
  const body = bodyOf(first.value ?? "", pieces, { leave: () => left.abort(), onError });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      // A proxy that collects or compresses what it passes on would hold events back.
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

const factsOf = (error: unknown) => ({
  code: error instanceof HookclockError ? error.code : "internal",
  ...(error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack ?? null }
    : { name: typeof error, message: "not an error", stack: null }),
});

const PATH = "/v1/namespaces/{namespace}/logs/stream";

const EXAMPLE = `retry: 1000

event: start
id: AbCd…
data: {"from":"2030-01-31T10:00:00.000Z"}

event: log
id: EfGh…
data: {"namespace":"billing","id":"invoice-2030-17#0#1#1","status":"SUCCESS",…}
`;

const stream = defineRoute({
  ...{ method: "get", path: PATH, operation: "streamLogs", tag: "Logs" },
  summary: "Follow execution logs",
  description:
    "Server-sent events: `event: log` with the execution log as `data`, each once, as they are written. The `id` of an event is where a new connection goes on, as `Last-Event-ID` or `cursor`. The first event, `start`, tells where the stream begins; comments keep the connection open.",
  access: { scope: "namespace", permission: "read" },
  query,
  headers: z.object({
    "Last-Event-ID": z
      .string()
      .optional()
      .describe("As `cursor`, and before it: clients send it by themselves."),
  }),
  problems: ["invalid-cursor"],
  answers: {
    200: {
      description: "Events, until the client leaves.",
      schema: z.string(),
      mediaType: "text/event-stream",
      example: EXAMPLE,
    },
  },
  handle: streamOf,
});

export const streamRoutes: Route[] = [stream];
