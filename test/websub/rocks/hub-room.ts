// The site as publisher and subscriber: a topic, a callback, and what a hub did to them.
import { type Notification, notificationFault, verificationFault } from "./hub-checks.ts";
import { asHtml, asJson, asText, newPost, type Post } from "./posts.ts";
import { type Page, randomToken, type Site, type Visit } from "./site.ts";
import { createTrail, type Trail } from "./trail.ts";

export type HubEvent =
  | { type: "fetched"; method: string }
  | { type: "verification"; mode: string; error: string | null }
  | { type: "notification"; error: string | null };

export type HubRoom = {
  topic: string;
  callback: string;
  secret: string | null;
  trail: Trail<HubEvent>;
  addPost(): void;
};

type Format = { contentType: string; render: (posts: readonly Post[]) => string };

const FORMATS: Record<number, Format> = {
  105: { contentType: "text/plain;charset=UTF-8", render: asText },
  106: { contentType: "application/json", render: asJson },
};
const HTML: Format = {
  contentType: "text/html; charset=UTF-8",
  render: (posts) => asHtml(posts, null),
};

const notificationOf = ({ body, headers, distinct }: Visit): Notification => ({
  body,
  contentType: headers["content-type"],
  links: distinct("link"),
  signature: distinct("x-hub-signature")[0],
});

/** Opens a topic for one test, with three posts, and its callback. `hub` is the URL as it was entered. */
export const openHubRoom = (site: Site, test: number, hub: string): HubRoom => {
  const { contentType, render } = FORMATS[test] ?? HTML;
  const trail = createTrail<HubEvent>();
  const secret = test === 101 ? randomToken() : null;
  let posts = [newPost(), newPost(), newPost()];
  const body = (): Buffer => Buffer.from(render(posts));

  const topic: string = site.open(`hub/${test}/pub`, (visit): Page => {
    if (visit.method !== "GET" && visit.method !== "HEAD") return { status: 405 };
    trail.add({ type: "fetched", method: visit.method });
    const link = [`<${topic}>; rel="self"`, `<${hub}>; rel="hub"`];
    return { status: 200, headers: { "content-type": contentType, link }, body: body() };
  });

  const onVerification = ({ query }: Visit): Page => {
    const error = verificationFault(query, topic);
    trail.add({ type: "verification", mode: query.getAll("hub.mode").at(-1) ?? "", error });
    if (error !== null) return { status: 404 };
    const headers = { "content-type": "application/octet-stream" };
    return { status: 200, headers, body: query.getAll("hub.challenge").at(-1) ?? "" };
  };
  const onNotification = (visit: Visit): Page => {
    const published = { body: body(), contentType, hub, secret };
    trail.add({ type: "notification", error: notificationFault(notificationOf(visit), published) });
    return { status: 200 };
  };
  const callback = site.open(`hub/${test}/sub`, (visit): Page => {
    if (visit.method === "GET") return onVerification(visit);
    return visit.method === "POST" ? onNotification(visit) : { status: 405 };
  });

  const addPost = () => {
    posts = [newPost(), ...posts];
  };
  return { topic, callback, secret, trail, addPost };
};
