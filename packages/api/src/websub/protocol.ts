// The doors that standards describe: a hub, the callbacks of our own subscriptions, subscriptions to dotted topics. They
// ask for no key and answer as those standards say, so they are no part of the OpenAPI document. Events may be closed to
// strangers; then a key tells who is none.
import { HookclockError, isHookclockError } from "@hookclock/core";
import type { ApiKeys, ContentReply, WebReply } from "hookclock";
import { mayRead } from "../http/authorize.ts";
import { readBytes } from "../http/body.ts";
import { rawPath } from "../http/path.ts";
import type { ApiDependencies, ApiWebSub } from "../ports.ts";

type Place = { namespace: string; id: string; token: string };
type Visit = { websub: ApiWebSub; keys: ApiKeys; request: Request; place: Place };

export type ProtocolRoute = {
  method: "get" | "post";
  path: string;
  serve(visit: Visit): Promise<WebReply | ContentReply>;
};

/** A form of a few fields: three URLs and some words. */
const FORM_BYTES_MAX = 64 * 1024;
/** The namespace of addresses that name none. */
const DEFAULT_NAMESPACE = "default";

const formOf = async ({ request, place }: Visit) => ({
  namespace: place.namespace === "" ? DEFAULT_NAMESPACE : place.namespace,
  contentType: request.headers.get("content-type") ?? "",
  body: await readBytes(request, FORM_BYTES_MAX),
});

const hub = async (visit: Visit): Promise<WebReply> => visit.websub.hub.request(await formOf(visit));
async function dotted(visit: Visit): Promise<WebReply> {
  const { websub, keys, request } = visit;
  const form = await formOf(visit);
  return websub.events.request({
    ...form,
    mayRead: await mayRead(keys, request.headers, form.namespace),
  });
}

async function page({ websub, request }: Visit): Promise<ContentReply> {
  const { search } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const shown = await websub.hub.page({ url: `${rawPath(request.url)}${search}`, headers });
  if (shown === null) throw new HookclockError("not-found", "nothing is published here for everybody");
  return shown;
}

/** Null for more than is taken: whose subscription that was has to know of it. */
const contentOf = (request: Request, bytesMax: number): Promise<Uint8Array | null> =>
  readBytes(request, bytesMax).catch((error: unknown) => {
    if (isHookclockError(error, "body-too-large")) return null;
    throw error;
  });

export const protocolRoutes: readonly ProtocolRoute[] = [
  { method: "post", path: "/hub", serve: hub },
  { method: "post", path: "/hub/{namespace}", serve: hub },
  { method: "post", path: "/subscriptions", serve: dotted },
  { method: "post", path: "/subscriptions/{namespace}", serve: dotted },
  { method: "get", path: "/topics/{namespace}/{rest*}", serve: page },
  {
    method: "get",
    path: "/callbacks/{namespace}/{id}/{token}",
    serve: ({ websub, request, place }) =>
      websub.subscriptions.answerCheck({ ...place, query: new URL(request.url).searchParams }),
  },
  {
    method: "post",
    path: "/callbacks/{namespace}/{id}/{token}",
    serve: async ({ websub, request, place }) =>
      websub.subscriptions.receive({
        ...place,
        headers: Object.fromEntries(request.headers),
        body: await contentOf(request, websub.contentBytesMax),
      }),
  },
];

/** Answers one request at such a door. Without a WebSub part there is nothing there. */
export async function serveProtocol(
  deps: ApiDependencies,
  route: ProtocolRoute,
  request: Request,
  parameters: Partial<Place>,
): Promise<Response> {
  if (deps.websub === undefined) throw new HookclockError("not-found", "there is no WebSub at this address");
  const place = { namespace: "", id: "", token: "", ...parameters };
  const { status, headers, body } = await route.serve({
    websub: deps.websub,
    keys: deps.keys,
    request,
    place,
  });
  return new Response(typeof body === "object" ? new Uint8Array(body) : (body ?? null), {
    status,
    headers: { ...headers },
  });
}
