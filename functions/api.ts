// The HTTP API behind API Gateway, payload format 2.0.
import { HookclockError } from "@hookclock/core";
import { type LambdaContext as HonoContext, handle, type LambdaEvent } from "hono/aws-lambda";
import * as z from "zod";
import { restoredPath } from "./lib/gateway-path.ts";
import type { LambdaContext, Log } from "./lib/ports.ts";
import { wireApi } from "./lib/wire-api.ts";
import { invocation, openRoom } from "./lib/wiring.ts";

/** As much of the event as is looked at here; Hono reads the rest. */
const eventSchema = z.looseObject({
  version: z.literal("2.0"),
  rawPath: z.string(),
  rawQueryString: z.string().default(""),
  requestContext: z.looseObject({ http: z.looseObject({ method: z.string() }) }),
});

const room = openRoom("api");
let current: { log: Log; newId: () => string } = { log: room.log, newId: () => "" };
const api = wireApi(room, () => current);
const serve = handle(api);
/** Content of publishers, which may call text whatever it likes: it goes out as bytes. */
const serveBytes = handle(api, { isContentTypeBinary: () => true });
const PAGES = "/topics/";

export const handler = (event: unknown, context: LambdaContext): ReturnType<typeof serve> =>
  invocation(room, context, ({ log }) => {
    // The id that Lambda gave this request is the one that its caller and its log lines get to see.
    current = { log, newId: () => context.awsRequestId };
    const parsed = eventSchema.safeParse(event);
    if (!parsed.success) {
      throw new HookclockError("invalid-input", "the event is no request of payload format 2.0");
    }
    const { method } = parsed.data.requestContext.http;
    const rawPath = restoredPath(method, parsed.data.rawPath);
    const answer = rawPath.startsWith(PAGES) ? serveBytes : serve;
    return answer({ ...parsed.data, rawPath } as unknown as LambdaEvent, context as unknown as HonoContext);
  });
